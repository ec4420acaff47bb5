"""The linear-region attack: the nearest adversarial point of one linear region, then of its neighbours.

Within a region the network is affine, so its point nearest to x with another class is computed exactly, by a linear or
quadratic program. Where a face of the region contains it, the region behind that face may hold a nearer one.

Source: Croce & Hein (2018), "A randomized gradient-free attack on ReLU networks"; Croce, Rauber & Hein (2019).
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from certify.attacks.deepfool import deepfool
from certify.attacks.problem import Problem, numpy64
from certify.costs import PER_NUMBER, Work
from certify.records import AttackMethod
from certify.regions.around_point import RegionsAroundPoint
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import Pattern, PatternRegion, RegionsByPattern, row_space
from geometry.computation.cancellation import CancelScope, check_cancelled
from geometry.norms import Array

STRETCHES = (0.0, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4)  # relative steps further out: rounding to float32
TOUCHING = 1e-6  # distance from a face, relative to that from x, up to which a point counts as on it


def linear_region(problem: Problem, *, regions: int = 100, starts: int = 3, seconds: float = math.inf) -> Tensor:
    """(n, input_units) points, the nearest witnesses; x where no start was adversarial.

    At most `regions` regions are searched per point and start: first from DeepFool's point, then from random ones.
    The attack ends after `seconds`.
    """
    points, deadline = problem.points, time.perf_counter() + seconds
    nearest = points.x64.copy()
    if not len(points):
        return problem.x
    by_pattern = RegionsByPattern(
        points.exact, nearest[0], row_space(points.exact) if points.p == 2 and not points.boxed else None
    )
    with CancelScope(deadline=deadline, partial=True):
        for start in _starts(problem, starts):
            for i in range(len(points)):
                bracket = Bracket(points.point(i))
                bracket.offer(np.stack([start[i], nearest[i]]))
                try:
                    descend(bracket, by_pattern.at(bracket.x), start[i], regions)
                finally:
                    if bracket.witness is not None:
                        nearest[i] = bracket.witness
    return _rounded(problem, torch.from_numpy(nearest))


def _rounded(problem: Problem, exact_points: Tensor) -> Tensor:
    """The float64 points in x's dtype, moved a little further out where rounding would restore the label's class."""
    rounded, lost = problem.x, torch.zeros(len(problem.x), dtype=torch.bool, device=problem.x.device)
    for stretch in STRETCHES:
        step = (1 + stretch) * (exact_points.to(problem.x.device) - problem.x.double())
        tried = (problem.x.double() + step).to(problem.x).clamp(problem.low, problem.high)
        rounded = torch.where(lost[:, None], rounded, tried)
        lost = lost | problem.judged(tried)
    return rounded


def descend(bracket: Bracket, by_pattern: RegionsByPattern, start: Array, max_regions: int) -> None:
    """From the adversarial point `start` to the nearest one of its region, and on through the faces at that point."""
    regions = RegionsAroundPoint(bracket, by_pattern)
    queue, seen = [by_pattern.pattern(start)], set[bytes]()
    for _ in range(max_regions):
        check_cancelled()
        if not queue or bracket.upper == 0:
            return
        pattern = queue.pop(0)
        seen.add(pattern.tobytes())
        region, before = regions.region(pattern), bracket.upper
        regions.decide(region)
        if bracket.upper < before or len(seen) == 1:
            queue = [
                other for other in _neighbours(bracket, by_pattern, region, pattern) if other.tobytes() not in seen
            ]


def _neighbours(
    bracket: Bracket, by_pattern: RegionsByPattern, region: PatternRegion, pattern: Pattern
) -> Iterator[Pattern]:
    """The regions across the faces that the witness lies on."""
    if bracket.witness is None:
        return
    y = bracket.witness - bracket.x
    y = y if by_pattern.basis is None else by_pattern.basis @ y
    touched = np.abs(region.faces.normals @ y - region.faces.offsets) <= TOUCHING * bracket.upper
    for unit in region.units[touched]:
        across = pattern.copy()
        across[unit] ^= True
        yield across


def _starts(problem: Problem, count: int) -> Iterator[Array]:
    """(n, input_units) points to start from: DeepFool's, then random ones as near as halving finds them."""
    first = deepfool(problem)
    yield numpy64(first)
    reach = problem.distances(first).where(problem.adversarial(first), 1.0)[:, None]
    for number in range(1, count):
        direction = problem.random_steps(number)
        best = problem.x
        for stretch in torch.logspace(0, 3, 13):
            tried = (problem.x + float(stretch) * reach * direction).clamp(problem.low, problem.high)
            best = torch.where(problem.adversarial(best)[:, None], best, tried)
        yield numpy64(problem.shortened(best))


def _seconds(work: Work) -> float:
    sought = 3 * (100 * work.fixed + work.inputs * work.forward) + PER_NUMBER / 10 * work.inputs * work.units
    return min(work.time_limit, sought)


LINEAR_REGION = AttackMethod(
    run=linear_region,
    title="Linear region",
    line="The nearest point of another class in one linear region, then in its neighbours.",
    place=120,
    cost=_seconds,
    largest=200_000,
    needs_eps=False,
    timed=True,
)
