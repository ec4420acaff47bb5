"""A button inside a fragment that changes the page outside the fragment."""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def page_button(label: str, *, where: DeltaGenerator | None = None, **options: Any) -> None:
    """As `st.button` with `on_click`, in the container `where`; a click reruns the whole page.

    Streamlit alone would rerun only the fragment around the button.
    """
    button = st.button if where is None else where.button
    if button(label, **options):
        st.rerun()
