"""Taking things away: the picture, the regions, the points, the network, the link."""

from __future__ import annotations

import streamlit as st

from figures.overlays import Overlays, ViewOptions
from figures.palette import Theme
from figures.svg import region_svg
from figures.tables import regions_csv
from models import as_pytorch_code, network_bytes
from pages.explore.data import DataControls, points_download
from pages.explore.picture import Picture
from pages.explore.training import Trained


def export_controls(
    found: Picture, overlays: Overlays, options: ViewOptions, network: Trained, data: DataControls
) -> None:
    """A popover with everything to download; large files are made only when asked for."""
    with st.popover("Export", icon=":material/download:", width="stretch"):
        st.caption("PNG: the arrow in the picture's upper left corner saves what you see.")
        theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
        svg = {"data": lambda: region_svg(found.frame, overlays, options, theme=theme), "mime": "image/svg+xml"}
        csv = {"data": lambda: regions_csv(found.regions), "mime": "text/csv"}
        weights = {"data": lambda: network_bytes(network.network), "mime": "application/octet-stream"}
        for label, name, what in (
            ("Picture (SVG)", "regions.svg", svg),
            ("Regions (CSV)", "regions.csv", csv),
            ("Network (safetensors)", "network.safetensors", weights),
        ):
            st.download_button(label, file_name=name, on_click="ignore", width="stretch", **what)  # type: ignore[arg-type]
        points_download(data)
        if st.toggle("Copy as PyTorch", key="pytorch"):
            st.code(as_pytorch_code(network.network), height=260)


def share_note(network: Trained, data: DataControls) -> None:
    """What the link in the address bar carries, and what it does not."""
    missing = [what for what, there in (("points", data.in_link), ("weights", network.in_link)) if not there]
    if missing:
        what = " and ".join(missing)
        st.caption(f":material/link_off: Your {what} are not in the link in the address bar: export them to keep them.")
    else:
        st.caption(":material/link: The link in the address bar reopens this picture.")
