"""Taking things away: each network's picture, its regions, and the numbers on the page."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import streamlit as st

from figures.overlays import Overlays, ViewOptions
from figures.palette import Theme
from figures.svg import region_svg
from figures.tables import areas_csv
from geometry import enumerate_regions
from geometry.norms import Norm
from pages.slices.images import Choice
from pages.slices.networks import Chosen
from pages.slices.pictures import MOST_REGIONS, Picture
from pages.slices.pin import METHODS, Known
from pages.slices.plane import Slice

Drawn = tuple[Chosen, Picture, Overlays, ViewOptions]


def export(
    drawn: Sequence[Drawn], known: Sequence[Known | None], choice: Choice, where: Slice, p: Norm, theme: Theme
) -> None:
    """A popover with everything to download, each made when it is asked for."""
    with st.popover("Export", icon=":material/download:", key="slices-export"):
        st.caption("PNG: the arrow in a picture's upper left corner saves what you see.")
        for slot, (one, picture, overlays, options) in enumerate(drawn):
            st.markdown(f"**{one.title}**")
            left, right = st.columns(2)
            left.download_button(
                "Picture (SVG)",
                data=partial(region_svg, picture.frame, overlays, options, theme=theme),
                file_name=f"slice-{slot + 1}.svg", mime="image/svg+xml", on_click="ignore", width="stretch",
                key=f"slices-svg-{slot}",
            )  # fmt: skip
            right.download_button(
                "Regions (CSV)",
                data=partial(regions_table, one, picture, where),
                file_name=f"slice-{slot + 1}-regions.csv", mime="text/csv", on_click="ignore", width="stretch",
                disabled=picture.count is None, key=f"slices-csv-{slot}",
                help="Class, area, centroid, faces and active units of every region in the picture's window.",
            )  # fmt: skip
        st.download_button(
            "Numbers (CSV)", data=lambda: numbers_table(drawn, known, choice, p), file_name="slice-numbers.csv",
            mime="text/csv", on_click="ignore", width="stretch", key="slices-numbers-csv",
            help="Regions, area per class, and what is known of the pin.",
        )  # fmt: skip


def regions_table(one: Chosen, picture: Picture, where: Slice) -> str:
    """The regions of the picture's window, found once more: they are too much to keep."""
    return areas_csv(enumerate_regions(one.network, picture.frame.window, where.plane, max_regions=MOST_REGIONS))


def numbers_table(drawn: Sequence[Drawn], known: Sequence[Known | None], choice: Choice, p: Norm) -> str:
    """One row a number: network, quantity, value."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["network", "quantity", "value"])
    for (one, picture, _, _), found in zip(drawn, known):
        rows: list[tuple[str, object]] = [("window", " ".join(map(repr, picture.frame.window)))]
        if picture.count is not None:
            rows.append(("linear regions", picture.count))
        if picture.numbers is not None:
            rows += [
                (f"area of class {name}", float(area))
                for name, area in zip(choice.classes, picture.numbers.class_areas)
            ]
        if found is not None and found.near is not None:
            near = found.near
            rows += [("norm", p), ("d_B", near.d_B), ("d_D", near.d_D)]
            rows += [("d_B on the plane", near.on_plane[0]), ("d_D on the plane", near.on_plane[1])]
            rows += [(title, found.found[name]) for name, title in METHODS.items() if name in found.found]
            rows.append(("boundary on the plane", found.edge[0]))
            attacked = found.found.get("attack")
            if attacked is not None:
                rows.append(("DeepFool", attacked.distance))
        table.writerows([one.title, quantity, value] for quantity, value in rows)
    return text.getvalue()
