"""The decision boundary: exact segments inside regions and along their edges, joined into polylines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from geometry.norms import Array
from geometry.ragged_arrays import Floats, Ints, ranges
from geometry.regions.subdivision import Subdivision


@dataclass(frozen=True, eq=False)
class Polyline:
    """A piece of the decision boundary, along which two classes tie for the largest logit."""

    points: Array  # (k, 2); closed if the last is the first
    classes: tuple[int, int]  # ascending


@dataclass(frozen=True, eq=False)
class _Segments:
    """Straight pieces of the boundary between one pair of classes. Ends with the same key are the same point."""

    keys: Ints  # (m, 2)
    points: Floats  # (m, 2, 2)


def decision_boundary(subdivision: Subdivision, logits: Floats, error: Floats) -> list[Polyline]:
    """The decision boundary of logits that are affine on every cell, given (V, K) at the vertices.

    `error` (K,) bounds the rounding of each logit; a difference below its bound is a tie. Where two classes tie on a
    whole cell, the lower class has it, as in argmax.
    """
    sizes = np.diff(subdivision.starts)
    ring = subdivision.ring_vertices()
    # A class that leads at all corners of a convex cell leads on all of it: nothing to draw there.
    leads = logits >= logits.max(axis=1, keepdims=True) - (error + error.max())
    everywhere = np.logical_and.reduceat(leads[ring], subdivision.starts[:-1])
    mixed = np.flatnonzero(~everywhere.any(axis=1))
    tied = leads.sum(axis=1) > 1
    tied_edges = np.flatnonzero(tied[subdivision.edges].all(axis=1))
    lines: list[Polyline] = []
    entries = ranges(subdivision.starts[mixed], sizes[mixed])
    cell = np.repeat(mixed, sizes[mixed])
    for a, b in combinations(range(logits.shape[1]), 2):
        inside = _through_cells(subdivision, logits, entries, cell, (a, b), error[a] + error[b])
        along = _along_edges(subdivision, logits, tied_edges, (a, b), error)
        keys = np.concatenate([inside.keys, along.keys])
        lines += [Polyline(points, (a, b)) for points in _joined(keys, np.concatenate([inside.points, along.points]))]
    return lines


def _through_cells(
    subdivision: Subdivision, logits: Floats, entries: Ints, cell: Ints, pair: tuple[int, int], error: float
) -> _Segments:
    """The line of ties of a pair in each mixed cell, cut back to where no third class is larger."""
    a, b = pair
    half_edge = subdivision.half_edges[entries]
    ends = subdivision.edges.ravel()
    low, high = (
        ends[half_edge & ~1],
        ends[half_edge | 1],
    )  # along the edge: the same in both of its cells
    gap = logits[:, a] - logits[:, b]
    sign = np.sign(np.where(np.abs(gap) <= error, 0.0, gap))
    crosses = sign[low] * sign[high] < 0
    at_corner = sign[ends[half_edge]] == 0
    share = np.zeros(len(entries))
    share[crosses] = gap[low[crosses]] / (gap[low[crosses]] - gap[high[crosses]])
    start = np.where(at_corner, ends[half_edge], low)
    values = logits[start] + share[:, None] * (logits[high] - logits[start])
    points = subdivision.vertices[start] + share[:, None] * (subdivision.vertices[high] - subdivision.vertices[start])
    keys = np.where(at_corner, len(subdivision.edges) + start, half_edge >> 1)
    cut = _both_signs(cell, sign[ends[half_edge]])
    on_line = np.flatnonzero((crosses | at_corner) & cut)
    first = np.flatnonzero(np.r_[True, np.diff(cell[on_line]) != 0]) if len(on_line) else on_line
    last = np.r_[first[1:], len(on_line)] - 1
    two = last > first
    i, j = on_line[first[two]], on_line[last[two]]
    third = [c for c in range(logits.shape[1]) if c not in pair]
    begin, end, key = _cut_back(values[i][:, third] - values[i][:, [a]], values[j][:, third] - values[j][:, [a]])
    kept = begin < end
    i, j, begin, end, key = i[kept], j[kept], begin[kept], end[kept], key[kept]
    span = points[j] - points[i]
    # An end cut back by a third class is this segment's alone: its key names the cell and that class.
    triple_keys = len(subdivision.edges) + len(subdivision.vertices) + cell[i][:, None] * len(third) + key
    return _Segments(
        keys=np.where(key < 0, np.stack([keys[i], keys[j]], axis=1), triple_keys),
        points=np.stack([points[i] + begin[:, None] * span, points[i] + end[:, None] * span], axis=1),
    )


def _both_signs(cell: Ints, sign: Floats) -> np.ndarray:
    """For each entry: does its cell (whose entries follow one another) have both signs?"""
    if len(cell) == 0:
        return np.zeros(0, bool)
    starts = np.flatnonzero(np.r_[True, np.diff(cell) != 0])
    both = np.logical_or.reduceat(sign > 0, starts) & np.logical_or.reduceat(sign < 0, starts)
    return np.repeat(both, np.diff(np.r_[starts, len(cell)]))


def _cut_back(above_at_start: Floats, above_at_end: Floats) -> tuple[Floats, Floats, Ints]:
    """From how much third classes exceed a pair at both ends of (m,) segments, the part where none does.

    Returns (m,) begin and end in [0, 1], and (m, 2) the third class that cut each end, -1 if none did.
    """
    count = len(above_at_start)
    begin, end, key = np.zeros(count), np.ones(count), np.full((count, 2), -1)
    for c, (s, e) in enumerate(zip(above_at_start.T, above_at_end.T)):
        end[(s > 0) & (e > 0)] = -1
        with np.errstate(divide="ignore", invalid="ignore"):
            at = s / (s - e)
        later, earlier = (s > 0) & (e <= 0) & (at > begin), (e > 0) & (s <= 0) & (at < end)
        begin[later], end[earlier] = at[later], at[earlier]
        key[later, 0] = key[earlier, 1] = c
    return begin, end, key


def _along_edges(
    subdivision: Subdivision, logits: Floats, edge: Ints, pair: tuple[int, int], error: Floats
) -> _Segments:
    """Those of some edges between two cells on which a pair ties for the largest, one class leading on either side."""
    a, b = pair
    ends = subdivision.edges[edge]
    largest = logits[ends].max(axis=2)
    ties = (largest - logits[ends][:, :, a] <= error[a] + error.max()).all(axis=1)
    ties &= (largest - logits[ends][:, :, b] <= error[b] + error.max()).all(axis=1)
    edge, ends = edge[ties], ends[ties]
    if len(edge) == 0:
        return _Segments(keys=ends, points=subdivision.vertices[ends])
    sides = subdivision.edge_cells[edge]
    gap = np.where(np.abs(logits[:, a] - logits[:, b]) <= error[a] + error[b], 0, logits[:, a] - logits[:, b])
    total = np.add.reduceat(gap[subdivision.ring_vertices()], subdivision.starts[:-1])
    leads = np.where(total >= 0, a, b)[sides]
    between = (sides >= 0).all(axis=1) & (leads[:, 0] != leads[:, 1])
    ends = ends[between]
    return _Segments(keys=len(subdivision.edges) + ends, points=subdivision.vertices[ends])


def _joined(keys: Ints, points: Floats) -> list[Array]:
    """Segments chained at shared ends into polylines: open ones first, then closed ones."""
    at: dict[int, list[int]] = defaultdict(list)
    for segment, (first, second) in enumerate(keys.tolist()):
        at[first].append(2 * segment)
        at[second].append(2 * segment + 1)
    used = np.zeros(len(keys), bool)
    flat = keys.ravel()

    def walk(end: int) -> Array:
        chain = [points[end >> 1, end & 1]]
        while True:
            used[end >> 1] = True
            end ^= 1
            chain.append(points[end >> 1, end & 1])
            meeting = at[int(flat[end])]
            unused = [other for other in meeting if not used[other >> 1]]
            if len(meeting) != 2 or not unused:
                return np.array(chain)
            end = unused[0]

    loose = [end for ends in at.values() if len(ends) != 2 for end in ends]
    lines = [walk(end) for end in loose if not used[end >> 1]]
    return lines + [walk(2 * segment) for segment in range(len(keys)) if not used[segment]]
