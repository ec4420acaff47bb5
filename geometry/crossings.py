"""Where a layer's units change sign along the edges of a subdivision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.ragged import Floats, Ints, offsets, order_within, set_bits
from geometry.signs import Signs

CHUNK = 1 << 18  # edges whose sign bits are compared at a time


@dataclass(frozen=True, eq=False)
class Crossings:
    """Sign changes along edges, ordered along each edge, those at the same point sharing a node.

    Node i is vertex first_vertex + i of the finer subdivision, in which edge e becomes the sub-edges
    first_sub_edge[e] ... first_sub_edge[e] + nodes_on_edge[e].
    """

    unit: Ints  # (c,)
    first_crossing: Ints  # (m + 1,) crossings of node i: first_crossing[i] ... first_crossing[i + 1] - 1
    points: Floats  # (m, 2) the nodes
    spread: Floats  # (m,) how far along its edge rounding may have moved a node
    first_vertex: int
    nodes_on_edge: Ints  # (E,)
    first_node: Ints  # (E + 1,)
    first_sub_edge: Ints  # (E + 1,)
    sub_edges: Ints  # (E', 2)

    @property
    def merged(self) -> bool:
        """Some node is a sign change of several units."""
        return len(self.points) < len(self.unit)


def find_crossings(vertices: Floats, edges: Ints, signs: Signs) -> Crossings:
    """All sign changes between the end points of an edge; a zero at an end point is none."""
    edge, unit = _sign_changes(edges, signs)
    u, v = edges[edge].T
    at_u, at_v = signs.values(u, unit), signs.values(v, unit)
    along = at_u / (at_u - at_v)
    blur = signs.error[unit] / np.abs(at_u - at_v) + 4 * np.finfo(float).eps
    order = order_within(edge, along)
    edge, unit, along, blur = edge[order], unit[order], along[order], blur[order]
    fresh = np.ones(len(edge), bool)  # does not coincide with the crossing before it
    fresh[1:] = (edge[1:] != edge[:-1]) | (along[1:] - along[:-1] > blur[1:] + blur[:-1])
    first_crossing = np.flatnonzero(fresh)
    edge, along, blur = edge[first_crossing], along[first_crossing], blur[first_crossing]
    start = vertices[edges[edge, 0]]
    span = vertices[edges[edge, 1]] - start
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
        points=start + along[:, None] * span,
        spread=blur * np.abs(span).sum(axis=1),
        first_vertex=len(vertices),
        nodes_on_edge=nodes_on_edge,
        first_node=first_node,
        first_sub_edge=first_sub_edge,
        sub_edges=sub_edges,
    )


def _sign_changes(edges: Ints, signs: Signs) -> tuple[Ints, Ints]:
    """(edge, unit) of every sign change, by edge."""
    found = []
    for begin in range(0, len(edges), CHUNK):
        u, v = edges[begin : begin + CHUNK].T
        differ = signs.positive[u] ^ signs.positive[v]
        if signs.zero is not None:
            differ &= ~(signs.zero[u] | signs.zero[v])
        edge, unit = set_bits(differ)
        found.append((edge + begin, unit))
    return np.concatenate([edge for edge, _ in found]), np.concatenate([unit for _, unit in found])
