"""Where the chords of a cell meet inside it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geometry.chords import Chords
from geometry.ragged import Floats, Ints, offsets, order_within, ranges

MERGE_REACH = 1e-9  # of the window: how far apart points may lie that become one
CHUNK = 8_000_000  # pairs of chords that are compared at a time
SLACK = 8  # meeting pairs per allowed cell beyond which counting stops: more than any but the most degenerate layer
PAIRS = 1_500_000  # ... or beyond which they would take much memory; more only where so many cells are allowed


class TooManyRegionsError(Exception):
    """The subdivision would exceed the allowed number of cells; `estimate` says by how much."""

    def __init__(self, estimate: int) -> None:
        super().__init__(f"about {estimate} regions")
        self.estimate = estimate


class UnresolvedError(Exception):
    """Rounding leaves open how the lines of several units meet; cutting by fewer units at a time resolves it."""


@dataclass(frozen=True, eq=False)
class Meets:
    """The points at which chords meet, and each chord's visits to them in order.

    A chord with k visits falls into k + 1 segments, first_segment[c] ... first_segment[c + 1] - 1.
    """

    points: Floats  # (m, 2)
    first_vertex: int  # the vertex that points[0] becomes
    visit_chord: Ints  # (v,)
    visit_point: Ints  # (v,)
    visit_rank: Ints  # (v,) 0, 1, ... along the chord
    first_segment: Ints  # (chords + 1,)
    segment_chord: Ints  # (segments,)
    merged: bool  # more than two chords meet somewhere; otherwise visits i and i + m are those of pair i

    def segment_ends(self, chords: Chords) -> Ints:
        """(segments, 2) vertices."""
        ends = np.empty((self.first_segment[-1], 2), np.int64)
        ends[self.first_segment[:-1], 0] = chords.from_vertex
        ends[self.first_segment[1:] - 1, 1] = chords.to_vertex
        before = self.first_segment[self.visit_chord] + self.visit_rank
        ends[before, 1] = ends[before + 1, 0] = self.first_vertex + self.visit_point
        return ends


def find_meets(chords: Chords, vertices: Floats, cells: int, max_cells: int | None) -> Meets:
    """Two chords of a cell meet inside it exactly when their ends alternate around its ring."""
    i, j = _alternating(chords, cells, max_cells)
    start = vertices[chords.from_vertex]
    span = vertices[chords.to_vertex] - start
    apart, span_i, span_j = start[j] - start[i], span[i], span[j]
    turn = span_i[:, 0] * span_j[:, 1] - span_i[:, 1] * span_j[:, 0]
    turn[turn == 0] = np.finfo(float).tiny  # parallel within rounding: the blur below is infinite, any point will do
    with np.errstate(over="ignore"):
        on_i = _clipped((apart[:, 0] * span_j[:, 1] - apart[:, 1] * span_j[:, 0]) / turn)
        on_j = _clipped((apart[:, 0] * span_i[:, 1] - apart[:, 1] * span_i[:, 0]) / turn)
        shift = (chords.spread[i] + chords.spread[j] + 4 * np.finfo(float).eps * np.abs(vertices).max()) / np.abs(turn)
        length = np.abs(span).sum(axis=1)
        along, blur = np.concatenate([on_i, on_j]), np.concatenate([shift * length[j], shift * length[i]])
    every = np.arange(len(i))
    chord, point = np.concatenate([i, j]), np.concatenate([every, every])
    points = start[i] + on_i[:, None] * span_i
    order = order_within(chord, along)
    merged = _coinciding(chord[order], point[order], along[order], blur[order])
    if merged is not None:
        same, best = _merge(chord[order], point[order], merged, points, blur[: len(i)] + blur[len(i) :])
        chord, point = chord[order], same[point[order]]
        first = np.r_[True, (chord[1:] != chord[:-1]) | (point[1:] != point[:-1])]
        chord, point, points, order = chord[first], point[first], points[best], np.arange(int(first.sum()))
    visits = np.bincount(chord, minlength=len(chords))
    rank = np.empty(len(chord), np.int64)
    rank[order] = np.arange(len(chord)) - offsets(visits)[chord[order]]
    segment_chord = np.repeat(np.arange(len(chords)), visits + 1)
    return Meets(points, len(vertices), chord, point, rank, offsets(visits + 1), segment_chord, merged is not None)


def _clipped(share: Floats) -> Floats:
    return np.minimum(np.maximum(share, 0), 1)


def _alternating(chords: Chords, cells: int, max_cells: int | None) -> tuple[Ints, Ints]:
    """All pairs with a_i < a_j < b_i < b_j, counted before they are kept."""
    a, b = chords.a, chords.b
    stop = np.minimum(np.searchsorted(a, b), np.searchsorted(a, chords.ring_end))
    candidates = stop - np.arange(len(a)) - 1
    total = np.cumsum(candidates)
    first, found, pairs = 0, [(np.zeros(0, np.int64), np.zeros(0, np.int64))], 0
    most = math.inf if max_cells is None else max(max_cells, min(SLACK * max(max_cells, 1000), PAIRS))
    while first < len(a):
        done = int(total[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(total, done + CHUNK, side="right")))
        i = np.repeat(np.arange(first, last), candidates[first:last])
        j = ranges(np.arange(first + 1, last + 1), candidates[first:last])
        alternate = b[j] > b[i]
        if chords.merged:
            alternate &= a[j] > a[i]
        found.append((i[alternate], j[alternate]))
        pairs += len(found[-1][0])
        if pairs > most:
            raise TooManyRegionsError(cells + len(a) + int(pairs * total[-1] / total[last - 1]))
        first = last
    return np.concatenate([i for i, _ in found]), np.concatenate([j for _, j in found])


def _coinciding(chord: Ints, point: Ints, along: Floats, blur: Floats) -> tuple[Ints, Ints] | None:
    """Neighbours along a chord (all sorted) that rounding cannot tell apart, or None."""
    near = np.flatnonzero((chord[1:] == chord[:-1]) & (along[1:] - along[:-1] <= blur[1:] + blur[:-1]))
    return (point[near], point[near + 1]) if len(near) else None


def _merge(chord: Ints, point: Ints, pairs: tuple[Ints, Ints], points: Floats, blur: Floats) -> tuple[Ints, Ints]:
    """(new index of each point, the best known old point of each new one).

    A chord passes a merged point once: whatever lies between two of its visits to it is merged as well.
    """
    one, other = pairs
    while True:
        links = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(blur), len(blur)))
        _, same = connected_components(links, directed=False)
        here = same[point]
        order = np.lexsort((np.arange(len(here)), here, chord))  # by chord, by merged point, in order along the chord
        consecutive = (chord[order][1:] == chord[order][:-1]) & (here[order][1:] == here[order][:-1])
        gap = np.flatnonzero(consecutive & (order[1:] - order[:-1] > 1))
        if len(gap) == 0:
            break
        first, count = order[gap], order[gap + 1] - order[gap]
        inside = ranges(first, count)
        one, other = np.concatenate([one, point[inside]]), np.concatenate([other, point[inside + 1]])
    best_first = np.lexsort((blur, same))
    best = best_first[np.r_[True, same[best_first][1:] != same[best_first][:-1]]]
    if np.abs(points - points[best][same]).max() > MERGE_REACH * np.abs(points).max():
        raise UnresolvedError("meeting points far apart would become one")
    return same, best
