"""Below the pictures, one at a time: what regions add up to, distances along the triangle, heat maps, gradients."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from figures.provenance import About, origin, perturbations
from figures.words import counted, thousands
from geometry.norms import Norm
from pages.shared.box_control import Box
from pages.shared.linked_controls import Linked
from pages.shared.plain import plain
from pages.shared.to_slices import PREFIX
from pages.slices.along import edges
from pages.slices.charts import chart, theme, titles
from pages.slices.export import on_plane
from pages.slices.gradients import gradients
from pages.slices.heat_maps import maps
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import Numbers, Picture, Watched
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
    current: Sequence[Picture | None],
    choice: Choice,
    where: Slice,
    p: Norm,
    box: Box | None = None,
) -> tuple[dict[str, str | None], list[Watched]]:
    """Draws the section that is chosen. Returns its part of the link, and the workers it is waiting for."""
    linked = Linked(PREFIX)
    section = linked.choice("Below", "below", SECTIONS, NUMBERS, row=True, label_visibility="collapsed")
    waiting: list[Watched] = []
    networks = " and ".join(one.title for one in chosen)
    about = origin("charts", networks, on_plane(choice, where)) | perturbations(p, box)
    if section == NUMBERS:
        _numbers(chosen, current, choice, about)
    elif section == EDGES:
        waiting = edges(chosen, choice, where, p, box, about)
    elif section == MAPS:
        later = any(picture is None for picture in current)
        waiting = maps(chosen, where, p, box, linked, about, later)
    else:
        gradients(chosen, choice)
    return linked.parts, waiting


def _numbers(chosen: Sequence[ShownNetwork], current: Sequence[Picture | None], choice: Choice, about: About) -> None:
    found = [_latest(slot, one, picture) for slot, (one, picture) in enumerate(zip(chosen, current))]
    known = {title: numbers for title, numbers in zip(titles(chosen), found) if numbers is not None}
    fresh = all(picture is not None and picture.numbers is not None for picture in current)
    if known:
        from figures.images.slice_numbers import (  # Plotly loads slowly, and pictures come first
            areas_figure,
            classes_figure,
        )

        left, right = st.columns(2, gap="large")
        areas = areas_figure({title: numbers.areas for title, numbers in known.items()}, theme())
        shares = {title: numbers.class_areas / numbers.class_areas.sum() for title, numbers in known.items()}
        classes = classes_figure(shares, choice.classes, theme())
        with left:
            chart(areas, "areas", "How much of the window regions of each area cover", about)
        with right:
            chart(classes, "classes", "Share of the window per class", about)
    if any(picture is not None and picture.too_many for picture in current):
        st.caption("Areas and classes are counted where all regions are found: zoom in.")
    elif not fresh:
        st.caption("Counting areas and classes …")
    elif len(known) == 2:
        counts = [len(numbers.areas) for numbers in known.values()]
        names = list(known)
        more, fewer = (0, 1) if counts[0] >= counts[1] else (1, 0)
        ratio = counts[more] / max(1, counts[fewer])
        st.caption(
            f"In the same window {plain(names[more])} has {counted(counts[more], 'linear region')} and "
            f"{plain(names[fewer])} {thousands(counts[fewer])}: {ratio:.3g} times fewer, and so larger. "
            "Areas and shares are exact."
        )


def _latest(slot: int, one: ShownNetwork, picture: Picture | None) -> Numbers | None:
    """What the picture's regions add up to; until that is known, those of the picture before."""
    if picture is None or picture.too_many:
        return None
    if picture.numbers is not None:
        STATE.counted[slot] = (one.network.key, picture.numbers)
    before = STATE.counted.get(slot)
    return before[1] if before is not None and before[0] == one.network.key else None
