"""The graph of linear regions: regions that share an edge are joined, by the unit that switches there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geometry.ragged_arrays import Floats, Ints
from geometry.regions.region_map import RegionMap


@dataclass(frozen=True, eq=False)
class RegionGraph:
    """n regions, and m pairs of neighbours.

    pairs : (m, 2) regions that share an edge, the smaller number first, ascending; each pair once
    units : (m,) the hidden unit that switches on their common side (the first, if several do)
    lengths : (m,) the length of the common side, in plane units
    """

    nodes: int
    pairs: Ints
    units: Ints
    lengths: Floats

    def degrees(self) -> Ints:
        """(n,) the number of neighbours of each region."""
        return np.bincount(self.pairs.ravel(), minlength=self.nodes)


def region_graph(regions: RegionMap) -> RegionGraph:
    """The graph of a map. Two convex regions share one straight side, which may consist of several edges."""
    sides = np.sort(regions.edge_regions, axis=1)
    inner = np.flatnonzero(sides[:, 0] >= 0)
    ends = regions.vertices[regions.edges[inner]]
    lengths = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    pairs, first, place = np.unique(sides[inner], axis=0, return_index=True, return_inverse=True)
    total = np.bincount(place.ravel(), lengths, minlength=len(pairs)).astype(np.float64)
    return RegionGraph(len(regions), pairs, regions.edge_unit[inner][first], total)
