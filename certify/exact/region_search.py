"""The minimal perturbation by best-first search through the linear regions around a point.

Regions leave the heap in the order of their distance from x, so its minimum bounds the minimal perturbation from below
at any time, and the search is over when it reaches the distance of the best adversarial point. Stopped after the first
region it gives min(d_B, d_D) (Croce et al. 2019, Theorem 3.1), stopped later the improved bound from neighbouring
regions (their A.2); run to its end it is exact, for l1, l2 and l-infinity, with and without a box. For l2 see
also Jordan, Lewis & Dimakis (2019), "Provable certificates for adversarial examples".

Why no region is missed: on the straight segment from x to the nearest adversarial point, every region that it crosses
is no farther away than that point, and consecutive ones differ in the signs of units that are zero where it passes. A
pattern between two that flip at the same place holds that place, too, if as a region without interior. The search
begins at the pattern that x has without rounding. A region is left out only if it is proved empty or too far, a
face only if it is proved too far, and a unit whose row is unknown is crossed in every region.
"""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import Protocol, TypeAlias

import numpy as np

from certify.exact import tuning
from certify.optimization.nearest_point import Nearest
from certify.regions.around_point import RegionsAroundPoint
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import Pattern, PatternRegion, RegionsByPattern
from geometry.computation.cancellation import CancelledError, CancelScope, check_cancelled
from geometry.computation.cores import by_work
from geometry.network.work import multiplications

WATCHED = 24  # patterns that an observer is told of: more are not seen in a picture
FACES_KEPT = 1000  # numbers in a region's faces up to which it is stored rather than computed again: limits memory


# Key, order of arrival, pattern, and once computed the region's nearest point, with the region if that is small.
_Entry: TypeAlias = tuple[float, int, Pattern, tuple[Nearest, PatternRegion | None] | None]


class Observer(Protocol):
    """Told of every region that is opened, when the bounds that follow from it stand in the bracket."""

    def opened(self, pattern: Pattern, near: Nearest, boundary: float, waiting: list[Pattern]) -> None:
        """`near` is the region's nearest point, `boundary` a lower bound on the distance of other classes in it.

        `waiting` are the patterns that are searched next, the nearest first, WATCHED at most.
        """


