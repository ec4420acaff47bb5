"""Certificates and attacks over a data set as tables: for the screen, and as CSV for other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certify.dataset.detection import Detection
from certify.dataset.index_sets import SETS, IndexCounts
from certify.dataset.lp_gap import LpGap
from certify.dataset.robust_error import RobustError
from certify.dataset.sorted_radii import SortedRadii
from figures.certify.methods import method_title
from figures.provenance import About, csv_text, distance, share
from figures.words import duration, percent, three_digits
from geometry.norms import Array, Norm

POINT = "point [number in the set, from 0]"
Numbers = NDArray[np.intp]  # (n,) of the points that were asked about, in their order; without it they are all


@dataclass(frozen=True, eq=False)
class AttackOutcome:
    """One attack on n points at one eps: where it succeeded, how far its points are, how long it took."""

    eps: float
    success: NDArray[np.bool_]
    distances: Array
    seconds: float


def attack_table(found: Mapping[str, AttackOutcome]) -> dict[str, list[str]]:
    """Columns of text, one row per attack and one for all of them: success, distances of what succeeded, time.

    The shares are of the points attacked, and among those that succeed are points that are wrong as they are. They are
    rounded down, as what attacks find is a lower bound; distances are rounded up.
    """
    columns: dict[str, list[str]] = {
        name: [] for name in ("attack", "success", "nearest", "median", "farthest", "time")
    }
    rows = [(method_title(name), outcome) for name, outcome in found.items()]
    if len(rows) > 1:
        rows.append(("all together", together(list(found.values()))))
    for title, outcome in rows:
        reached, n = outcome.distances[outcome.success], len(outcome.success)
        part = f"{percent(len(reached), n, down=True)} ({len(reached)} of {n})"
        spread = [three_digits(q, up=True) for q in np.quantile(reached, (0, 0.5, 1))] if len(reached) else ["–"] * 3
        for column, value in zip(columns.values(), (title, part, *spread, duration(outcome.seconds))):
            column.append(value)
    return columns


def together(outcomes: Sequence[AttackOutcome]) -> AttackOutcome:
    """Of each point the nearest that any of several attacks on the same points found."""
    nearest = np.min([np.where(each.success, each.distances, np.inf) for each in outcomes], axis=0)
    return AttackOutcome(outcomes[0].eps, np.isfinite(nearest), nearest, sum(each.seconds for each in outcomes))


def attacks_csv(
    found: Mapping[str, AttackOutcome], p: Norm, numbers: Numbers | None = None, about: About | None = None
) -> str:
    """One row per attack and point."""
    rows = (
        (name, outcome.eps, _number(numbers, index), int(success), float(length))
        for name, outcome in found.items()
        for index, (success, length) in enumerate(zip(outcome.success, outcome.distances))
    )
    names = ("attack", distance("eps", p), POINT, "success [0 or 1]", distance("distance", p))
    return csv_text(about or {}, names, rows)


def error_csv(found: RobustError, about: About | None = None) -> str:
    """One row per eps: the shares of the points done that are wrong at least, and at most, by each method."""
    columns: dict[str, Any] = {
        distance("eps", found.p): found.eps,
        share("clean error"): [found.clean] * len(found.eps),
    }
    if found.attack:
        columns[share(f"at least by {found.attack}")] = found.lower()
    columns |= {share(f"at most by {method}"): found.upper(method) for method in found.methods}
    return csv_text(about or {}, columns, zip(*(map(float, column) for column in columns.values())))


def detection_csv(found: Detection, about: About | None = None) -> str:
    """One row per eps: the shares of the points done that are flagged, attacked, and both."""
    names = ("flagged as it came", f"attacked by {found.attack}", "attacked and flagged")
    columns = {distance("eps", found.p): found.eps}
    columns |= {share(name): count / max(1, found.done) for name, count in zip(names, found.counts())}
    return csv_text(about or {}, columns, zip(*(map(float, column) for column in columns.values())))


def radii_csv(found: Sequence[SortedRadii], numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per method and point, the smallest radius first."""
    rows = (
        (each.method, _number(numbers, point), float(each.radii[point]), int(each.correct[point]))
        for each in found
        for point in each.order
    )
    radius = distance("radius", found[0].p) if found else "radius"
    return csv_text(about or {}, ("method", POINT, radius, "correct [0 or 1]"), rows)


def index_sets_csv(found: IndexCounts, numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per point, eps and layer: units surely on, surely off, unstable."""
    rows = (
        (_number(numbers, point), float(found.eps[at]), layer + 1, *map(int, found.counts[point, at, layer]))
        for point, at, layer in np.ndindex(found.counts.shape[:3])
    )
    sets = (f"{name} [units]" for name in SETS)
    return csv_text(about or {}, (POINT, distance("eps", found.p), "layer [from 1]", *sets), rows)


def gap_csv(found: LpGap, numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per point and class: both bounds of f_label - f_class, the network's margin, whether it is exact."""
    rows = (
        (_number(numbers, point), other,
         *(float(table[point, other]) for table in (found.dual, found.lp, found.reached)),
         int(found.exact[point, other]))
        for point, other in np.ndindex(found.lp.shape)
    )  # fmt: skip
    margins = (f"{name} [difference of scores]" for name in (f"dual ({found.method})", "lp", "reached"))
    return csv_text(about or {}, (POINT, "class [from 0]", *margins, "exact [0 or 1]"), rows)


def _number(numbers: Numbers | None, index: Any) -> int:
    return int(index if numbers is None else numbers[index])
