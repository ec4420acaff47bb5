"""Where a layer's units change sign along the edges of a subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.network.rounding import EPSILON
from geometry.ragged_arrays import Floats, Ints, offsets, open_runs
from geometry.regions.cutting.exact_order import ExactLayer
from geometry.regions.evaluation.sign_changes import shares
from geometry.regions.evaluation.signs import Signs
from geometry.regions.subdivision import Subdivision


@dataclass(frozen=True, eq=False)
class Crossings:
    """Sign changes along edges, ordered along each edge, those at the same point sharing a node.

    Node i is vertex first_vertex + i of the finer subdivision, in which edge e becomes the sub-edges
    first_sub_edge[e] ... first_sub_edge[e] + nodes_on_edge[e].
    """

    unit: Ints  # (c,)
    first_crossing: Ints  # (m + 1,) crossings of node i: first_crossing[i] ... first_crossing[i + 1] - 1
    points: Floats  # (m, 2) the nodes
    spread: Floats  # (m,) how far (l1) rounding may have moved a node
    edge: Ints  # (m,) the edge a node lies on
    first_vertex: int
    nodes_on_edge: Ints  # (E,)
    first_node: Ints  # (E + 1,)
    first_sub_edge: Ints  # (E + 1,)
    sub_edges: Ints  # (E', 2)

    @property
    def merged(self) -> bool:
        """Some node is a sign change of several units."""
        return len(self.points) < len(self.unit)


def find_crossings(level: Subdivision, signs: Signs, exact: ExactLayer) -> Crossings:
    """All sign changes between the end points of an edge; a zero at an end point is none.

    With values f and g of opposite sign at the two ends, off by no more than e, the share f / (f - g) of the edge is
    off by at most e / |f - g|: its exact error is ((1 - share) e_f + share e_g) / (f - g) for the errors of f and g.
    The point moves by that share of the edge, and by what its ends are off. Where shares are nearer to each other
    than these bounds, exact arithmetic orders them, and tells which are equal.
    """
    vertices, edges = level.vertices, level.edges
    edge, unit, along, blur = shares(edges, signs)
    fresh = np.ones(len(edge), bool)  # not at the same point as the crossing before it
    check_cancelled()
    runs = open_runs(edge, along, blur)
    places, off = np.empty((len(edge), 2)), np.full(len(edge), np.inf)  # of crossings whose order was open
    for begin, end in _still_open(level, edge, unit, runs, places, off, exact):
        places[begin:end], sorted_run, same = exact.order_on_edge(int(edge[begin]), unit[begin:end])
        places[begin:end], off[begin:end] = places[begin:end][sorted_run], level.rounding
        unit[begin:end], fresh[begin:end] = unit[begin:end][sorted_run], ~np.array(same)
    first_crossing = np.flatnonzero(fresh)
    start = vertices[edges[edge, 0]][first_crossing]
    span = vertices[edges[edge, 1]][first_crossing] - start
    points = start + along[first_crossing, None] * span
    spread = level.spread[edges[edge[first_crossing]]].max(axis=1) + blur[first_crossing] * np.abs(span).sum(axis=1)
    spread += level.rounding
    edge = edge[first_crossing]
    placed = np.isfinite(off[first_crossing])
    points[placed], spread[placed] = places[first_crossing[placed]], off[first_crossing[placed]]
    blurred = np.flatnonzero(spread > level.blurred)
    if len(blurred):
        by_rows, bounds = exact.places_on_edges(edge[blurred], unit[first_crossing[blurred]])
        better = bounds < spread[blurred]
        points[blurred[better]], spread[blurred[better]] = by_rows[better], bounds[better]
        for node in blurred[spread[blurred] > level.lost].tolist():
            points[node] = exact.place_on_edge(int(edge[node]), int(unit[first_crossing[node]]))
            spread[node] = level.rounding
    nodes_on_edge = np.bincount(edge, minlength=len(edges))
    first_node, first_sub_edge = offsets(nodes_on_edge), offsets(nodes_on_edge + 1)
    node = np.arange(len(edge))
    sub_edge = first_sub_edge[edge] + node - first_node[edge]  # the one that ends at the node
    sub_edges = np.empty((first_sub_edge[-1], 2), np.int64)
    sub_edges[first_sub_edge[:-1], 0], sub_edges[first_sub_edge[1:] - 1, 1] = edges.T
    sub_edges[sub_edge, 1] = sub_edges[sub_edge + 1, 0] = len(vertices) + node
    return Crossings(
        unit=unit,
        first_crossing=np.r_[first_crossing, len(unit)],
        points=points,
        spread=spread,
        edge=edge,
        first_vertex=len(vertices),
        nodes_on_edge=nodes_on_edge,
        first_node=first_node,
        first_sub_edge=first_sub_edge,
        sub_edges=sub_edges,
    )


def _still_open(
    level: Subdivision,
    edge: Ints,
    unit: Ints,
    runs: list[tuple[int, int]],
    places: Floats,
    off: Floats,
    exact: ExactLayer,
) -> list[tuple[int, int]]:
    """Sort the runs that floats can sort by the rows of their cells, in place; the others.

    Points of one line keep their order when they are projected onto another direction, if it is less than a right
    angle from the line's. The direction between the ends of an edge is, when they are farther apart than they may be
    off together.
    """
    if not runs:
        return []
    members = np.concatenate([np.arange(begin, end) for begin, end in runs])
    exact.prepare(np.unique(level.edge_cells[edge[members]].max(axis=1)))
    by_rows, bounds = exact.places_on_edges(edge[members], unit[members])
    still_open, first = [], 0
    for begin, end in runs:
        run = slice(first, first + end - begin)
        first = run.stop
        u, v = level.edges[edge[begin]]
        span = level.vertices[v] - level.vertices[u]
        along = by_rows[run] @ span
        order = np.argsort(along)
        error = bounds[run][order] * np.abs(span).max() + 4 * EPSILON * np.abs(by_rows[run][order] * span).sum(axis=1)
        sure = np.diff(along[order]) > error[1:] + error[:-1]
        if np.abs(span).sum() > 4 * level.spread[[u, v]].sum() and bool(sure.all()):
            unit[begin:end] = unit[begin:end][order]
            places[begin:end], off[begin:end] = by_rows[run][order], bounds[run][order]
        else:
            still_open.append((begin, end))
    return still_open
