"""The timeline as a Streamlit component: it speaks only when hands move it, so training never answers itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

HERE = Path(__file__).parent
MOST_MARKS = 400


def timeline_view(steps: Sequence[int], shown: int, total: int, *, key: str) -> int | None:
    """Draw the timeline; the step that hands have just asked for, if any.

    Parameters
    ----------
    steps : of which there are pictures, ascending
    shown : the one on screen
    total : where training will end
    """
    some = steps if len(steps) <= MOST_MARKS else [steps[i] for i in _spread(len(steps))]
    data = {"steps": list(some), "shown": shown, "total": max(total, shown, 1)}
    found = _view()(key=key, data=data, on_go_change=_nothing)
    asked = found.go
    whole = isinstance(asked, int) and not isinstance(asked, bool)
    return min(max(asked, 0), data["total"]) if whole else None


def _spread(count: int) -> list[int]:
    """MOST_MARKS indices, evenly spread, the first and the last among them."""
    return [int(index) for index in np.linspace(0, count - 1, MOST_MARKS).round()]


def _nothing() -> None:
    """Streamlit wants a callback for every value a component may set."""


@cache
def _view() -> Any:
    html, css, js = ((HERE / f"timeline.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("reluscope_timeline", html=html, css=css, js=js)
