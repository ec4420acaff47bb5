"""The Certify page, from top to bottom: network and data, adversary, point or data set, pictures, notes."""

from __future__ import annotations

import streamlit as st

from pages.certify import charts, controls, dataset, point
from pages.certify.climb import point_view
from pages.certify.property.question import property_controls
from pages.certify.property.view import property_view
from pages.certify.subject import kind_control, network_and_data_controls, what_is_missing
from pages.certify.wall_opening import open_picked
from pages.certify.wall_view import wall_view
from pages.shared import link
from pages.shared.asked_point import asked_point
from pages.shared.asked_state import PROPERTY
from pages.shared.network_and_data import share_note
from pages.teaching import teaching_buttons


def certify() -> None:
    link.check_names("certify")
    open_picked()
    with st.sidebar:
        kind = kind_control()
    show, show_link = _title(kind)
    complaints = st.container()
    if kind == PROPERTY:
        with st.sidebar:
            question, parts = property_controls()
        property_view(question)
        link.write({"of": PROPERTY, **parts})
        with complaints:
            link.show_complaints()
        return
    point.take_click()
    with st.sidebar:
        chosen = network_and_data_controls(kind)
        if chosen is not None:
            search = controls.search_controls(chosen.network, chosen.box)
            asked = asked_point(chosen)
            charts.picture_format()
            share_note(chosen)

    if chosen is None:
        what_is_missing()
        link.write_drawn()
    elif show == controls.LADDER:
        parts = point_view(chosen, asked, search)
        link.write({**chosen.link, **search.link, **asked.link, **show_link, **parts})
    else:
        parts = (wall_view if show == controls.WALL else dataset.data_view)(chosen, search)
        link.write({**chosen.link, **search.link, **asked.link, **show_link, **parts})
    with complaints:
        link.show_complaints()


def _title(kind: str) -> tuple[str, dict[str, str | None]]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Certify", anchor=False, width="content")
        view = controls.view_control() if kind != PROPERTY else (controls.LADDER, {})
        st.caption(
            "What an adversary can do to a network, and provably cannot.",
            width="stretch",
            help="A proof speaks of the network's float64 weights in real arithmetic, where a tie counts as lost; a "
            "float32 forward pass may differ by its rounding.",
        )
        teaching_buttons("certify")
        return view


certify()
