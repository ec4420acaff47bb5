"""Downloads: the picture, the regions, the points and the network; and what the link reopens."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from figures import PageMoment, PagePicture, web_page
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

        def page() -> str:
            shown = PagePicture(network.title, [PageMoment(in_view.frame, overlays)], _kept(options, in_view))
            title = network.title if data.dataset.name in network.title else f"{network.title} on {data.dataset.name}"
            return web_page(shown, title=title, measured="inputs", about=options.about).text

        download("Picture (SVG)", picture, "regions.svg", "image/svg+xml", key="explore-svg")
        download(
            "Save as web page", page, "regions.html", "text/html", key="explore-web-page",
            help="One file that opens in any browser, without a network: zoom, read regions, pin points with d_B and "
            "d_D, switch layers and colours.",
        )  # fmt: skip
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


def _kept(options: ViewOptions, in_view: RegionPicture) -> ViewOptions:
    """The options of a page that holds the regions in view alone: its home is never beyond them."""
    s0, s1, t0, t1 = in_view.regions.window
    h0, h1, h2, h3 = options.home or in_view.regions.window
    covers = s0 <= h0 and h1 <= s1 and t0 <= h2 and h3 <= t1
    return options if covers else replace(options, home=in_view.regions.window)


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
