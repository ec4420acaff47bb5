"""View options of the picture: fill, layers, lines, a highlighted unit, window and limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from figures.regions.overlays import FILLS, Fill, Window
from figures.words import GLOSSARY
from pages.explore.state import LIMIT, STATE, ExploreState
from pages.shared import link
from pages.shared.state import Value
from pages.shared.view_options import FILL_TITLES

LIMITS = (10_000, 50_000, 200_000)  # on the number of regions: limits on time and memory


@dataclass(frozen=True)
class ViewControls:
    """The window and limit of the enumeration, and the view options."""

    fill: Fill
    hidden_layers: tuple[int, ...]  # 0-based
    lit_unit: int | None  # the highlighted unit, counted through all layers
    boundary: bool
    points: bool
    colour_blind: bool
    window: Window
    limit: int  # on the number of regions
    link: dict[str, str | None]


def view_controls(widths: tuple[int, ...], home: Window) -> ViewControls:
    """The picture section of the sidebar, for a network of these hidden widths on data with window `home`."""
    now: Fill = link.start(ExploreState.fill.key, "fill", link.one_of(*FILLS), "class")
    fill: Fill = st.selectbox(
        "Colours show",
        list(FILL_TITLES),
        index=[*FILL_TITLES].index(now),
        format_func=FILL_TITLES.__getitem__,
        key=ExploreState.fill.key,
        persist_state="session",
    )
    with st.container(key="more-part-view"):
        return _with_more(widths, home, fill)


def _with_more(widths: tuple[int, ...], home: Window, fill: Fill) -> ViewControls:
    hidden = _layers(widths)
    with st.expander("Lines, points, one unit", icon=":material/layers:"):
        boundary = _toggle("Decision boundary", "boundary", ExploreState.boundary)
        points = _toggle("Data points", "data-points", ExploreState.points)
        colour_blind = _toggle(
            "Colour-blind lines", "colours", ExploreState.colours, help="d_B in blue and d_D in orange."
        )
        lit = _unit(sum(widths))
    with st.expander("Window and limit", icon=":material/crop_free:"):
        window = _window(home)
        most = link.start(ExploreState.limit.key, "limit", _limit, LIMIT)
        limit = st.selectbox(
            "Regions at most",
            LIMITS,
            index=LIMITS.index(most),
            format_func=lambda count: f"{count:,}",
            key=ExploreState.limit.key,
            persist_state="session",
            help="With more in the window, a smaller window is shown exactly. More regions take more time and memory.",
        )
    parts = {
        "fill": link.unless(fill, "class"),
        "hide": link.unless(hidden, (), lambda layers: ",".join(str(layer + 1) for layer in layers)),
        "unit": None if lit is None else str(lit + 1),
        "boundary": link.unless(boundary, True, lambda _: "0"),
        "data-points": link.unless(points, True, lambda _: "0"),
        "colours": link.unless(colour_blind, False, lambda _: "1"),
        "window": STATE.window.strip().replace(" ", "") or None,
        "limit": link.unless(limit, LIMIT),
    }
    return ViewControls(fill, hidden, lit, boundary, points, colour_blind, window, limit, parts)


def more_control() -> str | None:
    """The switch that shows all controls, or the first ones alone; its part of the link."""
    more = link.start(ExploreState.more.key, "more", link.flag, False)
    with st.container(key="more-on" if more else "more-off"):
        st.toggle(
            "More controls",
            more,
            key=ExploreState.more.key,
            persist_state="session",
            help="Size and seed of the data, test points, learning rate, lines and points, one unit, window and limit.",
        )
    return link.unless(more, False, lambda _: "1")


def set_window(window: Window | None) -> None:
    """Set the window as if typed; None is the data set's window."""
    STATE.window = "" if window is None else ", ".join(f"{side:.9g}" for side in window)


def _toggle(title: str, name: str, value: Value[bool], help: str | None = None) -> bool:
    now = link.start(value.key, name, link.flag, value.default)
    return st.toggle(title, now, key=value.key, help=help, persist_state="session")


def _layers(widths: tuple[int, ...]) -> tuple[int, ...]:
    """The hidden layers whose edges are switched off."""
    if not widths:
        return ()
    layers = list(range(1, len(widths) + 1))
    nothing: tuple[int, ...] = ()
    opened = link.opened("hide", _layer_list, nothing)
    key = STATE.layers.key(len(widths))
    now = link.own(key, lambda: [layer for layer in layers if layer not in opened])
    shown = st.pills(
        "Edges of layer",
        layers,
        default=now,
        selection_mode="multi",
        key=key,
        persist_state="session",
        help="A unit of layer 1 switches along a straight line; deeper ones bend at the lines of the layers before.",
    )
    return tuple(layer - 1 for layer in layers if layer not in shown)


def _layer_list(text: str) -> tuple[int, ...]:
    return tuple(map(link.whole(1, 99), text.split(",")))


def _unit(units: int) -> int | None:
    if not units:
        return None
    start = link.start(ExploreState.unit.key, "unit", link.whole(1, 10**6), None)
    if start is not None and start > units:
        STATE.unit = None
        st.caption(f"There is no unit {start}: this network has {units}.")
    unit = st.number_input(
        "Line of one unit",
        1,
        units,
        None,  # a default would remove the button that clears it; the session's state holds the choice
        key=ExploreState.unit.key,
        placeholder=f"1 … {units}",
        persist_state="session",
        help="Its bent hyperplane: where the unit switches on and off. Units are counted through all layers.",
    )
    return None if unit is None else unit - 1


def _limit(text: str) -> int:
    return int(link.one_of(*map(str, LIMITS))(text))


def _window(home: Window) -> Window:
    now = link.start(
        ExploreState.window.key, "window", lambda text: link.joined(link.window(text)).replace(",", ", "), ""
    )
    text = st.text_input(
        "Window",
        now,
        key=ExploreState.window.key,
        placeholder=", ".join(f"{side:g}" for side in home),
        max_chars=200,
        persist_state="session",
        help=f"The rectangle to enumerate: s0, s1, t0, t1. Empty: around the data. {GLOSSARY['exact']}",
    )
    if not text.strip():
        return home
    try:
        window = link.window(text)
    except ValueError as error:
        st.error(f"**{link.shown(text)}** is no window: {error}. The data's own is shown.", icon=":material/error:")
        return home
    if max(map(abs, window)) > 1e9 or math.isclose(window[0], window[1], rel_tol=1e-11):
        st.error(
            f"The window {text} is beyond what float64 resolves; the data's own is shown.", icon=":material/error:"
        )
        return home
    return window
