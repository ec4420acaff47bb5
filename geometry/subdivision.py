"""A planar subdivision into convex cells, and cutting all of its cells by a layer of units at once.

Vertices and edges are shared, so neighbouring cells cannot come apart. Which cell is where is decided
combinatorially, from the three-valued signs of the units at the vertices and from the cyclic order of chord ends
around each cell; floats only order points along an edge or a chord. Points that rounding cannot tell apart become
one vertex, so parallel duplicates, lines through one point, and lines along an edge or through a vertex are cases
like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from geometry.chords import Chords, find_chords
from geometry.crossings import Crossings, find_crossings
from geometry.meets import Meets, TooManyRegionsError, UnresolvedError, find_meets
from geometry.ragged import Floats, Ints, offsets, ranges
from geometry.rings import Rings, refine_rings
from geometry.signs import Signs

BORDER = -1  # the `edge_unit` of the window's own edges


@dataclass(frozen=True, eq=False)
class Subdivision:
    """Convex cells that tile a window.

    Half-edge 2e runs along edge e, half-edge 2e + 1 against it; the twin of h is h ^ 1. The ring of cell i, counter-
    clockwise, is half_edges[starts[i] : starts[i + 1]].
    """

    vertices: Floats  # (V, 2)
    edges: Ints  # (E, 2) end vertices
    edge_unit: Ints  # (E,) the unit that made the edge, or BORDER
    starts: Ints  # (n + 1,)
    half_edges: Ints  # (H,)

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of_window(cls, window: tuple[float, float, float, float]) -> Subdivision:
        """One cell: the rectangle (s0, s1, t0, t1)."""
        s0, s1, t0, t1 = window
        corners = np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]], np.float64)
        edges = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
        return cls(corners, edges, np.full(4, BORDER), np.array([0, 4]), np.array([0, 2, 4, 6]))

    def ring_vertices(self) -> Ints:
        """(H,) the vertex at which each half-edge of the rings starts."""
        return self.edges.ravel()[self.half_edges]

    @cached_property
    def edge_cells(self) -> Ints:
        """(E, 2) the cells to the left of an edge and of its twin, -1 outside the window."""
        owner = np.full(2 * len(self.edges), -1)
        owner[self.half_edges] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return owner.reshape(-1, 2)

    def cut(self, signs: Signs, first_unit: int, max_cells: int | None = None) -> Subdivision:
        """Every cell split along the zero lines of a layer's units, which are affine on each cell.

        `first_unit` numbers the layer's first unit among all. Raises TooManyRegionsError, with an estimate of the
        number of cells, before building more than a few times `max_cells`; and UnresolvedError where rounding leaves
        it open in which order lines meet. A single unit can always be cut.
        """
        crossings = find_crossings(self.vertices, self.edges, signs)
        at_least = len(self) + len(crossings.points) - self._border_crossings(crossings)
        if max_cells is not None and at_least > max_cells:
            raise TooManyRegionsError(at_least)
        rings = refine_rings(self.edges, self.starts, self.half_edges, crossings, signs)
        if len(rings.cells) == 0:
            return self
        vertices = np.concatenate([self.vertices, crossings.points])
        chords = find_chords(rings, crossings, vertices, signs.zero is not None)
        meets = find_meets(chords, vertices, len(self), max_cells)
        faces, half_edges, edges, chord_unit = _trace(rings, chords, meets, crossings.sub_edges)
        vertices = np.concatenate([vertices, meets.points])
        cells = len(self) - len(rings.cells) + len(faces) - 1
        if max_cells is not None and cells > max_cells:
            raise TooManyRegionsError(cells)
        if len(vertices) - len(edges) + cells != 1:
            raise UnresolvedError("the walks around the faces contradict each other")
        if (chords.merged or meets.merged) and not _turns_left(vertices[edges.ravel()[half_edges]], faces):
            raise UnresolvedError("a face is turned inside out")
        untouched = np.ones(len(self), bool)
        untouched[rings.cells] = False
        sizes = np.diff(self.starts)
        kept = self.half_edges[np.repeat(untouched, sizes)]
        sub_edge_unit = np.repeat(self.edge_unit, crossings.nodes_on_edge + 1)
        return Subdivision(
            vertices=vertices,
            edges=edges,
            edge_unit=np.concatenate([sub_edge_unit, first_unit + chord_unit]),
            starts=offsets(np.concatenate([sizes[untouched], np.diff(faces)])),
            half_edges=np.concatenate([2 * crossings.first_sub_edge[kept >> 1] + (kept & 1), half_edges]),
        )

    def _border_crossings(self, crossings: Crossings) -> int:
        """How many of them lie on the window's border."""
        return int(crossings.nodes_on_edge[self.edge_unit == BORDER].sum())


