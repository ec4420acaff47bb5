"""The graph of regions: neighbours, the units between them, and lengths, against shapely and the patterns."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch

from geometry import as_network, enumerate_regions
from geometry.regions.region_graph import region_graph
from models import mlp


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_share_a_side_across_which_one_unit_switches(seed: int):
    regions = enumerate_regions(as_network(mlp((2, 7, 7, 2), seed=seed), (2,)).to(torch.float64), (-2, 2, -2, 2))
    graph = region_graph(regions)
    assert graph.nodes == len(regions)
    assert {tuple(sorted(pair)) for pair in graph.pairs.tolist()} == {
        (i, int(j)) if i < j else (int(j), i) for i in range(len(regions)) for j in regions.neighbours(i)
    }
    for (one, other), unit, length in zip(graph.pairs, graph.units, graph.lengths):
        switched = regions.pattern(one) != regions.pattern(other)
        assert np.flatnonzero(switched).tolist() == [unit]
        common = shapely.intersection(regions.polygons[one].buffer(1e-9), regions.polygons[other].buffer(1e-9))
        assert length == pytest.approx(common.length / 2, abs=1e-6)
    assert graph.degrees().tolist() == [len(regions.neighbours(i)) for i in range(len(regions))]


def test_one_region_has_no_neighbours():
    graph = region_graph(enumerate_regions(torch.nn.Sequential(torch.nn.Linear(2, 2)), (-1, 1, -1, 1)))
    assert (graph.nodes, len(graph.pairs), graph.degrees().tolist()) == (1, 0, [0])