class RegionSearch:
    """A resumable search, which narrows its bracket until a limit given to `run`.

    `bracket` of the point; an attack's upper bound in it saves regions. `by_pattern` around the bracket's point; in
    coordinates of the `row_space` only for l2 without a box. `observer` changes nothing, and costs nothing if None.
    """

    def __init__(self, bracket: Bracket, by_pattern: RegionsByPattern, observer: Observer | None = None) -> None:
        self.bracket, self.by_pattern, self.observer = bracket, by_pattern, observer
        self.regions = RegionsAroundPoint(bracket, by_pattern)
        self.bending: Pattern | None = None  # units that may change their sign within the upper bound; None: all
        self.floor = math.inf  # lower bound of the decision boundary's distance in the regions searched so far
        self.keys: dict[bytes, float] = {}  # per pattern the least key it was pushed with, -inf once popped
        self.heap: list[_Entry] = []
        self.arrivals = count()
        self.searched = 0
        start = self.by_pattern.start()
        if start is None:
            self.floor = 0.0  # the first pattern would cost too much
        else:
            self._push(0.0, start)

    def run(self, max_regions: float = math.inf, *, until: float = math.inf) -> None:
        """Search until the bracket closes, `until` has passed or `max_regions` regions were searched."""
        network, basis = self.bracket.network, self.by_pattern.basis
        inputs = network.input_units if basis is None else len(basis)
        product = inputs * max(multiplications(layer.affine) for layer in network.layers)  # of a region's gradients
        with CancelScope(deadline=until, partial=True), by_work(product):
            self._run(max_regions)

    def _run(self, max_regions: float) -> None:
        while self.heap and self.searched < max_regions:
            key, _, pattern, visited = self.heap[0]
            self.bracket.raise_lower(min(key, self.floor))
            if key >= self.bracket.cutoff or self.bracket.settled:
                return
            check_cancelled()
            heapq.heappop(self.heap)
            if visited is None:
                code = pattern.tobytes()
                if self.keys[code] < key:
                    continue  # pushed again with a smaller key
                self.keys[code] = -math.inf
            try:
                searched = self._visit(key, pattern, visited)
            except CancelledError:  # within the region: it stays open
                heapq.heappush(self.heap, (key, next(self.arrivals), pattern, visited))
                if visited is None:
                    self.keys[code] = key
                raise
            if searched:
                self.searched += 1
                if self.searched % tuning.STABLE_AFTER == 0:
                    self._bound_units()
        self._raise_lower()

    def _raise_lower(self) -> None:
        """To the distance of all that is not searched yet, and of the decision boundary in what is."""
        self.bracket.raise_lower(min(self.heap[0][0] if self.heap else math.inf, self.floor, self.bracket.cutoff))

    def _push(self, key: float, pattern: Pattern) -> None:
        code = pattern.tobytes()
        if key < self.keys.get(code, math.inf):
            self.keys[code] = key
            heapq.heappush(self.heap, (key, next(self.arrivals), pattern, None))

    def _visit(self, key: float, pattern: Pattern, visited: tuple[Nearest, PatternRegion | None] | None) -> bool:
        """Search the region; False if it is empty, too far, or pushed back with its own distance as key."""
        near, region = visited or (None, None)
        region = region or self.regions.region(pattern, self.bending)
        if not region.consistent:
            return False
        if near is None:
            near = self.regions.nearest(region)
            key = max(key, near.lower)
            if key >= self.bracket.cutoff:
                return False
            if self.heap and key > self.heap[0][0]:
                kept = region if region.faces.normals.size <= FACES_KEPT else None
                heapq.heappush(self.heap, (key, next(self.arrivals), pattern, (near, kept)))
                return False
        boundary = self.regions.decide(region, near)
        self.floor = min(self.floor, boundary)
        self._cross(key, region, near, pattern)
        if self.observer is not None:
            self._raise_lower()
            self.observer.opened(pattern, near, boundary, self._waiting())
        return True

    def _waiting(self) -> list[Pattern]:
        """The next patterns of the heap, each once; entries that were pushed again with a smaller key do not count."""
        current = (entry for entry in self.heap if entry[3] is not None or self.keys[entry[2].tobytes()] == entry[0])
        return [pattern for _, _, pattern, _ in heapq.nsmallest(WATCHED, current, key=lambda entry: entry[:2])]

    def _cross(self, key: float, region: PatternRegion, near: Nearest, pattern: Pattern) -> None:
        """Push the neighbours behind those faces that may lie within the upper bound."""
        keys = np.maximum(key, self.regions.crossings(near, region.faces))
        near_by = np.flatnonzero(keys < self.bracket.cutoff)
        faces = zip(region.units[near_by].tolist(), keys[near_by].tolist())
        for unit, beyond in (*faces, *((unit, key) for unit in region.unknown.tolist())):
            across = pattern.copy()
            across[unit] = not across[unit]
            self._push(beyond, across)

    def _bound_units(self) -> None:
        """Drop units that cannot change their sign within the upper bound, and regions in which one has changed it."""
        if math.isfinite(self.bracket.cutoff) and len(self.bracket.network.hidden) > 1:
            lower, upper = (np.concatenate(bound) for bound in zip(*self.bracket.unit_bounds(self.bracket.cutoff)))
            bends = np.concatenate([layer.bending() for layer in self.bracket.network.hidden])
            self.bending = (lower <= 0) & (upper >= 0) & bends
            on = lower > 0
            free = self.bending | ~bends
            self.heap = [entry for entry in self.heap if (free | (entry[2] == on)).all()]
            heapq.heapify(self.heap)
