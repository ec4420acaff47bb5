"""Taking things away: the picture, the regions, the points, the network, the link."""

from __future__ import annotations

import streamlit as st

from figures.provenance import origin
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.tables import regions_csv
from figures.style.palette import Theme
from figures.svg.region_svg import region_svg
from models import as_pytorch_code, network_bytes
from pages.shared.downloads import download
from pages.shared.plane.data import DataControls, points_download
from pages.shared.plane.picture import Picture
from pages.shared.plane.training import Trained


def export_controls(
    found: Picture, seen: Picture, overlays: Overlays, options: ViewOptions, network: Trained, data: DataControls
) -> None:
    """A popover with everything to download; files are made only when asked for."""
    with st.popover("Export", icon=":material/download:", width="stretch"):
        st.caption("PNG: the arrow in the picture's upper left corner saves what you see.")
        theme: Theme = "dark" if st.context.theme.type == "dark" else "light"

        def picture() -> str:
            return region_svg(seen.frame, overlays, options, theme=theme, about=options.about)

        download("Picture (SVG)", picture, "regions.svg", "image/svg+xml", key="explore-svg")
        download(
            "Regions (CSV)",
            lambda: regions_csv(found.regions, about("linear regions of the window, one row each", network, data)),
            "regions.csv",
            "text/csv",
            key="explore-csv",
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
    """Where a file comes from; `content` says what is in it."""
    return origin(content, network.title, data.dataset.name, weights=network.network.key)


def share_note(network: Trained, data: DataControls) -> None:
    """What the link in the address bar carries, and what it does not."""
    missing = [what for what, there in (("points", data.in_link), ("weights", network.in_link)) if not there]
    if not missing:
        st.caption(":material/link: The link in the address bar reopens this picture.")
        return
    names = {"points": "these points", "weights": "the weights of this network"}
    whose = " or ".join(names[each] for each in missing)
    st.caption(
        f":material/link_off: The link in the address bar does not carry {whose}. "
        "To keep them, save them under *Export*."
    )
