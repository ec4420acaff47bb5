"""Opens the ladder or the slice of a point that was clicked on the wall."""

from __future__ import annotations

import streamlit as st

from pages.certify.state import LADDER, STATE
from pages.shared.asked_state import ASKED
from pages.shared.box_control import set_box
from pages.shared.plane.state import set_pin
from pages.shared.to_slices import show_image_on_slices
from pages.shared.view_options import set_norm

SLICE = "slice"
OPENS = {LADDER: "its ladder", SLICE: "its slice"}


def open_picked() -> None:
    """Open the point that was clicked, if one was. Call it before any widget is drawn."""
    picked = STATE.picked
    if picked is None:
        return
    del STATE.picked
    set_norm(picked.norm)
    set_box(picked.usual_box, "" if picked.box is None else ", ".join(map(repr, picked.box)))
    if picked.opens == SLICE:
        show_image_on_slices(ASKED.images, ASKED.trained, picked.number)
        st.switch_page("pages/slices/page.py")
    if picked.pin is None:
        ASKED.image = picked.number
    else:
        set_pin(picked.pin)
    STATE.show = LADDER
