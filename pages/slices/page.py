"""The Slices page, in the order of the data: images, networks, plane, regions, text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from pages.shared import link
from pages.shared.plain import complain, plain
from pages.slices.images import Choice, image_controls, image_grid
from pages.slices.main_panel import main_panel
from pages.slices.networks import ShownNetwork, network_controls
from pages.slices.plane import Slice, plane_controls
from pages.slices.presets import preset_controls
from pages.slices.view_options import view_controls
from pages.teaching import tour_button

T = TypeVar("T")
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
    chosen: list[ShownNetwork] = []
    troubles: list[str] = []
    where: Slice | None = None
    with st.sidebar:
        presets = st.container(key="slices-offered")
        choice = image_controls()
        if choice is not None:
            chosen, network_link, troubles = network_controls(choice)
            if chosen:
                where = _tried(lambda: plane_controls(choice, chosen[0].network))
            shown = view_controls()
            parts = {**choice.link, **network_link, **shown.link, **(where.link if where else {})}
            _share_note(choice, chosen)
        with presets:
            preset_controls()
    if choice is not None:
        grid = st.expander("Choose images", icon=":material/grid_view:", key="slices-grid-open", on_change="rerun")
        if grid.open:
            with grid, st.container(key="slices-grid"):
                image_grid(choice)
    for trouble in troubles:  # also here, since on a phone the sidebar is folded
        st.warning(plain(trouble), icon=":material/warning:")
    if choice is not None and where is not None and chosen:
        st.fragment(main_panel)(chosen, choice, where, shown, parts)
    else:
        st.info(
            "Add what the sidebar says is missing, or change what it refuses, and the picture is back.",
            icon=":material/blur_on:",
        )
        link.write_drawn()
    with complaints:
        link.show_complaints()


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Slices through image space", anchor=False, width="content")
        st.caption(
            "A plane through images, cut into linear regions: every point is an image.",
            width="content",
        )
        tour_button("slices")


def _tried(make: Callable[[], T]) -> T | None:
    """The result of `make`, or None after an error message."""
    try:
        return make()
    except ValueError as error:
        complain(error)
        return None


def _share_note(choice: Choice, chosen: list[ShownNetwork]) -> None:
    missing = [
        *(["images"] if not choice.in_link else []),
        *(["network"] if any(not c.in_link for c in chosen) else []),
    ]
    if missing:
        verb = "is" if missing == ["network"] else "are"
        st.caption(f":material/link_off: Your own {' and '.join(missing)} {verb} not in the link.")
    else:
        st.caption(":material/link: The link in the address bar reopens this picture.")


slices()
