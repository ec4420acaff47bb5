"""A button inside a fragment that changes what lies outside of it."""

from __future__ import annotations

from typing import Any

import streamlit as st


def page_button(label: str, *, where: Any = st, **options: Any) -> None:
    """As `st.button` with `on_click`, and then the whole page is drawn anew.

    Streamlit draws only the fragment anew whose button was pressed, so that nothing else would follow.
    """
    if where.button(label, **options):
        st.rerun()
