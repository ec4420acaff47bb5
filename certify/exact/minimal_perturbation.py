"""The smallest perturbation that changes the class, or an interval around it when the time limit ends the search."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from certify.attacks import ATTACKS, attacked
from certify.bounds.batches import largest_product
from certify.bounds.radius import certified_radii
from certify.exact import tuning
from certify.exact.bisection import bisect, nearer, smallest_ball
from certify.exact.mip import mip_search
from certify.exact.plane_search import plane_search
from certify.exact.region_search import RegionSearch
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import Points, checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled, seconds_left
from geometry.computation.cores import by_work
from geometry.network.network import Network
from geometry.norms import Array, Norm

INTEGERS = 100  # units up to which an integer program may end within the time limit
SMALLEST_BALL = 100  # the upper bound over the smallest ball in which PGD is tried: a limit
LARGEST_REGION = 50_000_000  # numbers in one region, units times inputs, at most: a limit of memory, 400 MB

Progress = Callable[[int, float, float], None]  # (index of the point, lower, upper)
Report = Callable[[int, "MinimalPerturbation"], None]  # (index of the point, its result so far)


@dataclass(frozen=True, eq=False)
class MinimalPerturbation:
    """lower <= min ||delta||_p <= upper over perturbations that change the class.

    `upper` is the distance of `witness`, an input (input_shape) float64 with f_label - f_s <= 0 for another class s;
    infinite and None while there is none. No smaller perturbation than `lower` leads to one. Both hold for the
    float64 weights in real arithmetic: `lower` is rounded down and `upper` up, and neither rests on a value within its
    rounding error. `optimal`: they agree to 1e-5, relatively.
    """

    lower: float
    upper: float
    witness: Array | None
    optimal: bool
    seconds: float


def minimal_perturbation(
    network: nn.Module | Network,
    x: Numbers,
    p: Norm,
    *,
    labels: Numbers | None = None,
    box: BoxLike | None = None,
    time_limit: float = 10.0,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> list[MinimalPerturbation]:
    """Per point the smallest l_p perturbation that changes its class, in float64.

    Two-dimensional inputs by enumerating the regions around them; others by best-first region search, then by
    branch and bound, at one radius after another, and in l1 and l-infinity on small networks by mixed-integer
    programming. Attacks give the first upper bound, CROWN a lower one.

    Parameters
    ----------
    network : torch module or Network
    x : (n, *input_shape)
    p : 1, 2 or math.inf
    labels : (n,) integers, optional
        The classes to change; without them the predicted ones. A misclassified point has distance 0.
    box : (lo, hi), optional
        Only perturbations inside it count.
    time_limit : seconds per point; with 0 only the point itself is tested
    progress : called with (index, lower, upper) while the interval narrows: lower never falls, upper never rises
    cancelled : called often; True ends the search with the intervals so far

    Raises
    ------
    ValueError
        For a norm, shape, label, box or time limit that does not fit, NaN in x, or an x outside the box.
    """
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be at least 0 seconds, got {time_limit}")
    points = checked_points(network, x, labels, p, box)
    report = None if progress is None else _only_bounds(progress)
    return minimal_perturbations(points, time_limit, report, cancelled)


def minimal_perturbations(
    points: Points, time_limit: float, report: Report | None, cancelled: Cancelled | None
) -> list[MinimalPerturbation]:
    """As `minimal_perturbation`, of checked points. `report` is called where `progress` is, with the result so far."""
    points = points.in_float64()
    if len(points) == 0:
        return []
    basis = row_space(points.exact) if points.p == 2 and not points.boxed and time_limit > 0 else None
    by_pattern: RegionsByPattern | None = None
    results = []
    for i in range(len(points)):
        started = time.perf_counter()
        if cancelled is not None and cancelled():
            results.append(MinimalPerturbation(0.0, math.inf, None, False, 0.0))
            continue
        progress = None if report is None else partial(_report, report, i, started)
        bracket = Bracket(points.point(i), progress=progress)
        if time_limit > 0 and not bracket.settled:
            scope = CancelScope(cancelled, started + time_limit, partial=True)
            with scope, by_work(largest_product(points.exact, 1)):
                check_cancelled()
                if by_pattern is None and points.exact.input_units * sum(points.exact.widths) <= LARGEST_REGION:
                    by_pattern = RegionsByPattern(points.exact, bracket.x, basis)
                narrow(bracket, None if by_pattern is None else by_pattern.at(bracket.x))
        bracket.report(last=True)
        results.append(_result(bracket, started))
    return results


def narrow(bracket: Bracket, by_pattern: RegionsByPattern | None) -> None:
    """Narrow the bracket, fast methods first; without `by_pattern`, by attacks and CROWN only."""
    started, time_limit = time.perf_counter(), seconds_left()
    offer_attacks(bracket)
    if by_pattern is None:
        _crown(bracket)
        _descend_to_ball(bracket)
        return
    if bracket.network.input_units == 2:
        plane_search(bracket, by_pattern)
    small = bracket.network.input_units * sum(bracket.network.widths) <= tuning.SEARCHABLE
    search = RegionSearch(bracket, by_pattern)
    share = tuning.SEARCH_SHARE if small else tuning.FIRST_SHARE
    search.run(tuning.FIRST_REGIONS, until=started + share * time_limit)
    check_cancelled()
    if bracket.settled:
        return
    _crown(bracket)
    _descend_to_ball(bracket)
    if bracket.witness is not None:
        nearer(bracket, by_pattern)
        if small:
            search.run(until=started + tuning.SEARCH_SHARE * time_limit)
        bisect(bracket, by_pattern, until=started + (tuning.BRANCH_SHARE if small else tuning.LONG_SHARE) * time_limit)
        if bracket.p != 2 and sum(bracket.network.widths) <= INTEGERS and not bracket.settled:
            mip_search(bracket, by_pattern)
            bisect(bracket, by_pattern)
    search.run()


def offer_attacks(bracket: Bracket) -> None:
    """DeepFool; where it finds nothing, the linear-region attack for a share of the time."""
    for method in ("deepfool", "linear-region"):
        limit: dict[str, Any] = {"seconds": tuning.SEARCH_SHARE * seconds_left()} if ATTACKS[method].timed else {}
        attempt = attacked(bracket.point, method, **limit)
        bracket.offer(attempt.points.reshape(1, -1).numpy())
        if math.isfinite(bracket.upper):
            return


def _descend_to_ball(bracket: Bracket) -> None:
    """PGD in smaller and smaller balls, from the upper bound down to the lower."""
    if bracket.witness is not None:
        smallest_ball(bracket, "pgd", max(bracket.lower, bracket.upper / SMALLEST_BALL), bracket.upper)


def _crown(bracket: Bracket) -> None:
    bracket.raise_lower(float(certified_radii(bracket.point, "crown")))


def _result(bracket: Bracket, started: float) -> MinimalPerturbation:
    """The bracket of a search that `started` at this time, as a result."""
    witness = None if bracket.witness is None else bracket.witness.reshape(bracket.point.shape[1:])
    seconds = time.perf_counter() - started
    return MinimalPerturbation(bracket.lower, bracket.upper, witness, bracket.optimal, seconds)


def _report(report: Report, index: int, started: float, bracket: Bracket) -> None:
    report(index, _result(bracket, started))


def _only_bounds(progress: Progress) -> Report:
    return lambda index, result: progress(index, result.lower, result.upper)
