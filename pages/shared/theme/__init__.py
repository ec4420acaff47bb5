"""The theme that the visitor's browser shows, light or dark."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.style.palette import Theme


def browser_theme() -> Theme:
    """The theme at the time of the browser's last request."""
    return "dark" if st.context.theme.type == "dark" else "light"


def follow_theme() -> None:
    """Draw the page again when the visitor, or the visitor's system, changes the theme. Call it once a page.

    Colours of plots, legends and images come from Python, and Streamlit does not tell Python of another theme.
    """
    _component()(key="theme", data=browser_theme(), on_changed_change=_nothing)


def _nothing() -> None:
    """Streamlit requires a callback for every trigger of a component; each request says its theme by itself."""


@cache
def _component() -> Any:
    script = Path(__file__).with_name("changed.js").read_text(encoding="utf-8")
    return st.components.v2.component("reluscope_theme", js=script)
