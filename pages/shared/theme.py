"""The theme that the visitor's browser shows."""

from __future__ import annotations

import streamlit as st

from figures.style.palette import Theme


def browser_theme() -> Theme:
    return "dark" if st.context.theme.type == "dark" else "light"
