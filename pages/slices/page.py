"""The Slices page, in the order of the data: images or numbers, networks, plane, regions, text."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.plain import plain
from pages.shared.to_slices import PREFIX
from pages.slices.asked import Asked, tried
from pages.slices.images import image_controls, image_grid
from pages.slices.main_panel import main_panel
from pages.slices.networks import network_controls
from pages.slices.numbers.sidebar import numbers_sidebar
from pages.slices.parameters.controls import ParameterPlane
from pages.slices.parameters_panel import parameters_panel
from pages.slices.plane import Slice, plane_controls
from pages.slices.presets import preset_controls
from pages.slices.third_axis import on_third_axis, rest
from pages.slices.view_options import view_controls
from pages.teaching import teaching_buttons

IMAGES, NUMBERS = "images", "numbers"
KINDS = {IMAGES: "Images", NUMBERS: "Numbers"}
STYLE = """<style>
[data-stale="true"] { opacity: 1 !important; } /* pictures that arrive in steps must not fade in between */
[class*="st-key-slices-tiles"] [data-testid="stColumn"] { min-width: 3rem; flex: 1 1 3rem; } /* phones have rows too */
:has(> .st-key-slices-clock) { display: none; }
.st-key-slices-pinned { max-width: 11rem; }
.st-key-slices-grid [data-testid="stButton"] button { padding: 0; min-height: 1.5rem; font-size: .8rem; }
</style>"""


def slices() -> None:
    st.html(STYLE)
    _title()
    link.check_names("slices")
    complaints = st.container()
    with st.sidebar:
        presets = st.container(key="slices-offered")
        linked = Linked(PREFIX)
        kind = linked.choice("Inputs", "of", KINDS, IMAGES, row=True)
        asked = numbers_sidebar() if kind == NUMBERS else _images_sidebar()
        choice, where = asked.choice, asked.where
        if choice is not None:
            shown = view_controls()
            parts = {**linked.parts, **(asked.link or {}), **shown.link}
            _share_note(asked.own)
        with presets:
            preset_controls()
    if choice is not None and kind == IMAGES:
        grid = st.expander("Choose images", icon=":material/grid_view:", key="slices-grid-open", on_change="rerun")
        if grid.open:
            with grid, st.container(key="slices-grid"):
                image_grid(choice)
    for trouble in asked.troubles:  # also here, since on a phone the sidebar is folded
        st.warning(plain(trouble), icon=":material/warning:")
    if choice is not None and isinstance(where, ParameterPlane):
        st.fragment(parameters_panel)(asked.chosen, choice, where, shown, parts)
    elif choice is not None and isinstance(where, Slice) and asked.chosen:
        st.fragment(main_panel)(asked.chosen, choice, where, shown, parts)
    else:
        st.info(
            "Add what the sidebar says is missing, or change what it refuses, and the picture is back.",
            icon=":material/blur_on:",
        )
        link.write_drawn()
    with complaints:
        link.show_complaints()


def _images_sidebar() -> Asked:
    """Images, networks and plane."""
    choice = image_controls()
    if choice is None:
        return Asked()
    chosen, network_link, troubles = network_controls(choice)
    where = tried(lambda: plane_controls(choice, chosen[0].network)) if chosen else None
    if isinstance(where, Slice):
        where = on_third_axis(choice, chosen[0].network, where)
    else:
        rest()
    own = [
        *(["images"] if not choice.in_link else []),
        *(["network"] if any(not net.in_link for net in chosen) else []),
    ]
    return Asked(choice, chosen, where, troubles, {**choice.link, **network_link, **(where.link if where else {})}, own)


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="page-head"):
        st.title("Slices through input space", anchor=False, width="content")
        st.caption(
            "A plane through the space of inputs, cut into linear regions: every point is an input.",
            width="stretch",
        )
        teaching_buttons("slices")


def _share_note(missing: Sequence[str]) -> None:
    if missing:
        verb = "are" if "images" in missing or len(missing) > 1 else "is"
        st.caption(f":material/link_off: Your own {' and '.join(missing)} {verb} not in the link.")
    else:
        st.caption(":material/link: The link in the address bar reopens this picture.")


slices()
