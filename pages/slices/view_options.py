"""View options of the pictures, and interactions with them: pin, view, norm."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from figures.regions.overlays import FILLS, Fill, Point, Window
from pages.region_view import take_events
from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.surface import surface_link, take_surface
from pages.shared.to_slices import PREFIX
from pages.shared.view_options import FILL_TITLES, set_norm
from pages.slices.state import STATE, SlicesState


@dataclass(frozen=True)
class ViewControls:
    """Options of all views."""

    fill: Fill
    boundary: bool
    thumbnails: bool
    edges: bool
    colour_blind: bool
    refine: bool  # whether a zoom enumerates the view anew
    link: dict[str, str | None]


def view_controls() -> ViewControls:
    """The picture section of the sidebar."""
    linked = Linked(PREFIX)
    titles: dict[str, str] = {fill: FILL_TITLES[fill] for fill in FILLS}
    with st.expander("Picture", icon=":material/layers:"):
        fill: Fill = linked.choice("Colours show", "fill", titles, "class")  # type: ignore[assignment]
        boundary = linked.toggle("Decision boundary", "boundary", True)
        edges = linked.toggle("Edges of regions", "edges", True)
        thumbnails = linked.toggle("The images on the plane", "thumbnails", True)
        refine = linked.toggle(
            "Find what is in view afresh", "refine", True,
            help="After zooming, every region of the part in view is found again, exactly: detail never runs out.",
        )  # fmt: skip
        colours = linked.toggle("Colour-blind lines", "colours", False, help="d_B in blue and d_D in orange.")
    return ViewControls(fill, boundary, thumbnails, edges, colours, refine, linked.parts)


def view_key(slot: int) -> str:
    return f"slices-view-{slot}"


def take_interactions(slots: int, home: Window) -> None:
    """Apply the interactions with any view to all. Call it before the widget of the norm.

    When the home window changes, all views return to it.
    """
    link.start(SlicesState.pin.key, "pin", _point, None)
    link.start(SlicesState.view.key, "view", link.window, None)
    if STATE.home not in (None, home):
        STATE.view = None
    STATE.home = home
    take_surface()
    for slot in range(slots):
        events = take_events(view_key(slot))
        take_surface(events)
        if events.pin is not None or events.unpinned:
            STATE.pin = events.pin
        if events.view is not None or events.whole:
            STATE.view = events.view
        if events.norm is not None:
            set_norm(events.norm)


def interactions_link() -> dict[str, str | None]:
    pin, view = STATE.pin, STATE.view
    return {
        "pin": None if pin is None else link.joined(pin, 12),
        "view": None if view is None else link.joined(view),
        **surface_link(),
    }


def _point(text: str) -> Point:
    s, t = link.numbers(2)(text)
    return s, t
