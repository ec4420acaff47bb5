"""The way here from other pages, with the same point and network."""

from __future__ import annotations

import streamlit as st

from geometry.norms import Array
from pages.shared.hand_over import Sent, hand_over
from pages.shared.page_button import page_button
from pages.shared.state import Record, Value

PREFIX = "polytope-"
RANDOM, ROBUST, EXPLORE, IMAGES = "random", "robust", "explore", "images"


class ToPolytopeState(Record):
    """What other pages set of Polytope's."""

    source: Value[str] = Value(f"{PREFIX}from", RANDOM)  # whose network
    pressed: Value[bool] = Value(f"{PREFIX}pressed", False)  # the button that leads there


TO_POLYTOPE = ToPolytopeState()


def polytope_button(images: bool = False) -> None:
    """To the outputs that the pinned point's ball reaches, or the image's."""
    page_button(  # the whole page: controls that a fragment's run leaves out would forget their values on the way
        "All outputs an adversary reaches",
        icon=":material/pentagon:",
        type="tertiary",
        key="to-polytope",
        help="The Polytope page: the image of the ball around this point, and what convex bounds make of it.",
        on_click=_press,
    )
    if TO_POLYTOPE.pressed:
        open_polytope(images)


def _press() -> None:
    TO_POLYTOPE.pressed = True


def open_polytope(images: bool = False) -> None:
    """Go there: with the pin in Explore's network, or with the image that Certify asks about."""
    TO_POLYTOPE.source = IMAGES if images else EXPLORE
    TO_POLYTOPE.pressed = False  # last, for a newer request may interrupt this up to here
    st.switch_page("pages/polytope/page.py")


def send_image(sent: Sent, image: Array | None, images: str, limits: tuple[float, float]) -> None:
    """Go there with a network and an image (*input_shape), near the set of images of that name."""
    hand_over(sent, image, images, limits)
    open_polytope(images=True)
