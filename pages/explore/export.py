"""Downloads: the picture, the regions, the points and the network; and what the link reopens."""

from __future__ import annotations

import streamlit as st

from figures.provenance import origin
from figures.regions.graph_json import region_graph_json
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.tables import regions_csv
from figures.svg.region_svg import region_svg
from models import as_pytorch_code, network_bytes
from pages.shared.downloads import download
from pages.shared.plane.data import DataControls, points_download
from pages.shared.plane.picture import RegionPicture
from pages.shared.plane.training import Trained
from pages.shared.theme import browser_theme


def export_controls(
    in_window: RegionPicture,
    in_view: RegionPicture,
    overlays: Overlays,
    options: ViewOptions,
    network: Trained,
    data: DataControls,
) -> None:
    """A popover with all downloads; each file is made when its button is clicked."""
    with st.popover("Export", icon=":material/download:", width="stretch"):
        st.caption("PNG: the arrow in the picture's upper left corner saves what you see.")
        theme = browser_theme()

        def picture() -> str:
            return region_svg(in_view.frame, overlays, options, theme=theme, about=options.about)

        download("Picture (SVG)", picture, "regions.svg", "image/svg+xml", key="explore-svg")
        download(
            "Regions (CSV)",
            lambda: regions_csv(in_window.regions, about("linear regions of the window, one row each", network, data)),
            "regions.csv",
            "text/csv",
            key="explore-csv",
        )
        download(
            "Region graph (JSON)",
            lambda: region_graph_json(in_window.regions, about("linear regions and their neighbours", network, data)),
            "region-graph.json",
            "application/json",
            key="explore-graph",
            help="For NetworkX: a node for each linear region, an edge for each pair of neighbours.",
        )
        download(
            "Network (safetensors)",
            lambda: network_bytes(network.module),
            "network.safetensors",
            "application/octet-stream",
            key="explore-network",
        )
        points_download(data)
        if st.toggle("Copy as PyTorch", key="pytorch"):
            st.code(as_pytorch_code(network.module), height=260)


def about(content: str, network: Trained, data: DataControls) -> dict[str, str]:
    """The provenance of a file; `content` describes what the file holds."""
    return origin(content, network.title, data.dataset.name, weights=network.network.key)


def share_note(network: Trained, data: DataControls) -> None:
    """Says whether the link in the address bar reopens the picture, and what it lacks otherwise."""
    missing = [part for part, in_link in (("points", data.in_link), ("weights", network.in_link)) if not in_link]
    if not missing:
        st.caption(":material/link: The link in the address bar reopens this picture.")
        return
    names = {"points": "these points", "weights": "the weights of this network"}
    lacking = " or ".join(names[part] for part in missing)
    st.caption(
        f":material/link_off: The link in the address bar does not carry {lacking}. "
        "To keep them, save them under *Export*."
    )
