"""The walks around the faces into which rings and chords divide the cells of a subdivision."""

from __future__ import annotations

import numpy as np

from geometry.ragged_arrays import Ints, offsets
from geometry.regions.cutting.chord_intersections import ChordIntersections
from geometry.regions.cutting.chords import Chords
from geometry.regions.cutting.rings import Rings


def trace(
    rings: Rings, chords: Chords, intersections: ChordIntersections, sub_edges: Ints, cells: bool
) -> tuple[Ints, Ints, Ints, Ints, Ints | None]:
    """Walk the faces that rings and chords make.

    Returns (starts, half-edges) of the faces, all edges, the chords of new edges, and the cell that each face is of,
    if `cells` are wanted.

    Local half-edges are numbered: ring entries first, then chord segments forward, then backward.
    """
    ring, segments = len(rings.vertex), len(intersections.segment_chord)
    forward, backward = ring, ring + segments
    following = np.empty(ring + 2 * segments, np.int64)
    _turn_at_ring(following, rings, chords, intersections, forward, backward)
    _turn_at_intersections(following, chords, intersections, forward, backward)
    faces, walk = cycles(following)
    edges = np.concatenate([sub_edges, intersections.segment_ends(chords)])
    new = 2 * (len(sub_edges) + np.arange(segments))
    half_edges = np.concatenate([rings.half_edge, new, new + 1])[walk]
    of_faces = _cells_of(walk[faces[:-1]], rings, chords, intersections) if cells else None
    return faces, half_edges, edges, intersections.segment_chord, of_faces


def _cells_of(local: Ints, rings: Rings, chords: Chords, intersections: ChordIntersections) -> Ints:
    """(m,) local half-edges -> (m,) the cells that they lie in."""
    ring, inside = len(rings.vertex), local >= len(rings.vertex)
    cells: Ints = rings.cells[rings.cell[np.where(inside, 0, local)]]
    segment = (local[inside] - ring) % max(1, len(intersections.segment_chord))
    cells[inside] = chords.cell[intersections.segment_chord[segment]]
    return cells


def _turn_at_ring(
    following: Ints, rings: Rings, chords: Chords, intersections: ChordIntersections, forward: int, backward: int
) -> None:
    """Where a walk turns when it reaches a cell's ring: always into the next edge clockwise of where it came from."""
    first, last = forward + intersections.first_segment[:-1], backward + intersections.first_segment[1:] - 1
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


def _turn_at_intersections(
    following: Ints, chords: Chords, intersections: ChordIntersections, forward: int, backward: int
) -> None:
    """Where a walk turns when it reaches a point at which chords meet."""
    # the segment that ends at each visit
    ending = intersections.first_segment[intersections.visit_chord] + intersections.visit_rank
    if not intersections.merged:  # two chords, whose ends alternate around the ring: a_i < a_j < b_i < b_j
        i, j = ending.reshape(2, -1)
        following[forward + i] = forward + j + 1
        following[backward + i + 1] = backward + j
        following[forward + j] = backward + i
        following[backward + j + 1] = forward + i + 1
        return
    vertex = np.concatenate([intersections.visit_point, intersections.visit_point])
    target = np.concatenate([chords.a[intersections.visit_chord], chords.b[intersections.visit_chord]])
    out = np.concatenate([backward + ending, forward + ending + 1])
    back = np.concatenate([forward + ending, backward + ending + 1])
    order = np.lexsort((target, vertex))
    vertex, out, back = vertex[order], out[order], back[order]
    starts = np.flatnonzero(np.r_[True, vertex[1:] != vertex[:-1]])
    clockwise = np.arange(-1, len(vertex) - 1)
    clockwise[starts] = np.r_[starts[1:], len(vertex)] - 1
    following[back] = out[clockwise]


def cycles(following: Ints) -> tuple[Ints, Ints]:
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
    remaining = size
    while len(current):
        walk[write] = current
        more = remaining > 1
        current, write = following.take(current[more]), write[more] + 1
        remaining = remaining[more] - 1
    return starts, walk
