"""Closing a bracket by branch and bound, at one radius after another."""

from __future__ import annotations

import math
import time

import numpy as np

from certify.attacks import attacked
from certify.attacks.linear_region import descend
from certify.bounds.methods import METHODS
from certify.bounds.proof import proved
from certify.exact import tuning
from certify.exact.branch_and_bound import BranchAndBound
from certify.regions.bracket import OPTIMALITY, Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.computation.cancellation import CancelScope, check_cancelled
from geometry.network.network import Network
from geometry.norms import Norm

L2_BOUND = "sdp-crown"  # it proves radii within tenths of a second on which branch and bound takes long
DESCENTS = 50  # regions at most through which a new witness is moved nearer: a limit of time
DESCENT_SIZE = 1_000_000  # their number times units times inputs at most


def bisect(bracket: Bracket, by_pattern: RegionsByPattern, until: float = math.inf) -> None:
    """Narrow a bracket that has a witness, until it closes or `until` has passed.

    The first radius is the upper bound: if it is safe, the bracket closes. A search that takes too long still proves a
    smaller radius, and the next radius is nearer to the lower bound.
    """
    with CancelScope(deadline=until, partial=True):
        _bisect(bracket, by_pattern)


def _bisect(bracket: Bracket, by_pattern: RegionsByPattern) -> None:
    share, seconds = 1.0, tuning.FIRST_SECONDS
    unproved = math.inf if l2_bound_applies(bracket.network, bracket.p) else 0.0  # the least that L2_BOUND failed on
    while bracket.witness is not None and not bracket.settled:
        check_cancelled()
        top = bracket.upper * (1 - OPTIMALITY / 2)
        radius = bracket.lower + share * (top - bracket.lower)
        if radius < unproved:
            if proved(bracket.point, radius, L2_BOUND)[0]:
                bracket.raise_lower(radius)
                continue
            unproved = radius
        branching = BranchAndBound(bracket, radius, by_pattern)
        safe = branching.run(until=time.perf_counter() + seconds)
        if safe is None and not branching.undecided and share <= tuning.LEAST_SHARE:
            safe = branching.run()
        if safe is True:
            bracket.raise_lower(radius)
            share = min(1.0, 2 * share)
        elif safe is False:
            nearer(bracket, by_pattern)
            share = max(share / 2, tuning.LEAST_SHARE)
        elif branching.undecided:
            return
        else:
            check_cancelled()
            bracket.raise_lower(branching.proved(bracket.lower))
            share, seconds = max(share / 4, tuning.LEAST_SHARE), tuning.SECONDS_GROWTH * seconds


def l2_bound_applies(network: Network, p: Norm) -> bool:
    """Whether to try L2_BOUND: in l2, on networks too large to search region by region."""
    size = network.input_units * sum(network.widths)
    return p == 2 and size > tuning.SEARCHABLE and METHODS[L2_BOUND].fits(network)


def nearer(bracket: Bracket, by_pattern: RegionsByPattern) -> None:
    """Move the witness to the nearest point of its region, then through neighbouring regions where these are small."""
    size = bracket.network.input_units * sum(bracket.network.widths)
    if bracket.witness is not None:
        descend(bracket, by_pattern, bracket.witness, min(DESCENTS, DESCENT_SIZE // max(1, size)))


def smallest_ball(bracket: Bracket, method: str, low: float, high: float) -> None:
    """Attack within many radii from `low` to `high` at once, then between the largest that failed and the witness."""
    points = bracket.point[np.zeros(tuning.GRID, np.intp)]
    for _ in range(tuning.ROUNDS):
        check_cancelled()
        if not 0 < low < min(high, bracket.upper):
            return
        radii = np.geomspace(low, min(high, bracket.upper), tuning.GRID)
        attempts = attacked(points, method, radii)
        bracket.offer(attempts.points.reshape(tuning.GRID, -1).numpy()[attempts.success])
        low = max(radii[radii < bracket.upper], default=low)
        high = min(high, bracket.upper)
