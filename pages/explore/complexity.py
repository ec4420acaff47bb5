"""A folded part: how finely the network cuts the plane around the data, and the shape of its class areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from figures.regions.overlays import Window
from figures.style.ink import inked
from figures.words import GLOSSARY, class_name, counted, three_digits
from geometry import Network, RegionMap
from geometry.norms import Array
from geometry.regions.class_topology import ClassTopology, class_topology
from geometry.regions.local_complexity import local_complexity
from models.data.toy import Dataset
from models.training.measures import MOST_AROUND, around_radius
from pages.shared.by_key import BY_KEY
from pages.shared.in_view import plot
from pages.shared.plane.picture import RegionPicture
from pages.shared.state import Record, Value
from pages.shared.theme import browser_theme

SIDE = 64  # columns and rows of the map: 0.3 s on 2 000 regions


class ComplexityState(Record):
    """Whether the map shows."""

    map: Value[bool] = Value("complexity-map", False)


@dataclass(frozen=True, eq=False)
class Complexity:
    """Mean local complexity of the data points, and the topology of the class areas."""

    radius: float
    regions: float | None  # None without data points
    boundary: float | None
    topology: ClassTopology


def complexity(network: Network, picture: RegionPicture, data: Dataset, bands: tuple[str, ...]) -> None:
    """The folded part. Nothing is computed before it is unfolded."""
    folded = st.expander("How finely the plane is cut", icon=":material/grain:", key="complexity", on_change="rerun")
    if not folded.open:
        return
    with folded:
        regions = picture.regions
        if regions.truncated or len(regions) > MOST_AROUND:
            st.caption(f"Shown for at most {counted(MOST_AROUND, 'region')}, all of the window: zoom in by *Window*.")
            return
        found = _complexity(network, regions.window, data, regions)
        _numbers(found, bands)
        if st.toggle("Map", key=ComplexityState.map.key, help="The number of linear regions around each place."):
            _map(network, regions, found.radius)


@st.cache_resource(max_entries=16, show_spinner="Counting …", hash_funcs=BY_KEY)
def _complexity(network: Network, window: Window, data: Dataset, _regions: RegionMap) -> Complexity:
    radius = around_radius(window)
    around = local_complexity(_regions, data.x, radius) if len(data) else None
    regions, boundary = (None, None) if around is None else (around.regions.mean(), around.boundary.mean())
    return Complexity(radius, regions, boundary, class_topology(_regions))


def _numbers(found: Complexity, bands: tuple[str, ...]) -> None:
    names = bands or tuple(class_name(c) for c in range(len(found.topology.pieces)))
    columns = st.columns(3)
    if found.regions is not None and found.boundary is not None:
        radius = three_digits(found.radius)
        columns[0].metric("Regions around a point", three_digits(found.regions), help=GLOSSARY["local_complexity"])
        columns[1].metric("Boundary around a point", three_digits(found.boundary), help=GLOSSARY["local_boundary"])
        columns[0].caption(f"Mean over the data points, in discs of radius {radius}.")
    lines = found.topology.closed + found.topology.open
    columns[2].metric("Curves of the decision boundary", lines, help=GLOSSARY["boundary_curves"])
    columns[2].caption(f"{found.topology.closed} closed, {found.topology.open} open.")
    shapes = [
        f"{name}: {counted(int(pieces), 'piece')}, {counted(int(holes), 'hole')}"
        for name, pieces, holes in zip(names, found.topology.pieces, found.topology.holes)
    ]
    st.text("Areas of the classes.  " + "  ·  ".join(shapes), help=GLOSSARY["class_topology"])


def _map(network: Network, regions: RegionMap, radius: float) -> None:
    from figures.images.slice_numbers import heat_maps

    grid = _grid(network, regions.window, radius, regions)
    figure = heat_maps({"": grid}, regions.window, np.empty((0, 2)), (), "regions", browser_theme(), ("x₁", "x₂"))
    plot(inked(figure, browser_theme()), "complexity-chart", "Regions around each place", {"displayModeBar": False})


@st.cache_resource(max_entries=8, show_spinner="Counting …", hash_funcs=BY_KEY)
def _grid(network: Network, window: Window, radius: float, _regions: RegionMap) -> Array:
    """(SIDE, SIDE) the number of regions in the disc around the middle of each cell, from t0 upwards."""
    s0, s1, t0, t1 = window
    middles = (np.arange(SIDE) + 0.5) / SIDE
    s, t = np.meshgrid(s0 + (s1 - s0) * middles, t0 + (t1 - t0) * middles)
    found = local_complexity(_regions, np.stack([s.ravel(), t.ravel()], axis=1), radius)
    return found.regions.reshape(SIDE, SIDE).astype(np.float64)
