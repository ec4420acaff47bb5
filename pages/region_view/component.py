"""The canvas as three Streamlit components: the code of all views, a frame's bytes, and the view.

Streamlit sends a reference instead of a large message that it has sent before. The frame has a message of its own, so a
pin, a fill or a data point costs kilobytes however large the frame is. Code and colours never change: app.py sends them
once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.live_view.javascript import bundle
from figures.live_view.markup import markup
from figures.regions.frames import Frame
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.strokes import STROKES
from figures.style.palette import all_palettes
from pages.region_view.coverage import note_seen
from pages.region_view.events import ViewEvents, parse_events
from pages.shared.processed_events import ANSWERED
from pages.shared.state import read
from pages.shared.teaching import type_scale

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Turn:
    """Back-pressure for a sequence of pictures: asks the view to report that it has painted this message.

    `events.turn` becomes `number` `wait` seconds after the painting. A sender that waits for it never has two pictures
    under way, however slow the browser, and sends none while the browser's tab is hidden.
    """

    number: int
    wait: float


def region_view(
    frame: Frame,
    *,
    overlays: Overlays | None = None,
    options: ViewOptions | None = None,
    key: str,
    height: int | str = 640,
    turn: Turn | None = None,
) -> ViewEvents:
    """Draw a frame with its overlays; zoom, pan and pin persist while the frame changes.

    Parameters
    ----------
    frame, overlays, options
        What to draw. A frame already sent is not sent again.
    key : str
        Names this view: its zoom lives as long as a view with this key is on the page.
    height : int or str
        CSS pixels, or a CSS length such as "calc(100vh - 200px)".
    turn : Turn
        Wakes the script again when the picture is painted.

    Returns
    -------
    ViewEvents
        Interactions since the last call. A page whose overlays follow the pin calls `take_events(key)` first, so that
        the pin is drawn in the same run; the events returned here are then empty.
    """
    events = take_events(key)
    overlays, options = overlays or Overlays(), options or ViewOptions()
    data = {
        "frame": frame.hash,
        "overlays": overlays.as_json(),
        "options": options.as_json() | {"type_scale": options.type_scale * type_scale()},
        "height": f"{height}px" if isinstance(height, int) else height,
        "turn": None if turn is None else {"number": turn.number, "wait": round(1000 * turn.wait)},
        "ack": ANSWERED.last.get(key) or 0,
    }
    with st.container(gap=None, key=f"{key}-box"):
        st.html(f"<style>.st-key-{key}-box {{ min-height: {data['height']}; }}</style>")  # before the script has loaded
        _carrier()(key=f"{key}-frame", data=frame.to_bytes())
        _view()(key=key, data=data, on_events_change=_nothing)
    return events


def view_code() -> None:
    """Send the code of all views. Call it once, outside all fragments: a fragment would send it with each run."""
    _code()(key="region-view-code")


def picture_place(key: str, height: str) -> DeltaGenerator:
    """An empty container of the picture's final height, drawn before the picture is computed: no layout jumps."""
    st.html(f"<style>.st-key-{key}-place {{ min-height: {height}; }}</style>")
    return st.container(key=f"{key}-place")


def take_events(key: str) -> ViewEvents:
    """Interactions with the view of this key since the last call; each event is returned once."""
    state = read(key)
    raw = state.get("events") if isinstance(state, dict) else None
    events, ANSWERED.last[key] = parse_events(raw, ANSWERED.last.get(key) or 0)
    if events.seen is not None:
        note_seen(key, events.seen)
    return events


def _nothing() -> None:
    """Streamlit requires a callback for every state that a component sets; events are read from the state instead."""


@cache
def _code() -> Any:
    constants = {"PALETTES": all_palettes(), "STROKES": asdict(STROKES)}
    return st.components.v2.component("reluscope_region_view_code", js=_script("streamlit_code", constants))


@cache
def _carrier() -> Any:
    return st.components.v2.component("reluscope_frame", js=_script("streamlit_frame"))


@cache
def _view() -> Any:
    html, css = markup()
    return st.components.v2.component("reluscope_region_view", html=html, css=css, js=_script("streamlit_view"))


def _script(name: str, constants: Mapping[str, object] | None = None) -> str:
    return bundle(HERE / "hosts" / f"{name}.js", constants)
