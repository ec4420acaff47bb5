"""Plotly charts whose code the browser loads only when one is in view: Plotly is larger than all other code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.provenance import About, file_name
from figures.style.ink import Figure
from pages.shared.state import Record, Value, Values

USUAL = 450  # pixels: Plotly's default height of a figure


class PlotsState(Record):
    """State of all plots of the session."""

    seen: Value[bool] = Value("plots-seen", False)  # whether a plot has been in view: the browser then has the code
    made: Values[tuple[tuple[object, ...], Figure]] = Values("plots-made-{}")  # by plot: its inputs, and the figure


STATE = PlotsState()


def plot(
    figure: Figure | Callable[[], Figure],
    key: str,
    alt: str,
    config: Mapping[str, object],
    on_select: Callable[[], None] | None = None,
    height: int | None = None,
) -> None:
    """The figure, once a plot of this session has been in view; until then a container of its height that says so.

    After the first plot in view the browser has the code, and all plots are drawn. `on_select` is called when a point
    is clicked. For a figure that is redrawn often, pass its height and a function that makes it: the function is not
    called before a plot is in view.
    """
    if not STATE.seen:
        if height is None:
            height = USUAL if callable(figure) else int(figure.layout.height or USUAL)
        with st.container(height=height, border=False, key=f"{key}-place"):
            st.caption("The chart is on its way.")
            _component()(key=f"{key}-seen", on_seen_change=_note)
        return
    if callable(figure):
        figure = figure()
    if on_select is None:
        st.plotly_chart(figure, key=key, config=dict(config), alt=alt)
    else:
        st.plotly_chart(figure, key=key, config=dict(config), alt=alt, on_select=on_select, selection_mode="points")


def save_button(about: About, name: str, **image: object) -> Mapping[str, object]:
    """The `config` of a plot whose toolbar has only the button that saves it. The file's name comes from `about`.

    `image`: Plotly's options of the saved image, such as its format.
    """
    return {
        "displaylogo": False,
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"filename": file_name(name, about), **image},
    }


def remade(key: str, of: Sequence[object], make: Callable[[], Figure]) -> Figure:
    """The cached figure under this key; made again when one of its inputs `of` has changed.

    A page that follows background work is redrawn often while little changes, and Plotly takes 10 to 100 ms of a core
    to make a figure. Texts and numbers are compared by value, other inputs by identity.
    """
    made = STATE.made.get(key)
    if made is None or not _same(made[0], of):
        STATE.made[key] = made = (tuple(of), make())
    return made[1]


def _same(one: Sequence[object], other: Sequence[object]) -> bool:
    def equal(a: object, b: object) -> bool:
        return a is b or (isinstance(a, (str, int, float)) and type(a) is type(b) and a == b)

    return len(one) == len(other) and all(map(equal, one, other))


def _note() -> None:
    STATE.seen = True


@cache
def _component() -> Any:
    script = Path(__file__).with_name("seen.js").read_text(encoding="utf-8")
    return st.components.v2.component("reluscope_in_view", html="<i></i>", js=script)
