"""One section below the pictures: areas of regions, distances along the triangle, heat maps, or gradients."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from figures.provenance import About, origin, perturbations
from figures.words import counted, thousands
from geometry.norms import Norm
from pages.shared.box_control import Box
from pages.shared.linked_controls import Linked
from pages.shared.plain import plain
from pages.shared.theme import browser_theme
from pages.shared.to_slices import PREFIX
from pages.slices.along import edges
from pages.slices.charts import chart, titles
from pages.slices.export import on_plane
from pages.slices.gradients import gradients
from pages.slices.heat_maps import maps
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import Numbers, SlicePicture, Watched
from pages.slices.plane import Slice
from pages.slices.state import STATE

NUMBERS, EDGES, MAPS, GRADIENTS = "numbers", "edges", "maps", "gradients"
SECTIONS = {
    NUMBERS: "Regions and classes",
    EDGES: "Along the triangle",
    MAPS: "Heat maps",
    GRADIENTS: "Gradients and filters",
}


def details(
    chosen: Sequence[ShownNetwork],
    current: Sequence[SlicePicture | None],
    choice: Choice,
    where: Slice,
    p: Norm,
    box: Box | None = None,
) -> tuple[dict[str, str | None], list[Watched]]:
    """Draws the chosen section. Returns its part of the link, and the workers whose results it shows."""
    linked = Linked(PREFIX)
    sections = {name: title for name, title in SECTIONS.items() if name in choice.sections(where.names)}
    section = linked.choice("Below", "below", sections, NUMBERS, row=True, label_visibility="collapsed")
    waiting: list[Watched] = []
    networks = " and ".join(net.title for net in chosen)
    about = origin("charts", networks, on_plane(choice, where)) | perturbations(p, box)
    if section == NUMBERS:
        _numbers(chosen, current, choice, about)
    elif section == EDGES:
        waiting = edges(chosen, choice, where, p, box, about)
    elif section == MAPS:
        pictures_pending = any(picture is None for picture in current)
        waiting = maps(chosen, choice, where, p, box, linked, about, pictures_pending)
    else:
        gradients(chosen, choice)
    return linked.parts, waiting


def _numbers(
    chosen: Sequence[ShownNetwork], current: Sequence[SlicePicture | None], choice: Choice, about: About
) -> None:
    by_slot = [_latest(slot, net, picture) for slot, (net, picture) in enumerate(zip(chosen, current))]
    by_title = {title: numbers for title, numbers in zip(titles(chosen), by_slot) if numbers is not None}
    is_complete = all(picture is not None and picture.numbers is not None and not picture.before for picture in current)
    if by_title:
        from figures.images.slice_numbers import (  # late, since Plotly loads slowly: the pictures are drawn first
            areas_figure,
            classes_figure,
        )

        left, right = st.columns(2, gap="large")
        areas = areas_figure({title: numbers.areas for title, numbers in by_title.items()}, browser_theme())
        shares = {title: numbers.class_areas / numbers.class_areas.sum() for title, numbers in by_title.items()}
        bands = chosen[0].bands
        classes = classes_figure(shares, choice.named(bands).classes, browser_theme(), len(bands))
        with left:
            chart(areas, "areas", "How much of the window regions of each area cover", about)
        with right:
            chart(classes, "classes", "Share of the window per class", about)
    if any(picture is not None and picture.too_many and not picture.before for picture in current):
        st.caption("Areas and classes are counted where all regions are found: zoom in.")
    elif not is_complete:
        before = " Until then a network's charts are of the window before." if by_title else ""
        st.caption(f"Counting areas and classes …{before}")
    elif len(by_title) == 2:
        counts = [len(numbers.areas) for numbers in by_title.values()]
        names = list(by_title)
        more, fewer = (0, 1) if counts[0] >= counts[1] else (1, 0)
        ratio = counts[more] / max(1, counts[fewer])
        st.caption(
            f"In the same window {plain(names[more])} has {counted(counts[more], 'linear region')} and "
            f"{plain(names[fewer])} {thousands(counts[fewer])}: {ratio:.3g} times fewer, and so larger. "
            "Areas and shares are exact."
        )


def _latest(slot: int, net: ShownNetwork, picture: SlicePicture | None) -> Numbers | None:
    """The areas of the picture's regions; until they are computed, those of the previous picture of the network."""
    if picture is None or picture.too_many:
        return None
    if picture.numbers is not None:
        STATE.counted[slot] = (net.network.key, picture.numbers)
    kept = STATE.counted.get(slot)
    return kept[1] if kept is not None and kept[0] == net.network.key else None
