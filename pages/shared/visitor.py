"""The visitor's own state while a tour shows its steps: set aside when the tour begins, put back when it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from pages.shared import link
from pages.shared.state import Record, Value, forget, put, take

T = TypeVar("T")

RUNS: dict[str, Callable[[Any], object]] = {}  # objects of the session that a tour must not meet; what pauses each


@dataclass(frozen=True, eq=False)
class Visitor:
    """What the session was before the tour."""

    page: str  # by its name in `PAGES`
    parts: dict[str, str]  # of the address bar
    values: dict[str, Any]
    runs: dict[str, Any]


class VisitorState(Record):
    """What waits for the end of a tour."""

    visitor: Value[Visitor | None] = Value("visitor-set-aside", None)


STATE = VisitorState()


def sets_aside(value: Value[T | None], pause: Callable[[T], object]) -> None:
    """Let a tour begin without this value of a record; `pause` is called with it."""
    RUNS[value.key] = pause


def set_aside(page: str) -> None:
    """Keep the session's state, which a tour is about to replace. A tour that leads on to another keeps the first."""
    if STATE.visitor is not None:
        return
    runs = {key: run for key in RUNS if (run := take(key)) is not None}
    for key, run in runs.items():
        RUNS[key](run)
    STATE.visitor = Visitor(page, st.query_params.to_dict(), link.values(), runs)


def put_back() -> tuple[str, dict[str, str]] | None:
    """Let the session be as it was before the tour; its page and link. None if there was nothing before."""
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
