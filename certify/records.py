"""Records of methods: how each runs, its title and line, what it costs, its line style, where it appears.

The ladder, the figures and the pages read these records and keep no tables of their own. A new method is one file with
its record, and one line in a table of names: `certify.bounds.methods.METHODS` for bounds, `certify.attacks.ATTACKS` for
attacks, `certify.bounds.certificates.CERTIFICATES` for certificates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from torch import Tensor

from certify.costs import Cost
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.points import Points
from certify.perturbation.rounding import Sums
from geometry.network.network import Network
from geometry.norms import NORMS, Array, Norm

Kind = Literal["lower", "upper", "exact"]
Bounds = tuple[Tensor, Tensor]  # (lower, upper), each (n, units)


@dataclass(frozen=True)
class Style:
    """A bound's line on a light background: a colour "#rrggbb", and a dash and a symbol by Plotly's names."""

    colour: str
    dash: str
    symbol: str


def every_network(network: Network) -> bool:
    """The `fits` of methods for all networks."""
    return True


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every method states.

    title : its name on pages; `article`: whether sentences put "the" before it
    line : what it does, in one sentence
    place : its position in lists of all methods: cheap ones first, and of bounds the loose ones
    cost : expected seconds for one point
    norms : the norms it knows
    fits : whether it applies to a network
    largest : units times inputs up to which it does not take minutes
    on_ladder : whether it is a rung of the ladder
    """

    kind: ClassVar[Kind]  # whether it bounds the minimal perturbation from below, from above or from both sides
    title: str
    line: str
    place: int
    cost: Cost
    norms: tuple[Norm, ...] = NORMS
    fits: Callable[[Network], bool] = every_network
    largest: float = math.inf
    on_ladder: bool = True
    article: bool = False


class Method(Protocol):
    """One family of bounds. Its values are its own, not mixed with another's.

    On a set that is `proving`, all are moved outwards by rounding.
    """

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        """(lower, upper), each (n, units), of every layer, the logits last."""
        ...

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        """(n, m) lower bounds of <weights, a> + offset of the last hidden layer's activations.

        `weights` (n, m, units) and `offset` (n, m). Without hidden layers a is the input. If the set's bounds are to be
        proofs, these are less their rounding errors; `sums` see `certify.perturbation.rounding.functional_errors`.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Bound(Record):
    """A method that bounds the network on a perturbation set, and so proves margins, radii and polytopes."""

    kind: ClassVar[Kind] = "lower"
    run: Method
    style: Style


def no_witness(points: Points) -> Array | None:
    """The `witness` of certificates that name no point."""
    return None


@dataclass(frozen=True, kw_only=True)
class Certificate(Record):
    """A formula for a certified radius.

    run : points -> (n,) float64, rounded down: nothing nearer has another class than the predicted one
    witness : one point -> (*input_shape) the point at which its radius is attained, where it names one
    scope : the networks and norms it is for, in words
    """

    kind: ClassVar[Kind] = "lower"
    run: Callable[[Points], Tensor]
    style: Style
    witness: Callable[[Points], Array | None] = no_witness
    scope: str = "all networks and norms"


@dataclass(frozen=True, kw_only=True)
class AttackMethod(Record):
    """A method that looks for points of another class.

    run : a Problem and the method's own options -> (n, input_units) points
    needs_eps : whether it moves within a given ball; else it minimises the distance
    timed : whether it takes `seconds`, which all points share: they are not attacked group by group
    """

    kind: ClassVar[Kind] = "upper"
    run: Callable[..., Tensor]
    needs_eps: bool
    timed: bool = False


@dataclass(frozen=True, kw_only=True)
class ExactSearch(Record):
    """The search that encloses the minimal perturbation from both sides; the ladder runs it in a thread of its own."""

    kind: ClassVar[Kind] = "exact"
