"""The topology of class areas in a window: their pieces and holes, and the curves of the decision boundary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geometry.ragged_arrays import Bools, Floats, Ints
from geometry.regions.class_areas import area_where_positive
from geometry.regions.region_map import RegionMap


@dataclass(frozen=True, eq=False)
class ClassTopology:
    """Of K classes in a window. Areas that touch in a point alone are separate.

    pieces : (K,) connected pieces of each class's area
    holes : (K,) holes of each class's area: pieces of all other classes together that the window's border does not meet
    closed, open : closed and open curves of the decision boundary; open ones end at the border or where classes meet
    """

    pieces: Ints
    holes: Ints
    closed: int
    open: int


def class_topology(regions: RegionMap) -> ClassTopology:
    """Pieces and holes of the areas in which each class has the largest logit.

    On a region, the area of a class is convex, so it is one node of a graph; two nodes are joined where their areas
    share a stretch of an edge, or for the holes of a third class, a stretch inside a region. Logits are the float64
    ones at the corners of regions; a stretch shorter than their rounding may be missed.
    """
    parts = _Parts.of(regions)
    count = regions.network.classes
    lines = regions.decision_boundary()
    closed = sum(len(line) > 2 and bool((line[0] == line[-1]).all()) for line, _ in lines)
    pieces = np.array([parts.pieces(parts.label == c) for c in range(count)], dtype=np.int64)
    holes = np.array([parts.bounded_pieces(parts.label != c) for c in range(count)], dtype=np.int64)
    return ClassTopology(pieces, holes, closed, len(lines) - closed)


@dataclass(frozen=True, eq=False)
class _Parts:
    """The graph of parts: the area of one class on one region.

    label : (m,) the class of each part
    joined : (j, 2) parts that share a stretch of their boundaries
    outer : (m,) whether the part meets the window's border
    """

    label: Ints
    joined: Ints
    outer: Bools

    @classmethod
    def of(cls, regions: RegionMap) -> _Parts:
        logits, classes = regions.vertex_logits, regions.network.classes
        present = _present(regions, logits)
        cell, label = np.nonzero(present)
        number = np.full(present.shape, -1)
        number[cell, label] = np.arange(len(cell))
        sides, on_edge = regions.edge_regions, _wins_on_edges(logits[regions.edges])
        joined = [np.empty((0, 2), dtype=np.int64)]
        outer = np.zeros(len(cell), dtype=bool)
        for c in range(classes):
            here = sides[on_edge[:, c]]
            inner = (here >= 0).all(1)
            pairs = np.stack([number[here[inner, 0], c], number[here[inner, 1], c]], axis=1)
            joined.append(pairs[(pairs >= 0).all(1)])
            border = number[here[~inner].max(1), c]
            outer[border[border >= 0]] = True
        joined.append(_joined_inside(regions, logits, present, number))
        return cls(label, np.concatenate(joined), outer)

    def pieces(self, chosen: Bools) -> int:
        return int(self._components(chosen)[0])

    def bounded_pieces(self, chosen: Bools) -> int:
        """The connected pieces of the chosen parts that do not meet the border."""
        count, component = self._components(chosen)
        return int(count - len(np.unique(component[self.outer[chosen]])))

    def _components(self, chosen: Bools) -> tuple[int, Ints]:
        """How many connected pieces the chosen parts have, and the piece of each."""
        place = np.cumsum(chosen) - 1
        pairs = place[self.joined[chosen[self.joined].all(1)]]
        size = int(chosen.sum())
        graph = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
        count, component = connected_components(graph, directed=False)
        return int(count), component


def _present(regions: RegionMap, logits: Floats) -> Bools:
    """(n, K) the classes that have an area on each region."""
    corner_class = logits.argmax(axis=1)[regions.ring]
    first = corner_class[regions.starts[:-1]]
    mixed = np.flatnonzero(np.logical_or.reduceat(corner_class != np.repeat(first, np.diff(regions.starts)),
                                                  regions.starts[:-1]))  # fmt: skip
    present = np.zeros((len(regions), logits.shape[1]), dtype=bool)
    present[np.arange(len(regions)), first] = True
    for i in mixed:
        corners = regions.ring[regions.starts[i] : regions.starts[i + 1]]
        places, values = regions.vertices[corners][None], logits[corners][None]
        present[i] = [
            area_where_positive(places, values[..., [c]] - np.delete(values, c, axis=2)) > 0
            for c in range(logits.shape[1])
        ]
    return present


def _wins_on_edges(ends: Floats) -> Bools:
    """(E, K) whether a class exceeds all others on a stretch of an edge, from logits (E, 2, K) at both ends."""
    return np.stack([_stretch(ends[..., [c]] - np.delete(ends, c, axis=2)) for c in range(ends.shape[2])], axis=1)


def _stretch(gaps: Floats) -> Bools:
    """(E,) whether affine functions, (E, 2, k) at both ends of segments, are all positive on a stretch of each."""
    start, end = gaps[:, 0], gaps[:, 1]
    change = end - start
    root = np.divide(-start, change, out=np.full_like(change, np.nan), where=change != 0)
    first = np.where(change > 0, root, -np.inf).max(1, initial=0.0)
    last = np.where(change < 0, root, np.inf).min(1, initial=1.0)
    flat = ((change != 0) | (start > 0)).all(1)
    return flat & (np.maximum(first, 0) < np.minimum(last, 1))


def _joined_inside(regions: RegionMap, logits: Floats, present: Bools, number: Ints) -> Ints:
    """(j, 2) parts of two classes that share a stretch inside a region; any two, where a region has no third class."""
    pairs = []
    for i in np.flatnonzero(present.sum(1) > 1):
        classes: list[int] = np.flatnonzero(present[i]).tolist()
        values = logits[regions.ring[regions.starts[i] : regions.starts[i + 1]]]
        pairs += [
            (number[i, a], number[i, b])
            for a, b in combinations(classes, 2)
            if len(classes) == 2 or _share_a_stretch(values, a, b, classes)
        ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _share_a_stretch(values: Floats, a: int, b: int, classes: Iterable[int]) -> bool:
    """Whether a and b tie above all other classes on a stretch, from the logits (k, K) at a polygon's corners."""
    gap, following = values[:, a] - values[:, b], np.roll(values, -1, axis=0)
    after = np.roll(gap, -1)
    crosses = np.flatnonzero((gap >= 0) != (after >= 0))
    if len(crosses) != 2:
        return False
    share = (gap / (gap - after))[crosses, None] if (gap != after)[crosses].all() else np.zeros((2, 1))
    ends = values[crosses] + share * (following - values)[crosses]
    others = [c for c in classes if c not in (a, b)]
    return bool(_stretch((ends[:, [a]] - ends[:, others])[None])[0])
