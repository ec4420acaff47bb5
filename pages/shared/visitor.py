"""The visitor's own state while a tour shows its steps: set aside when the tour begins, put back when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import link

VISITOR = "visitor-set-aside"
RUNS: dict[str, Callable[[Any], object]] = {}  # objects of the session that a tour must not meet; what pauses each


@dataclass(frozen=True, eq=False)
class Visitor:
    """What the session was before the tour."""

    page: str  # by its name in `PAGES`
    parts: dict[str, str]  # of the address bar
    values: dict[str, Any]
    runs: dict[str, Any]


def sets_aside(key: str, pause: Callable[[Any], object]) -> None:
    """Let a tour begin without what the session holds under this key; `pause` is called with it."""
    RUNS[key] = pause


def set_aside(page: str) -> None:
    """Keep the session's state, which a tour is about to replace. A tour that leads on to another keeps the first."""
    if VISITOR in st.session_state:
        return
    runs = {key: st.session_state.pop(key) for key in RUNS if key in st.session_state}
    for key, run in runs.items():
        RUNS[key](run)
    st.session_state[VISITOR] = Visitor(page, st.query_params.to_dict(), link.values(), runs)


def put_back() -> tuple[str, dict[str, str]] | None:
    """Let the session be as it was before the tour; its page and link. None if there was nothing before."""
    visitor: Visitor | None = st.session_state.pop(VISITOR, None)
    if visitor is None:
        return None
    link.put_values(visitor.values)
    for key in RUNS:
        st.session_state.pop(key, None)
    st.session_state.update(visitor.runs)
    return visitor.page, visitor.parts
