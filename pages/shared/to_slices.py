"""The way to Slices, with a network and the images that it is about."""

from __future__ import annotations

import streamlit as st

from pages.shared.hand_over import SENT

PREFIX = "slices-"
NONE = "none"  # no second network


def show_on_slices(images: str) -> None:
    """Let Slices show the network that was sent, alone, on planes through images of the set of that name."""
    st.session_state[f"{PREFIX}images"] = images
    st.session_state[f"{PREFIX}first"], st.session_state[f"{PREFIX}second"] = SENT, NONE
