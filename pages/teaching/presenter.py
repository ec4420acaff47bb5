"""Presenter mode: for the projector. The controls are hidden, the type is larger."""

from __future__ import annotations

import streamlit as st

from pages.shared import link
from pages.shared.teaching import TEACHING, TeachingState

PRESENT = "present"  # in links
STYLE = """<style>
:root { font-size: 20px; --above-the-picture: 170px; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"],
.st-key-picture-tools { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 0.8rem !important; }
.st-key-presenter-end { position: fixed; right: 1rem; bottom: 0.8rem; width: auto !important; z-index: 1000; }
.st-key-presenter-end:not(:hover):not(:focus-within) { opacity: 0.35; }
</style>"""


def presenter_mode() -> dict[str, str | None]:
    """Hide and enlarge, if asked for; returns what the link says of it."""
    presenting = link.start(TeachingState.present.key, PRESENT, link.flag, False)
    if presenting:
        st.html(STYLE)
        with st.container(key="presenter-end"):
            st.button(
                "Show controls", icon=":material/close_fullscreen:", on_click=_set, args=(False,), key="unpresent"
            )
    return {PRESENT: link.unless(presenting, False, lambda _: "1")}


def presenter_button() -> None:
    """Enter presenter mode; in the head of a page."""
    if not TEACHING.present:
        st.button(
            "Present",
            icon=":material/co_present:",
            type="tertiary",
            on_click=_set,
            args=(True,),
            key="present-button",
            help="For the projector: hides the controls and enlarges the type.",
        )


def _set(presenting: bool) -> None:
    TEACHING.present = presenting
