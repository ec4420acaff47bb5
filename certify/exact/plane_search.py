"""The minimal perturbation of a two-dimensional input, from all linear regions around it at once.

On the plane the regions within the upper bound are enumerated faster than they can be searched one by one. Proofs are
computed from their corners and patterns (`certify.exact.plane_proof`) and do not rest on the map being right. The
region search decides the rest.
"""

from __future__ import annotations

import math

import numpy as np

from certify.exact import tuning
from certify.exact.plane_proof import covers, part_distances, uncertain_parts
from certify.regions.around_point import RegionsAroundPoint
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry.computation.cancellation import check_cancelled
from geometry.computation.memory import NoRoomError
from geometry.network.rounding import EPSILON
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap

MAX_REGIONS = 200_000  # of one map: a limit of time and memory
FIRST_RADIUS, LAST_RADIUS = 1.0, 1e6  # without an upper bound: the first and the last, relative to 1 + |x|
SMALLEST_WINDOW = 1e-140  # side below which no map is made: squares of coordinates underflow
THINNEST = 1e-9  # side relative to the coordinates below which no map is made: it would prove little
BEYOND = 1e-9  # relative width of the last window beyond the upper bound


def plane_search(bracket: Bracket, by_pattern: RegionsByPattern) -> None:
    """Narrow the bracket of a 2-D input, up to MAX_REGIONS regions around x and LAST_RADIUS."""
    scale = 1 + float(np.abs(bracket.x).max())
    radius = bracket.upper * tuning.FIRST_ZOOM if math.isfinite(bracket.upper) else FIRST_RADIUS * scale
    while not bracket.settled:
        check_cancelled()
        radius = min(radius, bracket.upper * (1 + BEYOND), LAST_RADIUS * scale)
        window = _window(bracket, radius)
        if window is None:
            return
        try:
            regions = regions_in_memory(bracket.network, window, max_regions=MAX_REGIONS, merge=False)
        except NoRoomError:
            return
        if not covers(regions):
            return
        parts, owners = uncertain_parts(regions, bracket.label)
        distances = part_distances(parts, bracket.x, bracket.p)
        around = RegionsAroundPoint(bracket, by_pattern)
        for i in np.argsort(distances)[:3]:
            if distances[i] < bracket.upper:
                around.decide(around.region(regions.pattern(int(owners[i]))))
        bracket.raise_lower(min(distances.min(initial=math.inf), _reached(bracket, regions)))
        if regions.truncated or radius >= min(bracket.upper, LAST_RADIUS * scale):
            return
        radius *= tuning.WINDOW_GROWTH


def _window(bracket: Bracket, radius: float) -> tuple[float, float, float, float] | None:
    """The square of this radius around x, inside the box; None if it is infinite or too thin for a map."""
    low, high = np.maximum(bracket.low, bracket.x - radius), np.minimum(bracket.high, bracket.x + radius)
    if not (
        np.isfinite(low).all()
        and np.isfinite(high).all()
        and (high - low > max(SMALLEST_WINDOW, THINNEST * np.abs([low, high]).max())).all()
    ):
        return None
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def _reached(bracket: Bracket, regions: RegionMap) -> float:
    """The distance from x up to which the map holds all legal inputs: a difference, rounded down."""
    s0, s1, t0, t1 = regions.window
    gaps = np.array([bracket.x - [s0, t0], [s1, t1] - bracket.x])
    walls = np.array([bracket.low, bracket.high])
    gaps[walls == [[s0, t0], [s1, t1]]] = math.inf  # nothing legal beyond
    return float(np.maximum(gaps, 0).min()) * (1 - EPSILON)
