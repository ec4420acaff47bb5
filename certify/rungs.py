"""The rungs of the ladder: a view of all methods' records, and a method's bounds for one point."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from certify.attacks import ATTACKS
from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.costs import BALLS, MARGINS, PER_NUMBER, work
from certify.records import ExactSearch, Kind, Record
from geometry.network.network import Network
from geometry.norms import Array, Norm

EXACT = ExactSearch(
    title="Exact search",
    line="The minimal perturbation itself, enclosed from both sides: regions, branch and bound.",
    place=140,
    cost=lambda work: min(work.time_limit, 0.02 + PER_NUMBER * work.inputs * work.units),
)


# It looks into the tables at every access, so that a method added to a table appears in it.
_TABLES: Mapping[str, Record] = ChainMap[str, Record](METHODS, CERTIFICATES, ATTACKS, {"exact": EXACT})  # type: ignore[arg-type]


class _View(Mapping[str, Record]):
    """The tables of bounds, certificates and attacks as one, in the order of the records' places."""

    def __init__(self, on_ladder: bool) -> None:
        self._on_ladder = on_ladder

    def __getitem__(self, name: str) -> Record:
        record = _TABLES[name]
        if self._on_ladder and not record.on_ladder:
            raise KeyError(name)
        return record

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(filter(self.__contains__, _TABLES), key=lambda name: _TABLES[name].place))

    def __len__(self) -> int:
        return sum(name in self for name in _TABLES)


RECORDS: Mapping[str, Record] = _View(on_ladder=False)  # of all methods
STEPS: Mapping[str, Record] = _View(on_ladder=True)  # of those on the ladder, cheapest first


@dataclass(frozen=True, eq=False)
class Rung:
    """One method's bounds of a point's minimal perturbation: lower <= min ||delta||_p <= upper.

    A "lower" bound is proved and has upper = infinity unless it is tight; an "upper" one is an attack's and has
    lower = 0; "exact" rungs have both, and come several times as they narrow, the last one with `final`. `witness`
    (*input_shape) float64 is a point of another class that attains `upper`. `tight`: this rung is the minimal
    perturbation itself, to 1e-5, and shows it: a lower bound by a witness at its own radius (Tight's test; Theorem
    3.1), the exact method by bounds that meet. `seconds` are this method's own so far; `line` describes it.
    """

    name: str
    kind: Kind
    lower: float
    upper: float
    seconds: float
    line: str
    witness: Array | None = None
    tight: bool = False
    final: bool = True

    @property
    def value(self) -> float:
        """The bound: of an exact rung the proved, lower one."""
        return self.upper if self.kind == "upper" else self.lower


def applicable(network: Network, p: Norm) -> tuple[str, ...]:
    """The names of STEPS that apply to this norm and network, cheapest first."""
    return tuple(name for name, record in STEPS.items() if p in record.norms and record.fits(network))


def affordable(network: Network, p: Norm) -> tuple[str, ...]:
    """Those of them that do not take minutes on a network of this size."""
    return tuple(name for name in applicable(network, p) if not takes_minutes(network, STEPS[name]))


def takes_minutes(network: Network, record: Record) -> bool:
    """Whether the method takes minutes for one point of a network of this size."""
    return network.input_units * sum(network.widths) > record.largest


def expected_seconds(network: Network, name: str, p: Norm, time_limit: float = math.inf) -> float:
    """About how many seconds the method `name` takes for one point of this network; see `certify.costs`.

    `time_limit` is that of the exact search and of timed attacks.
    """
    if name not in RECORDS:
        raise ValueError(f"no method is called {name!r}")
    return RECORDS[name].cost(work(network, time_limit))


def expected_seconds_at_eps(network: Network, name: str, p: Norm, time_limit: float = math.inf) -> float:
    """As `expected_seconds`, for one eps: the records state what a radius costs."""
    radii = MARGINS if name in METHODS else BALLS if name in ATTACKS and ATTACKS[name].needs_eps else 1
    return expected_seconds(network, name, p, time_limit) / radii
