"""The timeline as a Streamlit component. It sends a message only when the user moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from figures.live_view.javascript import bundle
from pages.shared.state import read

HERE = Path(__file__).parent
MOST_MARKS = 400  # limits the message; more marks than pixels cannot be seen


def timeline_view(steps: Sequence[int], shown: int, total: int, ask: Callable[[int, bool], None], *, key: str) -> None:
    """Draw the timeline.

    Parameters
    ----------
    steps : the steps of the moments, ascending
    shown : the step on screen
    total : the last step of the training
    ask : called with the chosen step, and whether the user still holds the knob, so that another step will follow;
        Streamlit calls it before it runs the fragment or the page that draws the step
    """
    marks = steps if len(steps) <= MOST_MARKS else [steps[i] for i in _spread(len(steps))]
    end = max(total, shown, 1)
    data = {"steps": list(marks), "shown": shown, "total": end}

    def heard(event: str) -> None:
        state = read(key)
        step = state.get(event) if isinstance(state, dict) else None
        if isinstance(step, int) and not isinstance(step, bool):
            ask(min(max(step, 0), end), event == "drag")

    _view()(key=key, data=data, on_go_change=lambda: heard("go"), on_drag_change=lambda: heard("drag"))


def _spread(count: int) -> list[int]:
    """MOST_MARKS indices, evenly spread, the first and the last among them."""
    return [int(index) for index in np.linspace(0, count - 1, MOST_MARKS).round()]


@cache
def _view() -> Any:
    html, css = ((HERE / f"timeline.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return st.components.v2.component("reluscope_timeline", html=html, css=css, js=bundle(HERE / "timeline.js"))
