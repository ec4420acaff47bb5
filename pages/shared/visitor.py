"""The visitor's state during a tour: saved when the tour begins, restored when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from pages.shared import link
from pages.shared.state import Record, Value, forget, put, take

T = TypeVar("T")

RUNS: dict[str, Callable[[Any], object]] = {}  # by key: values that a tour must not use, and how to pause them


@dataclass(frozen=True, eq=False)
class Visitor:
    """The session's state before the tour."""

    page: str  # its name in `PAGES`
    parts: dict[str, str]  # the parts of the address bar
    values: dict[str, object]
    runs: dict[str, object]


class VisitorState(Record):
    """The saved state, until the tour ends."""

    visitor: Value[Visitor | None] = Value("visitor-set-aside", None)


STATE = VisitorState()


def sets_aside(value: Value[T | None], pause: Callable[[T], object]) -> None:
    """Let every tour begin without this value of a record; `pause` is called with the value."""
    RUNS[value.key] = pause


def set_aside(page: str) -> None:
    """Save the session's state before a tour replaces it. A tour that follows another tour keeps the first state."""
    if STATE.visitor is not None:
        return
    runs = {key: run for key in RUNS if (run := take(key)) is not None}
    for key, run in runs.items():
        RUNS[key](run)
    STATE.visitor = Visitor(page, st.query_params.to_dict(), link.values(), runs)


def put_back() -> tuple[str, dict[str, str]] | None:
    """Restore the session's state and return its page and link; None if no state was saved."""
    visitor = STATE.visitor
    del STATE.visitor
    if visitor is None:
        return None
    link.put_values(visitor.values)
    for key in RUNS:
        forget(key)
    for key, run in visitor.runs.items():
        put(key, run)
    return visitor.page, visitor.parts
