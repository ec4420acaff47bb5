"""The graph of linear regions as JSON that NetworkX reads."""

from __future__ import annotations

import json

from figures.provenance import About
from geometry.regions.region_graph import region_graph
from geometry.regions.region_map import RegionMap


def region_graph_json(regions: RegionMap, about: About) -> str:
    """Regions and their neighbours, for `networkx.node_link_graph(json.load(file), edges="edges")`.

    A node has the region's class, area, centroid (s, t) and number of active units, in the order of `regions_csv`; an
    edge the hidden unit that switches between two regions and the length of their common side.
    """
    graph, (s, t) = region_graph(regions), regions.centroids().T
    columns = (regions.classes, regions.areas(), s, t, regions.active_units())
    names = ("class", "area", "s", "t", "active_units")
    nodes = [
        {"id": i, **dict(zip(names, values))} for i, values in enumerate(zip(*(column.tolist() for column in columns)))
    ]
    links = zip(graph.pairs.tolist(), graph.units.tolist(), graph.lengths.tolist())
    edges = [{"source": one, "target": other, "unit": unit, "length": length} for (one, other), unit, length in links]
    metadata = {**about, "window": list(map(float, regions.window)), "complete": not regions.truncated}
    return json.dumps(
        {"directed": False, "multigraph": False, "graph": metadata, "nodes": nodes, "edges": edges}, ensure_ascii=False
    )
