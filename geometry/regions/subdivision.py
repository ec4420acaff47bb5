"""A planar subdivision into convex cells with shared vertices and edges (a half-edge structure)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.computation.cached_property import cached_property
from geometry.network.rounding import EPSILON
from geometry.polygons import following, side_products
from geometry.ragged_arrays import Bools, Floats, Ints, offsets, ranges
from geometry.regions import tuning
from geometry.regions.vertex_lines import Indices, Lines

# Share of the window's side, about a pixel: a vertex that may be farther off is computed exactly. A plane in
# 784-1024-512-10 (W4 of benchmarks.regions) has no such vertex; its exact rows would take 1 s.
LOST = 2.0**-10


@dataclass(frozen=True, eq=False)
class Subdivision:
    """Convex cells that tile a window.

    Half-edge 2e runs along edge e, half-edge 2e + 1 against it; the twin of h is h ^ 1. The ring of cell i, counter-
    clockwise, is half_edges[starts[i] : starts[i + 1]].
    """

    vertices: Floats  # (V, 2) rounded
    spread: Floats  # (V,) how far (l1) a vertex may be from these coordinates
    edges: Ints  # (E, 2) end vertices
    edge_line: Indices  # (E,) the line an edge lies on
    lines: Lines
    starts: Ints  # (n + 1,)
    half_edges: Ints  # (H,)
    parents: Indices | None = None  # (n,) the cell of the level before that holds each; not of the first and last

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of_window(cls, window: tuple[float, float, float, float]) -> Subdivision:
        """One cell: the rectangle (s0, s1, t0, t1)."""
        s0, s1, t0, t1 = window
        corners = np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]], np.float64)
        edges, sides = np.array([[0, 1], [1, 2], [2, 3], [3, 0]]), np.array([2, 1, 3, 0], np.int32)
        return cls(corners, np.zeros(4), edges, sides, Lines.of_window(), np.array([0, 4]), np.array([0, 2, 4, 6]))

    @cached_property
    def edge_unit(self) -> Ints:
        """(E,) the unit that made the edge, or BORDER."""
        return self.lines.unit[self.edge_line].astype(np.int64)

    def ring_vertices(self) -> Ints:
        """(H,) the vertex at which each half-edge of the rings starts."""
        return self.edges.ravel()[self.half_edges]

    def corners(self, cell: int) -> Ints:
        """The vertices of a cell, counter-clockwise."""
        return self.edges.ravel()[self.half_edges[self.starts[cell] : self.starts[cell + 1]]]

    @cached_property
    def edge_cells(self) -> Ints:
        """(E, 2) the cells to the left of an edge and of its twin, -1 outside the window."""
        owner = np.full(2 * len(self.edges), -1)
        owner[self.half_edges] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return owner.reshape(-1, 2)

    @cached_property
    def vertex_cell(self) -> Ints:
        """(V,) one of the cells around each vertex."""
        cell = np.empty(len(self.vertices), np.int64)
        cell[self.ring_vertices()] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return cell

    @property
    def rounding(self) -> float:
        """How far (l1) one rounding of its coordinates, or a few of what they are computed from, moves a vertex.

        No coordinate is larger than those of the window's corners; a point on a line between two others is off by four
        half units of the last place in each.
        """
        return 2 * EPSILON * float(np.abs(self.vertices[:4]).max(axis=0).sum())

    @property
    def blurred(self) -> float:
        """The spread (l1) from which a vertex is computed from its lines."""
        return tuning.BLURRED * float(np.ptp(self.vertices[:4], axis=0).min()) + 2 * self.rounding

    @property
    def lost(self) -> float:
        """The spread (l1) from which a vertex is computed exactly: floats cannot even draw it."""
        return LOST * float(np.ptp(self.vertices[:4], axis=0).min()) + 2 * self.rounding

    def middles(self, cells: Ints) -> tuple[Floats, Floats]:
        """(m, 2) the means of some cells' corners, and (m,) how far (l1) they may be from a point inside: mostly 0."""
        sizes = np.diff(self.starts)[cells]
        vertices = self.edges.ravel()[self.half_edges[ranges(self.starts[:-1][cells], sizes)]]
        first = offsets(sizes)[:-1]
        middles = np.add.reduceat(self.vertices[vertices], first) / sizes[:, None]
        away = np.maximum.reduceat(self.spread[vertices], first) + sizes * self.rounding
        return middles, np.where(self._surely_inside(middles, vertices, sizes), 0.0, away)

    def _surely_inside(self, points: Floats, vertices: Ints, sizes: Ints) -> Bools:
        """(m,) whether points lie left of all sides of their rings, whose corners follow one another in `vertices`.

        For a side from a to b as seen from the point that is a x b > 0. Where the true corners are off by d and e, of
        l1 length at most the corners' spread, it is off by d x b + a x e + d x e; |d x b| <= |d|_1 |b|_max. The
        differences, products and their sum round by less than 4 eps |a|_1 |b|_1.
        """
        starts = offsets(sizes)
        a, spread = self.vertices[vertices] - np.repeat(points, sizes, axis=0), self.spread[vertices]
        largest, length = np.abs(a).max(axis=1), np.abs(a).sum(axis=1)
        turn = side_products(a, starts)
        next_largest, next_spread = following(largest, starts), following(spread, starts)
        moved = spread * next_largest + largest * next_spread + spread * next_spread
        rounded = 4 * EPSILON * length * following(length, starts)
        return np.logical_and.reduceat(turn > (moved + rounded) * (1 + 8 * EPSILON), starts[:-1])


class TooManyRegionsError(Exception):
    """The subdivision would exceed the allowed number of cells; `estimate` is about how many it would have."""

    def __init__(self, estimate: int) -> None:
        super().__init__(f"about {estimate} regions")
        self.estimate = estimate
