"""The drawn network as a Streamlit component. It shares what is pointed at with the picture beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from figures.live_view.javascript import bundle
from figures.regions.network_drawing import NetworkDrawing
from figures.regions.overlays import Window
from figures.style.palette import all_palettes
from pages.network_view.events import NetworkEvents, parse_network_events
from pages.shared.processed_events import ANSWERED
from pages.shared.state import read
from pages.shared.teaching import type_scale

HERE = Path(__file__).parent


def network_view(
    drawing: NetworkDrawing,
    window: Window,
    *,
    name: str,
    key: str,
    height: str,
    lit: int | None = None,
    editable: bool = True,
    changes: int = 0,
    class_names: Sequence[str] = (),
    bands: int = 0,
) -> None:
    """Draw a network with two inputs.

    Parameters
    ----------
    window : of the units' own pictures
    name : pictures whose `ViewOptions.network` is this name light the units, and the units their lines
    height : a CSS length
    lit : the unit that stays lit, counted from 0 through all layers
    editable : whether units, layers, weights and biases can be changed
    changes : how many changes can be taken back
    bands : so many outputs are the bands of a number, in order; 0: they are classes

    Call `take_network_events(key)` before drawing for what has been done since the last run.
    """
    data = {
        "drawing": drawing.as_json(),
        "window": window,
        "name": name,
        "lit": lit,
        "editable": editable,
        "changes": changes,
        "class_names": tuple(class_names),
        "bands": bands,
        "height": height,
        "type_scale": type_scale(),
        "ack": ANSWERED.last.get(key) or 0,
    }
    with st.container(gap=None, key=f"{key}-box"):
        st.html(f"<style>.st-key-{key}-box {{ min-height: {height}; }}</style>")  # before the script has loaded
        _view()(key=key, data=data, on_events_change=_nothing)


def take_network_events(key: str) -> NetworkEvents:
    """Interactions with the drawing of this key since the last call; each event is returned once."""
    state = read(key)
    raw = state.get("events") if isinstance(state, dict) else None
    events, ANSWERED.last[key] = parse_network_events(raw, ANSWERED.last.get(key) or 0)
    return events


def _nothing() -> None:
    """Streamlit requires a callback for every state that a component sets; events are read from the state instead."""


@cache
def _view() -> Any:
    html, css = ((HERE / "view" / name).read_text(encoding="utf-8") for name in ("network.html", "network.css"))
    script = bundle(HERE / "hosts" / "streamlit_view.js", {"PALETTES": all_palettes()})
    return st.components.v2.component("reluscope_network_view", html=html, css=css, js=script)
