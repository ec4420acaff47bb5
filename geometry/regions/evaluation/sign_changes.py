"""Sign changes of units along edges, by floats."""

from __future__ import annotations

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.network.rounding import EPSILON
from geometry.ragged_arrays import Floats, Ints, order_within, set_bits
from geometry.regions.evaluation.signs import Signs

CHUNK = 1 << 18  # edges whose sign bits are compared at a time: limits memory


def count_crossings(edges: Ints, signs: Signs) -> int:
    """At how many points of edges floats are sure that units change sign: no more than `find_crossings` finds."""
    edge, _, along, blur = shares(edges, signs)
    apart = (edge[1:] != edge[:-1]) | (along[1:] - along[:-1] > blur[1:] + blur[:-1])
    return int(apart.sum()) + min(len(edge), 1)


def shares(edges: Ints, signs: Signs) -> tuple[Ints, Ints, Floats, Floats]:
    """(edge, unit, share of the edge, bound on its error) of every sign change, by edge and then by share."""
    edge, unit = _sign_changes(edges, signs)
    u, v = edges[edge].T
    at_u, at_v = signs.values(u, unit), signs.values(v, unit)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        along = at_u / (at_u - at_v)
        blur = np.maximum(signs.bound(u, unit), signs.bound(v, unit)) / np.abs(at_u - at_v) + 4 * EPSILON
    unknown = ~((along >= 0) & (along <= 1) & (blur < 1))  # NaN, too
    along[unknown], blur[unknown] = 0.5, 1.0
    check_cancelled()
    order = order_within(edge, along)
    return edge[order], unit[order], along[order], blur[order]


def _sign_changes(edges: Ints, signs: Signs) -> tuple[Ints, Ints]:
    """(edge, unit) of every sign change, by edge."""
    changes = []
    for begin in range(0, len(edges), CHUNK):
        check_cancelled()
        u, v = edges[begin : begin + CHUNK].T
        differ = signs.positive[u] ^ signs.positive[v]
        if signs.zero is not None:
            differ &= ~(signs.zero[u] | signs.zero[v])
        edge, unit = set_bits(differ)
        changes.append((edge + begin, unit))
    return np.concatenate([edge for edge, _ in changes]), np.concatenate([unit for _, unit in changes])
