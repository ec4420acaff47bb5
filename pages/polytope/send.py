"""The way here from other pages, with the same point and network."""

from __future__ import annotations

import streamlit as st

from geometry.norms import Array
from pages.certify.subject import hand_over

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
        open_polytope(images)


def open_polytope(images: bool = False) -> None:
    """Go there: with the pin in Explore's network, or with the image that Certify asks about."""
    st.session_state[SOURCE] = IMAGES if images else EXPLORE
    st.switch_page("pages/polytope/page.py")


def send_image(title: str, network: bytes, image: Array, images: str) -> None:
    """Go there with a network of its own, as a file's content, and an image (*input_shape), near the set `images`."""
    hand_over(title, network, image, images)
    open_polytope(images=True)