def _trace(rings: Rings, chords: Chords, meets: Meets, sub_edges: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Walk the faces that rings and chords make: (starts, half-edges) of the faces, all edges, units of new edges.

    Local half-edges are numbered: ring entries first, then chord segments forward, then backward.
    """
    ring, segments = len(rings.vertex), len(meets.segment_chord)
    forward, backward = ring, ring + segments
    following = np.empty(ring + 2 * segments, np.int64)
    _turn_at_ring(following, rings, chords, meets, forward, backward)
    _turn_at_meets(following, chords, meets, forward, backward)
    faces, walk = _cycles(following)
    edges = np.concatenate([sub_edges, meets.segment_ends(chords)])
    unit = chords.unit[meets.segment_chord]
    new = 2 * (len(sub_edges) + np.arange(segments))
    half_edges = np.concatenate([rings.half_edge, new, new + 1])[walk]
    if meets.merged or chords.merged:
        return _without_bigons(faces, half_edges, edges, unit, len(sub_edges))
    return faces, half_edges, edges, unit


def _turn_at_ring(following: Ints, rings: Rings, chords: Chords, meets: Meets, forward: int, backward: int) -> None:
    """Where a walk turns when it reaches a cell's ring: always into the next edge clockwise of where it came from."""
    first, last = forward + meets.first_segment[:-1], backward + meets.first_segment[1:] - 1
    leave = np.arange(len(rings.vertex))  # the outgoing half-edge taken by a walk that arrives along the ring
    if not chords.merged:  # one chord at each entry
        leave[chords.a], leave[chords.b] = first, last
        following[last - backward + forward], following[first - forward + backward] = chords.b, chords.a
    else:  # several: they leave counter-clockwise in the order of their other ends around the ring
        entry = np.concatenate([chords.a, chords.b])
        out = np.concatenate([first, last])
        back = np.concatenate([first - forward + backward, last - backward + forward])
        around = np.concatenate([chords.b - chords.a, chords.a - chords.b + rings.length_at(chords.b)])
        order = np.lexsort((around, entry))
        entry, out, back = entry[order], out[order], back[order]
        same = entry[1:] == entry[:-1]
        following[back] = np.where(np.r_[False, same], np.r_[0, out[:-1]], entry)
        last_out = np.r_[~same, True]  # farthest counter-clockwise
        leave[entry[last_out]] = out[last_out]
    following[: len(leave)] = leave[rings.following]


def _turn_at_meets(following: Ints, chords: Chords, meets: Meets, forward: int, backward: int) -> None:
    """Where a walk turns when it reaches a point at which chords meet."""
    here = meets.first_segment[meets.visit_chord] + meets.visit_rank  # the segment that ends at the visit
    if not meets.merged:  # two chords, whose ends alternate around the ring: a_i < a_j < b_i < b_j
        i, j = here.reshape(2, -1)
        following[forward + i] = forward + j + 1
        following[backward + i + 1] = backward + j
        following[forward + j] = backward + i
        following[backward + j + 1] = forward + i + 1
        return
    vertex = np.concatenate([meets.visit_point, meets.visit_point])
    target = np.concatenate([chords.a[meets.visit_chord], chords.b[meets.visit_chord]])
    out = np.concatenate([backward + here, forward + here + 1])
    back = np.concatenate([forward + here, backward + here + 1])
    order = np.lexsort((target, vertex))
    vertex, out, back = vertex[order], out[order], back[order]
    starts = np.flatnonzero(np.r_[True, vertex[1:] != vertex[:-1]])
    clockwise = np.arange(-1, len(vertex) - 1)
    clockwise[starts] = np.r_[starts[1:], len(vertex)] - 1
    following[back] = out[clockwise]


def _cycles(following: Ints) -> tuple[Ints, Ints]:
    """The cycles of a permutation as CSR: leaders by pointer doubling, then all cycles walked side by side."""
    leader, jump = np.minimum(np.arange(len(following)), following), following
    while True:
        jump = jump.take(jump)  # several times faster than indexing
        smaller = np.minimum(leader, leader.take(jump))
        if np.array_equal(smaller, leader):
            break
        leader = smaller
    size = np.bincount(leader, minlength=len(following))
    current = np.flatnonzero(size)
    size = size[current]
    starts = offsets(size)
    walk = np.empty(len(following), np.int64)
    write = starts[:-1].copy()
    left = size
    while len(current):
        walk[write] = current
        more = left > 1
        current, write, left = following.take(current[more]), write[more] + 1, left[more] - 1
    return starts, walk


def _turns_left(ring: Floats, starts: Ints) -> bool:
    """No face has a negative area, but for rounding."""
    first = np.repeat(ring[starts[:-1]], np.diff(starts), axis=0)
    following = np.roll(ring, -1, axis=0)
    following[starts[1:] - 1] = ring[starts[:-1]]
    (x, y), (next_x, next_y) = (ring - first).T, (following - first).T
    areas = np.add.reduceat(x * next_y - y * next_x, starts[:-1])
    return bool(areas.min() > -1e-12 * np.abs(ring).max() ** 2)


def _without_bigons(faces: Ints, half_edges: Ints, edges: Ints, unit: Ints, old: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Chord segments between the same two vertices made one, and the empty faces between them dropped."""
    low, high = np.sort(edges, axis=1).T
    _, first, same = np.unique(low * (high.max() + 1) + high, return_index=True, return_inverse=True)
    keep = np.zeros(len(edges), bool)
    keep[first] = True
    keep[:old] = True
    if keep.all():
        return faces, half_edges, edges, unit
    kept_as = np.cumsum(keep) - 1
    represents = first[same]
    represents[:old] = np.arange(old)
    flipped = edges[represents, 0] != edges[:, 0]
    edge = half_edges >> 1
    half_edges = 2 * kept_as[represents[edge]] + ((half_edges & 1) ^ flipped[edge])
    sizes = np.diff(faces)
    proper = sizes > 2
    return (
        offsets(sizes[proper]),
        half_edges[ranges(faces[:-1][proper], sizes[proper])],
        edges[keep],
        unit[keep[old:]],
    )
