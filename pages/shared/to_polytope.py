"""Opens Polytope from other pages, with their point and network."""

from __future__ import annotations

import streamlit as st

from geometry.norms import Array
from pages.shared.hand_over import Sent, hand_over
from pages.shared.page_button import page_button
from pages.shared.state import Record, Value

PREFIX = "polytope-"
RANDOM, ROBUST, EXPLORE, IMAGES = "random", "robust", "explore", "images"


class ToPolytopeState(Record):
    """State of Polytope that other pages set."""

    source: Value[str] = Value(f"{PREFIX}from", RANDOM)  # the source of the network
    pressed: Value[bool] = Value(f"{PREFIX}pressed", False)  # whether the button that opens Polytope was clicked


TO_POLYTOPE = ToPolytopeState()


def polytope_button(images: bool = False) -> None:
    """A button that opens Polytope on the ball around the pinned point, or around the image."""
    page_button(  # reruns the whole page: a fragment's run would drop the values of controls outside it
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
    """Open Polytope with the pin in Explore's network, or with the image that Certify asks about."""
    TO_POLYTOPE.source = IMAGES if images else EXPLORE
    TO_POLYTOPE.pressed = False  # last: a newer request may interrupt the run before it
    st.switch_page("pages/polytope/page.py")


def send_image(sent: Sent, image: Array | None, images: str, limits: tuple[float, float]) -> None:
    """Open Polytope with a network and an image (*input_shape); `images` names the set that it is near."""
    hand_over(sent, image, images, limits)
    open_polytope(images=True)
