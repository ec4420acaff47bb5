"""Presenter mode: for the projector. The controls are hidden, the type is larger, and the pointer has a ring."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from pages.shared import link
from pages.shared.teaching import TEACHING, TeachingState

PRESENT = "present"  # in links
STYLE = """<style>
:root { font-size: clamp(16.5px, 1.85vh, 20px); --above-the-picture: 196px; --under-the-picture: 100px; }
[data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"],
.st-key-picture-tools { display: none; }
[data-testid="stMainBlockContainer"] { padding-top: 0.6rem !important; }
[data-testid="stLayoutWrapper"]:has(> [data-testid="stVerticalBlock"]:empty:not([class*="st-key-"])) { display: none; }
.st-key-presenter { position: absolute; }
.st-key-explore-numbers [data-testid="stMetricValue"] { font-size: 1.5rem; }
.st-key-reading-distances [data-testid="stMetricValue"] { font-size: 1.4rem; }
.st-key-unpresent:not(:hover):not(:focus-within) { opacity: 0.5; }
</style>"""


def presenter_mode() -> dict[str, str | None]:
    """Hide and enlarge, if asked for; returns what the link says of it."""
    presenting = link.start(TeachingState.present.key, PRESENT, link.flag, False)
    if presenting:
        st.html(STYLE)
        _presenter()(key="presenter")
    return {PRESENT: link.unless(presenting, False, lambda _: "1")}


def presenter_button() -> None:
    """Enter or end presenter mode; in the head of a page."""
    if TEACHING.present:
        st.button(
            "Show controls",
            icon=":material/close_fullscreen:",
            type="tertiary",
            on_click=_set,
            args=(False,),
            key="unpresent",
            help="Ends presenter mode.",
        )
    else:
        st.button(
            "Present",
            icon=":material/co_present:",
            type="tertiary",
            on_click=_set,
            args=(True,),
            key="present-button",
            help="For the projector: the whole screen, larger type, a ring around the pointer. In a tour or lesson, "
            "Page Down and Page Up lead on and back, as a presenter's remote does.",
        )


def _set(presenting: bool) -> None:
    TEACHING.present = presenting


@cache
def _presenter() -> Any:
    script = Path(__file__).with_name("presenter.js").read_text(encoding="utf-8")
    return st.components.v2.component("reluscope_presenter", js=script)
