"""What Certify is about: the plane of the Explore page, or images, and a network for them; or a property."""

from __future__ import annotations

import streamlit as st

from pages.shared import link
from pages.shared.asked_state import ASKED, IMAGES, PROPERTY, TOY, AskedState
from pages.shared.network_and_data import (
    NETWORK_FILE,
    NetworkAndData,
    image_network_and_data,
    missing_words,
    plane_network_and_data,
)

__all__ = ["KINDS", "NETWORK_FILE", "kind_control", "network_and_data_controls", "what_is_missing"]
KINDS = {TOY: "Plane", IMAGES: "Images", PROPERTY: "Property"}


def kind_control() -> str:
    """What the page is about: a name of KINDS."""
    now = link.start(AskedState.of.key, "of", link.one_of(*KINDS), TOY)
    kind = st.segmented_control(
        "Certify on",
        list(KINDS),
        default=now,
        format_func=KINDS.__getitem__,
        key=AskedState.of.key,
        required=True,
        width="stretch",
        persist_state="session",
        help="*Plane*: the data and the network of the Explore page. *Images*: a set of images, or of any other "
        "inputs, and a network for them; both may be your own. *Property*: what a network must not do on a whole box "
        "of inputs, in VNN-LIB.",
    )
    link.note_drawn("of", link.unless(kind, TOY))
    return kind


def network_and_data_controls(kind: str) -> NetworkAndData | None:
    """The network and its points. Returns None, and shows the reason there, while something is missing."""
    return image_network_and_data() if kind == IMAGES else plane_network_and_data()


def what_is_missing() -> None:
    """The main panel while images are chosen and their data or network is missing."""
    with st.container(border=True):
        st.markdown(f"{missing_words()} Then the ladder of any image begins at once.")
        st.button(
            "Back to the plane",
            icon=":material/undo:",
            key="back-to-plane",
            on_click=_back_to_the_plane,
        )


def _back_to_the_plane() -> None:
    ASKED.of = TOY
