"""Interactions with the picture, kept between runs of the page: pin, edits, norm, and the part of the plane in view."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from figures.regions.overlays import Point, Window
from figures.regions.surface import Surface
from figures.words import class_name
from models.data.toy import Dataset
from pages.explore.state import STATE, ExploreState
from pages.explore.topics import topic_buttons
from pages.explore.view_options import ViewControls, set_window
from pages.network_view import take_network_events
from pages.region_view import take_events
from pages.shared import link
from pages.shared.plane.changes import change_network, changes_units, undo_changes
from pages.shared.plane.data import DataControls, edit_points
from pages.shared.plane.pin import take_pin
from pages.shared.plane.state import PLANE, set_pin
from pages.shared.surface import surface_link, take_surface

VIEW_KEY = "explore-picture"
NETWORK_KEY = "explore-drawing"


@dataclass(frozen=True)
class Interactions:
    """The pin, the window in view, and whether data points can be edited."""

    pin: Point | None
    view: Window | None
    surface: Surface | None  # None for the flat picture
    edit: bool
    link: dict[str, str | None]


def take_interactions() -> Interactions:
    """Apply the interactions since the last run. Call it before any widget: it may set widgets' values."""
    events = take_events(VIEW_KEY)
    pin, surface = take_pin(events), take_surface(events)
    view = link.start(ExploreState.view.key, "view", link.window, None)
    edit = link.start(ExploreState.edit.key, "edit", link.flag, False)
    if events.view is not None or events.whole:
        STATE.view = view = events.view
    if events.edits:
        edit_points(PLANE.data, events.edits, STATE.new_class or 0)
    _take_from_network()
    parts = {
        "pin": None if pin is None else link.joined(pin, 12),
        "view": None if view is None else link.joined(view),
        "edit": link.unless(edit, False, lambda _: "1"),
        **surface_link(),
    }
    return Interactions(pin, view, surface, edit, parts)


def _take_from_network() -> None:
    """Apply what was done in the drawn network: a unit to stay lit, and changes by hand."""
    happened = take_network_events(NETWORK_KEY)
    if happened.lit:
        STATE.unit = None if happened.unit is None else happened.unit + 1
    if happened.undone is not None:
        undo_changes(happened.undone)
    if happened.changes:
        if changes_units(happened.changes):
            STATE.unit = None  # units are counted through all layers: it would be another one
        change_network(happened.changes)


def picture_tools(interactions: Interactions, controls: ViewControls, data: DataControls) -> None:
    """Buttons over the picture: edit points, return to the whole window."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picture-tools"):
        st.toggle(
            "Edit points",
            STATE.edit,
            key=ExploreState.edit.key,
            persist_state="session",
            help="A click adds a point, or takes the one under it away; a drag moves one. Switch it off to pin.",
        )
        if interactions.edit:
            classes = list(range(min(8, data.dataset.classes + 1)))
            if STATE.new_class not in classes:
                STATE.new_class = 0
            st.segmented_control(
                "New points are of",
                classes,
                default=STATE.new_class,
                format_func=class_name,
                key=ExploreState.new_class.key,
                required=True,
                label_visibility="collapsed",
            )
        else:
            topic_buttons(interactions.pin is not None)
        st.space("stretch")
        st.button(
            "Whole window",
            icon=":material/zoom_out_map:",
            disabled=interactions.view is None and controls.window == data.dataset.window,
            on_click=_show_whole_window,
            help="Return to the window around the data.",
        )


def _show_whole_window() -> None:
    set_window(None)
    STATE.view = None


def pin_somewhere(data: Dataset, window: Window) -> None:
    """A button that pins without a click in the picture: the data point nearest the window's centre."""
    s0, s1, t0, t1 = window
    centre = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    place = data.x[np.linalg.norm(data.x - centre, axis=1).argmin()] if len(data) else centre
    st.button(
        "Pin a data point" if len(data) else "Pin the centre",
        icon=":material/push_pin:",
        type="primary",
        width="stretch",
        on_click=set_pin,
        args=((float(place[0]), float(place[1])),),
    )
