"""The linear regions of a network on a window of a plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from geometry.computation.cached_property import cached_property
from geometry.network.graph import Comparisons
from geometry.network.network import Network
from geometry.norms import Array, Norm
from geometry.plane import Plane
from geometry.polygons import corner_weights, triangle_fan
from geometry.ragged_arrays import Bools, Floats, Ints, Words, offsets, ranges
from geometry.regions.area_errors import area_errors
from geometry.regions.decision_boundary import Polyline, decision_boundary
from geometry.regions.evaluation.exact_plane import ExactPlane, ExactValues
from geometry.regions.evaluation.plane_network import FirstLogits, PlaneNetwork
from geometry.regions.exact_measures import exact_classes, sharper_areas, unclear_areas
from geometry.regions.merging import relevant_words
from geometry.regions.subdivision import Subdivision

Window: TypeAlias = tuple[float, float, float, float]
PATTERNS_AT_ONCE = 1 << 26  # signs of units, a byte each, that are unpacked for the pieces (benchmarks.memory)
EXACT_CLASSES = 4_000_000  # regions times weights: about 4 s (W4 of benchmarks.regions: 11 s for a dozen regions)


@dataclass(frozen=True, eq=False)
class RegionMap:
    """All linear regions on a window, from `enumerate_regions`.

    Coordinates are the plane's (s, t). Regions are convex polygons that share vertices and edges, so together they
    cover the window without gaps. Hidden units are numbered through all layers.
    """

    network: Network
    plane: Plane
    window: Window
    truncated: bool  # more than max_regions: the map is exact on `window`, which is smaller than requested
    seconds: float  # that the enumeration took
    levels: tuple[Subdivision, ...]  # into the affine pieces of each layer; the last into those of the logits
    evaluated: PlaneNetwork  # on the window, with bounds of all hidden layers
    exact_values: ExactValues  # what the enumeration has computed in exact arithmetic
    first_logits: FirstLogits  # at the first vertices, as far as the enumeration has evaluated the last hidden layer
    comparisons: Comparisons | None = None  # whose bits are False where they do not matter; None: all bits are signs

    def __len__(self) -> int:
        return len(self.subdivision)

    @property
    def subdivision(self) -> Subdivision:
        """The regions, with their vertices and edges."""
        return self.levels[-1]

    def exact(self) -> ExactPlane:
        """Exact arithmetic on this map, with its own cache."""
        return ExactPlane(self.evaluated, self.plane, self.window, self.levels, self.exact_values, narrow=True)

    @property
    def vertices(self) -> Floats:
        """(V, 2) the corners of all regions."""
        return self.subdivision.vertices

    @property
    def edges(self) -> Ints:
        """(E, 2) vertices."""
        return self.subdivision.edges

    @property
    def edge_unit(self) -> Ints:
        """(E,) the hidden unit that switches there (the first, if several do); -1 on the window's border."""
        return self.subdivision.edge_unit

    @property
    def starts(self) -> Ints:
        """(n + 1,) the ring of region i is ring[starts[i] : starts[i + 1]]."""
        return self.subdivision.starts

    @cached_property
    def ring(self) -> Ints:
        """(H,) the vertices of all regions, counter-clockwise."""
        return self.subdivision.ring_vertices()

    @property
    def edge_regions(self) -> Ints:
        """(E, 2) the regions on both sides of an edge, -1 outside the window."""
        return self.subdivision.edge_cells

    def polygon(self, i: int) -> Floats:
        """(k, 2) the corners of region i, counter-clockwise."""
        return self.vertices[self.ring[self.starts[i] : self.starts[i + 1]]]

    def neighbours(self, i: int) -> Ints:
        """The regions that share an edge with region i, ascending."""
        twins = self.subdivision.half_edges[self.starts[i] : self.starts[i + 1]] ^ 1
        across = np.unique(self.edge_regions.ravel()[twins])
        return across[across >= 0]

    def faces(self) -> Ints:
        """(n,) how many edges each region has in the window; an edge that meets several regions counts once for each.

        Corners of neighbours on a straight side split it, so this is the number of neighbours, window sides included.
        """
        return np.diff(self.starts)

    def areas(self) -> Floats:
        """(n,) in plane units squared, never negative; areas of regions too thin for their coordinates are exact."""
        return self._areas.copy()

    @cached_property
    def _areas(self) -> Floats:
        areas = np.add.reduceat(self._fan, self.starts[:-1])
        unclear = unclear_areas(areas, self._area_errors)
        if len(unclear):
            areas[unclear] = sharper_areas(self.exact(), unclear)
        return areas

    def _rings(self, regions: Ints) -> tuple[Ints, Ints]:
        """The corners of some regions in a row, and where each region's begin, with the end of all."""
        sizes = np.diff(self.starts)[regions]
        return self.ring[ranges(self.starts[:-1][regions], sizes)], offsets(sizes)

    def centroids(self) -> Floats:
        """(n, 2) centres of area; of regions so thin that rounding would spoil them the mean of the corners."""
        return self._at_centroids(self.vertices)

    @cached_property
    def _fan(self) -> Floats:
        return triangle_fan(self.vertices[self.ring], self.starts)

    @cached_property
    def _area_errors(self) -> Floats:
        return area_errors(self.vertices[self.ring], self.subdivision.spread[self.ring], self.starts)

    @cached_property
    def _flat(self) -> Bools:
        """(n,) the error of the area may be more than an eighth of it: too rough for a centroid."""
        return 8 * self._area_errors > np.add.reduceat(self._fan, self.starts[:-1])

    def _at_centroids(self, at_vertices: Floats) -> Floats:
        """(V, m) values of functions that are affine on every region -> (n, m) their values at the centroids."""
        share = corner_weights(self._fan, self.starts)
        share[np.repeat(self._flat, np.diff(self.starts))] = 1.0  # the mean of the corners, which is inside as well
        share /= np.repeat(np.add.reduceat(share, self.starts[:-1]), np.diff(self.starts))
        means = csr_array((share, self.ring, self.starts), shape=(len(self), len(at_vertices)))
        at_centroids: Floats = means @ at_vertices  # one pass, several times as fast as reduceat
        return at_centroids

    @property
    def vertex_logits(self) -> Floats:
        """(V, classes) the scores of the classes: the logits, or 0 and f of a network with one logit f."""
        return self._vertex_logits[0]

    @property
    def logit_errors(self) -> Floats:
        """(classes,) how far `vertex_logits` may be from the true scores at the coordinates of any vertex."""
        return self._vertex_logits[1]

    @cached_property
    def _vertex_logits(self) -> tuple[Floats, Floats]:
        return self.evaluated.logits(self.vertices, self.first_logits)

    @cached_property
    def logit_steepness(self) -> Floats:
        """(classes,) how much a score changes, at most, per length (l1) on the plane."""
        return self.evaluated.logit_steepness()

    def logits_at(self, points: Floats) -> tuple[Floats, Floats]:
        """(m, 2) points of the window -> (m, classes) scores, and (classes,) how far they may be from the true."""
        return self.evaluated.logits(points)

    @cached_property
    def centroid_logits(self) -> Floats:
        """(n, classes) scores."""
        return self._at_centroids(self.vertex_logits)

    @cached_property
    def classes(self) -> Ints:
        """(n,) the class at each region's centroid, the lowest of those that tie.

        Exact if floats cannot decide, except for large networks, for which that would take long: there floats choose in
        regions so thin that rounding hides the class.
        """
        logits = self.centroid_logits
        classes, best = logits.argmax(axis=1), logits.max(axis=1)
        rough = np.add.reduceat(self._fan, self.starts[:-1])
        shares = np.minimum(12 * self._area_errors / np.maximum(rough - self._area_errors, self._area_errors), 1.0)
        bound = self._logit_bounds + shares * np.ptp(self.vertex_logits)
        unclear = np.flatnonzero((logits >= (best - 2 * bound)[:, None]).sum(axis=1) > 1)
        bound = self._logit_bounds[unclear] + shares[unclear] * self._logit_ranges(unclear)
        unclear = unclear[(logits[unclear] >= (best[unclear] - 2 * bound)[:, None]).sum(axis=1) > 1]
        weights = sum(weight.numel() for weight in self.network.weights())
        if 0 < len(unclear) * weights <= EXACT_CLASSES:
            classes[unclear] = exact_classes(self.exact(), unclear)
        return classes

    @cached_property
    def _logit_bounds(self) -> Floats:
        """(n,) how far computed logits at a region's corners may be from the true ones."""
        moved = np.maximum.reduceat(self.subdivision.spread[self.ring], self.starts[:-1])
        bounds: Floats = self.logit_errors.max() + self.logit_steepness.max() * moved
        return bounds

    def _logit_ranges(self, regions: Ints) -> Floats:
        """(m,) by how much any logit changes from corner to corner of a region."""
        if len(regions) == 0:
            return np.zeros(0)
        ring, starts = self._rings(regions)
        at_corners, first = self.vertex_logits[ring], starts[:-1]
        changes: Floats = np.maximum.reduceat(at_corners, first) - np.minimum.reduceat(at_corners, first)
        return changes.max(axis=1)

    def margins(self) -> Floats:
        """(n,) the largest logit minus the second at each region's centroid; |f| where there is one logit f."""
        second, first = np.partition(self.centroid_logits, -2, axis=1)[:, -2:].T
        return first - second

    @property
    def pieces(self) -> Floats:
        """(n, K, 3) the affine maps: logits = pieces @ (s, t, 1)."""
        return self.class_pieces[:, -self.network.outputs :]

    @cached_property
    def class_pieces(self) -> Floats:
        """(n, classes, 3) the affine maps of the classes' scores, as `vertex_logits`."""
        size = max(1, PATTERNS_AT_ONCE // max(1, sum(self.network.widths)))
        every = np.arange(len(self))
        parts = [self.evaluated.pieces(self.patterns(every[at : at + size])) for at in range(0, len(self), size)]
        return np.concatenate(parts)

    def gradient_norms(self, p: Norm = 2) -> Floats:
        """(n,) the p-norm, on the plane, of the gradient of the margin between the two largest logits."""
        second, first = np.argpartition(self.centroid_logits, -2, axis=1)[:, -2:].T
        every = np.arange(len(self))
        gap = self.class_pieces[every, first, :2] - self.class_pieces[every, second, :2]
        return np.linalg.norm(gap, ord=p, axis=1)

    @cached_property
    def _pattern_words(self) -> Words:
        """(n, words)."""
        return self._words(np.arange(len(self)))

    def _words(self, regions: Ints) -> Words:
        """(m, words): by floats in the middle of a region; where they leave a sign open, exactly."""
        words, is_open = self.evaluated.patterns(*self.subdivision.middles(regions))
        unclear = np.flatnonzero(is_open)
        if len(unclear):
            words[unclear] = self.exact().pattern_words(regions[unclear])
        if self.comparisons is not None:
            words = relevant_words(self.comparisons, words, sum(self.network.widths))
        return words

    def patterns(self, regions: ArrayLike) -> Bools:
        """(m,) regions -> (m, units) which hidden units are active: positive inside the region, decided exactly."""
        units = sum(self.network.widths)
        octets = self._pattern_words[np.asarray(regions)].view(np.uint8)
        return np.unpackbits(octets, axis=-1, count=units, bitorder="little").view(np.bool_)

    def pattern(self, i: int) -> Bools:
        """(units,) which hidden units are active in region i."""
        return self.patterns([i])[0]

    def active_units(self, regions: ArrayLike | None = None) -> Ints:
        """(m,) regions, by default all -> (m,) how many hidden units are active; only their patterns are computed."""
        if regions is None or "_pattern_words" in self.__dict__:
            words = self._pattern_words if regions is None else self._pattern_words[np.asarray(regions)]
        else:
            words = self._words(np.arange(len(self))[np.asarray(regions)])
        return np.bitwise_count(words).sum(axis=1, dtype=np.int64)

    @cached_property
    def polygons(self) -> NDArray[Any]:
        """(n,) the regions as shapely polygons."""
        corners = np.insert(self.ring, self.starts[1:], self.ring[self.starts[:-1]])  # rings closed
        region = np.repeat(np.arange(len(self)), np.diff(self.starts) + 1)
        return np.asarray(shapely.polygons(shapely.linearrings(self.vertices[corners], indices=region)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Finds the regions that a shapely geometry meets."""
        return shapely.STRtree(self.polygons)

    def locate(self, points: ArrayLike) -> Ints:
        """(m, 2) points -> (m,) the region each lies in (the first of those it touches), -1 outside the window."""
        places = np.asarray(points, dtype=np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ValueError(f"points must be (m, 2) plane coordinates, got shape {places.shape}")
        finite = np.flatnonzero(np.isfinite(places).all(axis=1))
        which, region = self.tree.query(shapely.points(places[finite]), predicate="intersects")
        located = np.full(len(places), len(self))
        np.minimum.at(located, finite[which], region)
        return np.where(located == len(self), -1, located)

    @cached_property
    def _boundary(self) -> list[Polyline]:
        return decision_boundary(self.subdivision, self.vertex_logits, self.logit_errors)

    def decision_boundary(self) -> list[tuple[Array, tuple[int, int]]]:
        """Polylines (k, 2), each with the pair of classes that meet along it."""
        return [(polyline.points, polyline.classes) for polyline in self._boundary]
