"""Tables of certificates and attacks over a data set: for the screen, and as CSV."""

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
Numbers = NDArray[np.intp]  # (n,) of the points of a run, in its order; None for all points


@dataclass(frozen=True, eq=False)
class AttackOutcome:
    """One attack on n points at one eps: successes, distances of the attacked points, and time."""

    eps: float
    success: NDArray[np.bool_]
    distances: Array
    seconds: float


def attack_table(outcomes: Mapping[str, AttackOutcome]) -> dict[str, list[str]]:
    """Columns of text, one row per attack and one for all of them: success, distances of the successes, time.

    Shares are of the points attacked; misclassified ones count as successes. Shares are rounded down, since attacks
    give a lower bound on the errors; distances are rounded up.
    """
    columns: dict[str, list[str]] = {
        name: [] for name in ("attack", "success", "nearest", "median", "farthest", "time")
    }
    rows = [(method_title(name), outcome) for name, outcome in outcomes.items()]
    if len(rows) > 1:
        rows.append(("all together", together(list(outcomes.values()))))
    for title, outcome in rows:
        reached, n = outcome.distances[outcome.success], len(outcome.success)
        part = f"{percent(len(reached), n, down=True)} ({len(reached)} of {n})"
        spread = [three_digits(q, up=True) for q in np.quantile(reached, (0, 0.5, 1))] if len(reached) else ["–"] * 3
        for column, value in zip(columns.values(), (title, part, *spread, duration(outcome.seconds))):
            column.append(value)
    return columns


def together(outcomes: Sequence[AttackOutcome]) -> AttackOutcome:
    """Several attacks on the same points as one: of each point the nearest success."""
    nearest = np.min([np.where(attack.success, attack.distances, np.inf) for attack in outcomes], axis=0)
    return AttackOutcome(outcomes[0].eps, np.isfinite(nearest), nearest, sum(attack.seconds for attack in outcomes))


def attacks_csv(
    outcomes: Mapping[str, AttackOutcome], p: Norm, numbers: Numbers | None = None, about: About | None = None
) -> str:
    """One row per attack and point."""
    rows = (
        (name, outcome.eps, _number(numbers, index), int(success), float(length))
        for name, outcome in outcomes.items()
        for index, (success, length) in enumerate(zip(outcome.success, outcome.distances))
    )
    names = ("attack", distance("eps", p), POINT, "success [0 or 1]", distance("distance", p))
    return csv_text(about or {}, names, rows)


def error_csv(run: RobustError, about: About | None = None) -> str:
    """One row per eps: the robust error of the points done, from below by the attack, from above by each method."""
    columns: dict[str, Any] = {
        distance("eps", run.p): run.eps,
        share("clean error"): [run.clean] * len(run.eps),
    }
    if run.attack:
        columns[share(f"at least by {run.attack}")] = run.lower()
    columns |= {share(f"at most by {method}"): run.upper(method) for method in run.methods}
    return csv_text(about or {}, columns, zip(*(map(float, column) for column in columns.values())))


def detection_csv(detection: Detection, about: About | None = None) -> str:
    """One row per eps: the shares of the points done that are flagged, attacked, and both."""
    names = ("flagged as it came", f"attacked by {detection.attack}", "attacked and flagged")
    columns = {distance("eps", detection.p): detection.eps}
    columns |= {share(name): count / max(1, detection.done) for name, count in zip(names, detection.counts())}
    return csv_text(about or {}, columns, zip(*(map(float, column) for column in columns.values())))


def radii_csv(runs: Sequence[SortedRadii], numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per method and point, the smallest radius first."""
    rows = (
        (run.method, _number(numbers, point), float(run.radii[point]), int(run.correct[point]))
        for run in runs
        for point in run.order
    )
    radius = distance("radius", runs[0].p) if runs else "radius"
    return csv_text(about or {}, ("method", POINT, radius, "correct [0 or 1]"), rows)


def index_sets_csv(counts: IndexCounts, numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per point, eps and layer: units surely on, surely off, unstable."""
    rows = (
        (
            _number(numbers, point),
            float(counts.eps[at]),
            layer + 1,
            *map(int, counts.counts[point, at, layer]),
        )
        for point, at, layer in np.ndindex(counts.counts.shape[:3])
    )
    sets = (f"{name} [units]" for name in SETS)
    return csv_text(about or {}, (POINT, distance("eps", counts.p), "layer [from 1]", *sets), rows)


def gap_csv(gap: LpGap, numbers: Numbers | None = None, about: About | None = None) -> str:
    """One row per point and class: both bounds of f_label - f_class, the network's margin, whether it is exact."""
    rows = (
        (_number(numbers, point), other,
         *(float(table[point, other]) for table in (gap.dual, gap.lp, gap.reached)),
         int(gap.exact[point, other]))
        for point, other in np.ndindex(gap.lp.shape)
    )  # fmt: skip
    margins = (f"{name} [difference of scores]" for name in (f"dual ({gap.method})", "lp", "reached"))
    return csv_text(about or {}, (POINT, "class [from 0]", *margins, "exact [0 or 1]"), rows)


def _number(numbers: Numbers | None, index: int) -> int:
    return int(index if numbers is None else numbers[index])
