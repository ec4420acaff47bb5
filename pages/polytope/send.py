"""The way here from other pages, with the same point and network."""

from __future__ import annotations

import streamlit as st

PREFIX = "polytope-"
SOURCE = f"{PREFIX}from"
RANDOM, ROBUST, EXPLORE, IMAGES = "random", "robust", "explore", "images"


def polytope_button(images: bool = False) -> None:
    """To the outputs that the pinned point's ball reaches, or the image's."""
    pressed = st.button(
        "All outputs an adversary reaches",
        icon=":material/pentagon:",
        type="tertiary",
        key="to-polytope",
        help="The Polytope page: the image of the ball around this point, and what convex bounds make of it.",
    )
    if pressed:
        st.session_state[SOURCE] = IMAGES if images else EXPLORE
        st.switch_page("pages/polytope/page.py")
