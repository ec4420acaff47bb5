"""The intersections of the chords of a cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geometry.computation.cancellation import check_cancelled
from geometry.network.rounding import EPSILON
from geometry.ragged_arrays import Floats, Ints, offsets, open_runs, order_within, ranges
from geometry.regions.cutting.chords import Chords
from geometry.regions.cutting.exact_order import ExactLayer
from geometry.regions.subdivision import Subdivision, TooManyRegionsError

CHUNK = 8_000_000  # pairs of chords that are compared at a time: limits memory
SLACK = 8  # meeting pairs per allowed cell before counting stops: only the most degenerate layers have as many
PAIRS = 1_500_000  # ... or pairs in all: limits memory, unless more cells are allowed


@dataclass(frozen=True, eq=False)
class ChordIntersections:
    """The points at which chords meet, and each chord's visits to them in order.

    A chord with k visits falls into k + 1 segments, first_segment[c] ... first_segment[c + 1] - 1.
    """

    points: Floats  # (m, 2)
    spread: Floats  # (m,) how far (l1) rounding may have moved a point
    pair: tuple[Ints, Ints]  # (m,) two of the chords that meet at a point
    first_vertex: int  # the vertex that points[0] becomes
    visit_chord: Ints  # (v,)
    visit_point: Ints  # (v,)
    visit_rank: Ints  # (v,) 0, 1, ... along the chord
    first_segment: Ints  # (chords + 1,)
    segment_chord: Ints  # (segments,)
    merged: bool  # more than two chords may meet at a point; otherwise visits i and i + m are those of point i

    def segment_ends(self, chords: Chords) -> Ints:
        """(segments, 2) vertices."""
        ends = np.empty((self.first_segment[-1], 2), np.int64)
        ends[self.first_segment[:-1], 0] = chords.from_vertex
        ends[self.first_segment[1:] - 1, 1] = chords.to_vertex
        before = self.first_segment[self.visit_chord] + self.visit_rank
        ends[before, 1] = ends[before + 1, 0] = self.first_vertex + self.visit_point
        return ends


def find_chord_intersections(
    chords: Chords, vertices: Floats, level: Subdivision, exact: ExactLayer, max_cells: int | None
) -> ChordIntersections:
    """Two chords of a cell meet inside it exactly when their ends alternate around its ring.

    Let the ends of both be off by no more than e_i and e_j. The true meeting point X has a neighbour at the same share
    of the computed chord i, within e_i, and one on the computed chord j, within e_j. So that neighbour lies within
    e_i + e_j of the line through j, and within (e_i + e_j) / sin(angle) of the computed meeting point: a share of
    (e_i + e_j) |j| / |i × j|. Where shares are nearer than these bounds, exact arithmetic orders the points and tells
    which are equal. `level` is the subdivision that is cut, `vertices` its own and the ends of all chords.
    """
    i, j = _alternating(chords, len(level), max_cells)
    rounding = level.rounding
    start = vertices[chords.from_vertex]
    span = vertices[chords.to_vertex] - start
    apart, span_i, span_j = start[j] - start[i], span[i], span[j]
    turn = span_i[:, 0] * span_j[:, 1] - span_i[:, 1] * span_j[:, 0]
    length = np.abs(span).sum(axis=1)
    off = chords.spread[i] + chords.spread[j] + rounding
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        on_i = _clipped((apart[:, 0] * span_j[:, 1] - apart[:, 1] * span_j[:, 0]) / turn)
        on_j = _clipped((apart[:, 0] * span_i[:, 1] - apart[:, 1] * span_i[:, 0]) / turn)
        shift = off / np.maximum(np.abs(turn) - 4 * EPSILON * length[i] * length[j], 0)
        blur = np.minimum(np.concatenate([shift * length[j], shift * length[i]]), 1.0)
    along = np.concatenate([on_i, on_j])
    unknown = ~((along >= 0) & (blur <= 1))  # NaN
    along[unknown], blur[unknown] = 0.5, 1.0
    every = np.arange(len(i))
    chord, point = np.concatenate([i, j]), np.concatenate([every, every])
    points = start[i] + along[: len(i), None] * span_i
    spread = blur[: len(i)] * length[i] + chords.spread[i] + rounding
    check_cancelled()
    order = order_within(chord, along)
    check_cancelled()
    runs = open_runs(chord[order], along[order], blur[order])
    vague = np.flatnonzero(spread > level.blurred)
    if len(vague):
        by_rows, bounds = _by_rows(exact, chords, i[vague], j[vague])
        better = bounds < spread[vague]
        points[vague[better]], spread[vague[better]] = by_rows[better], bounds[better]
    sharp = vague[spread[vague] > level.lost]
    merged = len(runs) > 0
    if merged:
        runs = _still_open(exact, chords, i, j, chord, point, order, runs, points, spread, vertices)
        sharp = np.unique(np.concatenate([sharp, *(point[order[begin:end]] for begin, end in runs)]))
    exact.prepare(np.unique(chords.cell[i[sharp]]))
    for k in sharp.tolist():
        points[k] = exact.place_of_meet(int(chords.cell[i[k]]), int(chords.unit[i[k]]), int(chords.unit[j[k]]))
    spread[sharp] = rounding
    if merged:
        same, kept = _decide(exact, chords, i, j, chord, point, order, runs)
        chord, point = chord[order], same[point[order]]
        first = np.r_[True, (chord[1:] != chord[:-1]) | (point[1:] != point[:-1])]
        chord, point = chord[first], point[first]
        i, j, points, spread, order = i[kept], j[kept], points[kept], spread[kept], np.arange(len(chord))
    visits = np.bincount(chord, minlength=len(chords))
    rank = np.empty(len(chord), np.int64)
    rank[order] = np.arange(len(chord)) - offsets(visits)[chord[order]]
    segment_chord = np.repeat(np.arange(len(chords)), visits + 1)
    first_segment = offsets(visits + 1)
    return ChordIntersections(
        points, spread, (i, j), len(vertices), chord, point, rank, first_segment, segment_chord, merged
    )


def _by_rows(exact: ExactLayer, chords: Chords, i: Ints, j: Ints) -> tuple[Floats, Floats]:
    """(m, 2) where pairs of chords meet, by the rows of their cells, and (m,) how far off (l1) that may be."""
    return exact.places_of_meets(chords.cell[i], chords.unit[i], chords.unit[j])


def _still_open(
    exact: ExactLayer,
    chords: Chords,
    i: Ints,
    j: Ints,
    chord: Ints,
    point: Ints,
    order: Ints,
    runs: list[tuple[int, int]],
    points: Floats,
    spread: Floats,
    vertices: Floats,
) -> list[tuple[int, int]]:
    """Sort the runs of `order` that floats can sort by the rows of their cells, in place; the others.

    As in `geometry.regions.cutting.crossings`: points of a line keep their order along the direction between the
    chord's ends, if these are farther apart than they may be off together.
    """
    members = np.unique(np.concatenate([point[order[begin:end]] for begin, end in runs]))
    by_rows, bounds = _by_rows(exact, chords, i[members], j[members])
    better = bounds < spread[members]
    points[members[better]], spread[members[better]] = by_rows[better], bounds[better]
    still_open = []
    for begin, end in runs:
        visits = order[begin:end]
        visited = chord[visits[0]]
        span = vertices[chords.to_vertex[visited]] - vertices[chords.from_vertex[visited]]
        surely = np.abs(span).sum() > 8 * chords.spread[visited]
        place, off = points[point[visits]], spread[point[visits]]
        along = place @ span
        sorted_run = np.argsort(along)
        error = (off * np.abs(span).max() + 4 * EPSILON * np.abs(place * span).sum(axis=1))[sorted_run]
        if surely and bool((np.diff(along[sorted_run]) > error[1:] + error[:-1]).all()):
            order[begin:end] = visits[sorted_run]
        else:
            still_open.append((begin, end))
    return still_open


def _decide(
    exact: ExactLayer,
    chords: Chords,
    i: Ints,
    j: Ints,
    chord: Ints,
    point: Ints,
    order: Ints,
    runs: list[tuple[int, int]],
) -> tuple[Ints, Ints]:
    """Sort the runs of `order` exactly, in place: (new index of each point, an old point for each new earlier)."""
    earlier, later = [], []
    for begin, end in runs:
        visits = order[begin:end]
        visited, at = int(chord[visits[0]]), point[visits]
        others = chords.unit[np.where(i[at] == visited, j[at], i[at])]
        ends = int(chords.from_vertex[visited]), int(chords.to_vertex[visited])
        sorted_run, same = exact.order_on_line(int(chords.cell[visited]), int(chords.unit[visited]), others, ends)
        order[begin:end] = visits[sorted_run]
        together = np.flatnonzero(same)
        earlier.append(point[order[begin + together - 1]])
        later.append(point[order[begin + together]])
    links = np.concatenate([point[:0], *earlier]), np.concatenate([point[:0], *later])
    graph = coo_array((np.ones(len(links[0]), bool), links), shape=(len(i), len(i)))
    _, same_point = connected_components(graph, directed=False)
    return same_point, np.unique(same_point, return_index=True)[1]


def _clipped(share: Floats) -> Floats:
    return np.minimum(np.maximum(share, 0), 1)


def _alternating(chords: Chords, cells: int, max_cells: int | None) -> tuple[Ints, Ints]:
    """All pairs with a_i < a_j < b_i < b_j, counted before they are kept."""
    a, b = chords.a, chords.b
    stop = np.minimum(np.searchsorted(a, b), np.searchsorted(a, chords.ring_end))
    candidates = stop - np.arange(len(a)) - 1
    total = np.cumsum(candidates)
    first, parts, pairs = 0, [(np.zeros(0, np.int64), np.zeros(0, np.int64))], 0
    most = math.inf if max_cells is None else max(max_cells, min(SLACK * max(max_cells, 1000), PAIRS))
    while first < len(a):
        check_cancelled()
        done = int(total[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(total, done + CHUNK, side="right")))
        i = np.repeat(np.arange(first, last), candidates[first:last])
        j = ranges(np.arange(first + 1, last + 1), candidates[first:last])
        alternate = b[j] > b[i]
        if chords.merged:
            alternate &= a[j] > a[i]
        parts.append((i[alternate], j[alternate]))
        pairs += len(parts[-1][0])
        if pairs > most:
            raise TooManyRegionsError(cells + len(a) + int(pairs * total[-1] / total[last - 1]))
        first = last
    return np.concatenate([i for i, _ in parts]), np.concatenate([j for _, j in parts])
