"""Certificates and attacks over a data set as tables: for the screen, and as CSV for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from certify.detection import Detection
from certify.index_sets import SETS, IndexCounts
from certify.lp_gap import LpGap
from certify.robust_error import RobustError
from certify.sorted_radii import SortedRadii
from figures.standing import TITLES
from figures.words import duration, three_digits
from geometry.norms import Array


@dataclass(frozen=True, eq=False)
class AttackOutcome:
    """One attack on n points at one eps: where it succeeded, how far its points are, how long it took."""

    eps: float
    success: NDArray[np.bool_]
    distances: Array
    seconds: float


def attack_table(found: Mapping[str, AttackOutcome]) -> dict[str, list[str]]:
    """Columns of text, one row per attack: success, smallest, median and largest distance of what succeeded, time."""
    columns: dict[str, list[str]] = {
        name: [] for name in ("attack", "success", "nearest", "median", "farthest", "time")
    }
    for name, outcome in found.items():
        reached = outcome.distances[outcome.success]
        share = outcome.success.mean() if len(outcome.success) else 0.0
        spread = [three_digits(q) for q in np.quantile(reached, (0, 0.5, 1))] if len(reached) else ["–"] * 3
        row = (TITLES[name], f"{100 * share:.1f} %", *spread, duration(outcome.seconds))
        for column, value in zip(columns.values(), row):
            column.append(value)
    return columns


def attacks_csv(found: Mapping[str, AttackOutcome]) -> str:
    """One row per attack and point."""
    rows = (
        (name, outcome.eps, index, int(success), float(distance))
        for name, outcome in found.items()
        for index, (success, distance) in enumerate(zip(outcome.success, outcome.distances))
    )
    return _csv(("attack", "eps", "point", "success", "distance"), rows)


def curves_csv(error: RobustError | None, detected: Detection | None) -> str:
    """One row per eps: robust error from below and from above, and what is flagged, as shares of the points."""
    columns: dict[str, Any] = {}
    if error is not None:
        columns |= {
            "eps": error.eps,
            "clean": [error.clean] * len(error.eps),
            f"at least ({error.attack})": error.lower(),
        }
        columns |= {f"at most ({method})": error.upper(method) for method in error.methods}
    if detected is not None:
        names = ("flagged", "attacked", "attacked and flagged")
        shares = (count / max(1, detected.done) for count in detected.counts())
        columns |= {"eps": detected.eps} | dict(zip(names, shares))
    return _csv(columns, zip(*(map(float, column) for column in columns.values())))


def radii_csv(found: Sequence[SortedRadii]) -> str:
    """One row per method and point, the smallest radius first."""
    rows = (
        (each.method, int(point), float(each.radii[point]), int(each.correct[point]))
        for each in found
        for point in each.order
    )
    return _csv(("method", "point", "radius", "correct"), rows)


def index_sets_csv(found: IndexCounts) -> str:
    """One row per point, eps and layer: units surely on, surely off, unstable."""
    rows = (
        (point, float(found.eps[at]), layer + 1, *map(int, found.counts[point, at, layer]))
        for point, at, layer in np.ndindex(found.counts.shape[:3])
    )
    return _csv(("point", "eps", "layer", *SETS), rows)


def gap_csv(found: LpGap) -> str:
    """One row per point and class: both bounds of f_label - f_class, the network's margin, whether it is exact."""
    rows = (
        (point, other, *(float(table[point, other]) for table in (found.dual, found.lp, found.reached)),
         int(found.exact[point, other]))
        for point, other in np.ndindex(found.lp.shape)
    )  # fmt: skip
    return _csv(("point", "class", f"dual ({found.method})", "lp", "reached", "exact"), rows)


def _csv(names: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(list(names))
    table.writerows([repr(value) if isinstance(value, float) else value for value in row] for row in rows)
    return text.getvalue()
