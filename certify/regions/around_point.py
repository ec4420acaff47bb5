"""The distance of a region from a point, and the nearest points in it of another class.

All distances here are lower bounds that hold in spite of rounding (`certify.optimization.halfspaces`,
`certify.optimization.nearest_point`).
"""

from __future__ import annotations

import math

import numpy as np

from certify.optimization.halfspaces import Halfspaces
from certify.optimization.nearest_point import Nearest, NearestPoint
from certify.regions.affine_functions import UNDERFLOW
from certify.regions.bracket import OPTIMALITY, Bracket
from certify.regions.by_pattern import Pattern, PatternRegion, RegionsByPattern
from geometry.network.rounding import EPSILON
from geometry.norms import Array

BEHIND = 3e-8  # relative distance of the first candidate for a witness behind the decision hyperplane
ANYWHERE = Nearest(0.0, None)  # the region's distance is unknown


class RegionsAroundPoint:
    """The regions around a bracket's point, in its norm and box; witnesses in them lower the bracket's upper bound."""

    def __init__(self, bracket: Bracket, by_pattern: RegionsByPattern) -> None:
        self.bracket, self.by_pattern = bracket, by_pattern
        if by_pattern.basis is None:
            low, high = bracket.low - bracket.x, bracket.high - bracket.x
        else:
            low, high = np.full(len(by_pattern.basis), -math.inf), np.full(len(by_pattern.basis), math.inf)
        self._nearest = NearestPoint(bracket.p, low, high, by_pattern.stretch)

    def region(self, pattern: Pattern, bending: Pattern | None = None) -> PatternRegion:
        """The region of `pattern`, with faces whose errors are a small part of the bracket's cutoff."""
        cutoff = self.bracket.cutoff
        self.by_pattern.reach = cutoff if math.isfinite(cutoff) else 0.0
        return self.by_pattern.region(pattern, bending)

    def nearest(self, region: PatternRegion) -> Nearest:
        """The region's point nearest to x."""
        return self._nearest(region.faces, self.bracket.cutoff)

    def decide(self, region: PatternRegion, near: Nearest = ANYWHERE) -> float:
        """Offer the bracket the region's nearest points where another class has the larger logit.

        Returns a lower bound on their distance, at least the bracket's cutoff where there are none before it. `near`
        is the region's nearest point, if known.
        """
        floor, bracket = math.inf, self.bracket
        margins = self.by_pattern.margins(region, bracket.label)
        if margins.lost:
            floor = near.lower
            self._offer(near)
        bounds = self._behind(near, margins.faces)
        for i in np.argsort(bounds).tolist():
            if bounds[i] >= bracket.cutoff:
                return min(floor, float(bounds[i]))
            near_class = self._nearest(region.faces.with_one(margins.faces, i), bracket.cutoff)
            floor = min(floor, max(near_class.lower, float(bounds[i])))
            if near_class.lower >= bracket.upper * (1 - OPTIMALITY / 10) or near_class.lower >= bracket.cutoff:
                continue  # the present witness can hardly be improved
            inside = BEHIND * max(near_class.lower, -float(margins.faces.offsets[i]), 0.0)
            witness = self._nearest(region.faces.with_one(margins.faces, i, inside), bracket.cutoff)
            before = bracket.upper
            self._offer(witness)
            if bracket.upper == before or witness.point is None:
                self._offer(near_class)
        return floor

    def _offer(self, near: Nearest) -> None:
        if near.point is not None:
            self.bracket.offer_beyond(self.by_pattern.embed(near.point))

    def crossings(self, near: Nearest, faces: Halfspaces) -> Array:
        """(m,) lower bounds on the distance of each face's hyperplane within the halfspace <n, y> >= D around a region.

        Any multipliers l >= 0 and m prove (l D + m b) / ||l n + m a|| for the points with
        <n, y> >= D and <a, y> = b. Best are those at which the boundaries meet, proportional to l = D - c b
        and m = b - c D with c = <n, a>; where l < 0, the halfspace holds the hyperplane's own foot point.
        `certify.optimization.nearest_point` has the proof for any polytope.
        """
        alone = np.maximum(faces.distances(self.bracket.p, self.by_pattern.stretch), near.lower)
        if near.normal is None:
            return alone
        cosines = faces.normals @ near.normal
        first, second = near.lower - cosines * faces.offsets, faces.offsets - cosines * near.lower
        return np.maximum(alone, self._meeting(near, faces, cosines, first, second))

    def _behind(self, near: Nearest, faces: Halfspaces) -> Array:
        """(m,) lower bounds on the distance of <a, y> <= b within the halfspace: as above, with m <= 0, if b < 0."""
        alone = faces.distances(self.bracket.p, self.by_pattern.stretch)
        alone = np.maximum(np.where(faces.offsets < 0, alone, 0), near.lower)
        if near.normal is None or (alone >= self.bracket.cutoff).all():
            return alone
        cosines = faces.normals @ near.normal
        first, second = near.lower - cosines * faces.offsets, faces.offsets - cosines * near.lower
        meeting = self._meeting(near, faces, cosines, first, second)
        return np.maximum(alone, np.where(second < 0, meeting, 0))

    def _meeting(self, near: Nearest, faces: Halfspaces, cosines: Array, first: Array, second: Array) -> Array:
        """The bound that the multipliers `first` and `second` prove; 0 where the first is negative.

        ||l n + m a||² is l² + m² + 2 l m c, whose terms round at most d + 8 times and are at most (l + |m|)² for
        normals of length 1 but for rounding: off by at most (d + 8) u' (l + |m|)² in all. The normals' own errors
        lengthen the vector by at most l tilt_n + |m| tilt_a.
        """
        size, heights = np.abs(second), (first * near.lower, second * faces.offsets)
        squared = first * (first + 2 * second * cosines) + second * second
        rounded = 4 * (faces.normals.shape[1] + 8) * EPSILON
        longest = np.sqrt(np.maximum(squared, 0) + rounded * (first + size) ** 2)
        longest = (longest + first * near.tilt + size * faces.tilts) * (self.by_pattern.stretch * (1 + 16 * EPSILON))
        lost = size * faces.shifts + 4 * EPSILON * (heights[0] + np.abs(heights[1]))
        bound = (heights[0] + heights[1] - lost) / np.maximum(longest, UNDERFLOW)
        return np.where(first >= 0, bound, 0)
