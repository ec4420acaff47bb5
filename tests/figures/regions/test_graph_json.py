"""The graph of regions as NetworkX reads it."""

from __future__ import annotations

import itertools
import json

import networkx
import numpy as np

from figures.regions.graph_json import region_graph_json
from geometry import enumerate_regions
from models import mlp

REGIONS = enumerate_regions(mlp((2, 6, 6, 2), seed=1).double(), (-1, 1, -1, 1))


def read() -> networkx.Graph:
    return networkx.node_link_graph(json.loads(region_graph_json(REGIONS, {"content": "regions"})), edges="edges")


def test_networkx_reads_every_region_with_its_neighbours():
    graph = read()
    assert sorted(graph.nodes) == list(range(len(REGIONS)))
    assert all(sorted(graph.neighbors(i)) == REGIONS.neighbours(i).tolist() for i in graph.nodes)
    assert networkx.is_connected(graph)
    assert graph.graph["content"] == "regions"
    assert graph.graph["complete"] is True


def test_along_a_shortest_path_as_many_units_switch_as_it_has_edges():
    graph = read()
    path = networkx.shortest_path(graph, 0, len(REGIONS) - 1)
    for one, other in itertools.pairwise(path):
        assert np.flatnonzero(REGIONS.pattern(one) != REGIONS.pattern(other)).tolist() == [graph[one][other]["unit"]]


def test_nodes_have_area_and_class_of_their_region():
    graph = read()
    assert [graph.nodes[i]["area"] for i in range(len(REGIONS))] == REGIONS.areas().tolist()
    assert [graph.nodes[i]["class"] for i in range(len(REGIONS))] == REGIONS.classes.tolist()
