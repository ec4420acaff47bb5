"""The linear regions of a network on a window of a plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from geometry.decision_boundary import Polyline, decision_boundary
from geometry.evaluation import PlaneNetwork
from geometry.network import Network
from geometry.norms import Array, Norm
from geometry.plane import Plane
from geometry.ragged import Bools, Floats, Ints, Words
from geometry.subdivision import Subdivision

Window: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class RegionMap:
    """All linear regions on a window, as `enumerate_regions` found them.

    Coordinates are the plane's (s, t). Regions are convex polygons that share vertices and edges, so together they
    cover the window without gaps. Hidden units are numbered through all layers.
    """

    network: Network
    plane: Plane
    window: Window
    truncated: bool  # max_regions was hit: the map is exact on `window`, which is smaller than asked
    seconds: float  # the enumeration took
    subdivision: Subdivision
    evaluated: PlaneNetwork

    def __len__(self) -> int:
        return len(self.subdivision)

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
        """(n,) in plane units squared."""
        return np.add.reduceat(self._fan, self.starts[:-1])

    def centroids(self) -> Floats:
        """(n, 2) centres of area; of regions thinner than 1e-8 of the window the mean of the corners."""
        return self._at_centroids(self.vertices)

    @cached_property
    def _fan(self) -> Floats:
        """(H,) the area of the triangle (first corner, this corner, next corner) of a ring."""
        corner = self.vertices[self.ring]
        following = np.roll(corner, -1, axis=0)
        following[self.starts[1:] - 1] = corner[self.starts[:-1]]
        first = np.repeat(corner[self.starts[:-1]], np.diff(self.starts), axis=0)
        (x, y), (next_x, next_y) = (corner - first).T, (following - first).T
        return 0.5 * (x * next_y - y * next_x)

    def _at_centroids(self, at_vertices: Floats) -> Floats:
        """(V, m) values of functions that are affine on every region -> (n, m) their values at the centroids."""
        share = (self._fan + np.r_[0.0, self._fan[:-1]]) / 3  # of two triangles at each corner; the first has all
        area, sizes = self.areas(), np.diff(self.starts)
        share[self.starts[:-1]] = area / 3
        away = np.abs(self.vertices[self.ring] - np.repeat(self.vertices[self.ring[self.starts[:-1]]], sizes, axis=0))
        length = np.maximum.reduceat(away.max(axis=1), self.starts[:-1])
        flat = area <= 1e-8 * np.abs(self.vertices).max() * length  # rounding would spoil the shares
        flat_corner = np.repeat(flat, sizes)
        share[flat_corner] = 1.0  # the mean of the corners instead, which is inside as well
        total = np.add.reduceat(share, self.starts[:-1])
        return np.add.reduceat(share[:, None] * at_vertices[self.ring], self.starts[:-1]) / total[:, None]

    @cached_property
    def vertex_logits(self) -> Floats:
        """(V, K)."""
        return self.evaluated.logits(self.vertices)

    @cached_property
    def centroid_logits(self) -> Floats:
        """(n, K)."""
        return self._at_centroids(self.vertex_logits)

    @cached_property
    def classes(self) -> Ints:
        """(n,) the class at each region's centroid."""
        return self.centroid_logits.argmax(axis=1)

    def margins(self) -> Floats:
        """(n,) the largest logit minus the second at each region's centroid; +inf for a network with one output."""
        if self.network.classes == 1:
            return np.full(len(self), np.inf)
        second, first = np.partition(self.centroid_logits, -2, axis=1)[:, -2:].T
        return first - second

    @cached_property
    def pieces(self) -> Floats:
        """(n, K, 3) the affine maps: logits = pieces @ (s, t, 1)."""
        return self.evaluated.pieces(self.patterns(np.arange(len(self))))

    def gradient_norms(self, p: Norm = 2) -> Floats:
        """(n,) the p-norm, on the plane, of the gradient of the margin between the two largest logits."""
        if self.network.classes == 1:
            return np.linalg.norm(self.pieces[:, 0, :2], ord=p, axis=1)
        second, first = np.argpartition(self.centroid_logits, -2, axis=1)[:, -2:].T
        every = np.arange(len(self))
        gap = self.pieces[every, first, :2] - self.pieces[every, second, :2]
        return np.linalg.norm(gap, ord=p, axis=1)

    @cached_property
    def _pattern_words(self) -> Words:
        """(n, words)."""
        return self.evaluated.patterns(self.centroids())

    def patterns(self, regions: Any) -> Bools:
        """(m,) regions -> (m, units) which hidden units are active: positive at the centroid beyond rounding."""
        units = sum(self.network.widths)
        octets = self._pattern_words[np.asarray(regions)].view(np.uint8)
        return np.unpackbits(octets, axis=-1, count=units, bitorder="little").astype(bool)

    def pattern(self, i: int) -> Bools:
        """(units,) which hidden units are active in region i."""
        return self.patterns([i])[0]

    def active_units(self, regions: Any = None) -> Ints:
        """(m,) regions -> (m,) how many hidden units are active; of all regions by default, of few without the rest."""
        if regions is None or "_pattern_words" in self.__dict__:
            words = self._pattern_words if regions is None else self._pattern_words[regions]
        else:
            words = self.evaluated.patterns(self.centroids()[regions])
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

    def locate(self, points: Any) -> Ints:
        """(m, 2) points -> (m,) the region each lies in (the first of those it touches), -1 outside the window."""
        points = np.asarray(points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"points must be (m, 2) plane coordinates, got shape {points.shape}")
        known = np.flatnonzero(np.isfinite(points).all(axis=1))
        which, region = self.tree.query(shapely.points(points[known]), predicate="intersects")
        found = np.full(len(points), len(self))
        np.minimum.at(found, known[which], region)
        return np.where(found == len(self), -1, found)

    @cached_property
    def _boundary(self) -> list[Polyline]:
        return decision_boundary(
            self.subdivision, self.vertex_logits, self.evaluated.errors[len(self.network.widths)].numpy()
        )

    def decision_boundary(self) -> list[tuple[Array, tuple[int, int]]]:
        """Polylines (k, 2), each with the pair of classes that meet along it."""
        return [(polyline.points, polyline.classes) for polyline in self._boundary]
