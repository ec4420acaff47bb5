"""The options of the pictures: fill, boxes, points, lines."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from figures.regions.overlays import FILLS, Fill, Point, ViewOptions, Window
from geometry.norms import Norm
from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.surface import take_surface
from pages.shared.view_options import FILL_TITLES
from pages.train.state import PREFIX, STATE, TrainState


@dataclass(frozen=True)
class ViewControls:
    """The options of all views."""

    fill: Fill
    boxes: bool
    points: bool
    boundary: bool
    colour_blind: bool
    view: Window | None  # the part of the plane in view when the page was opened
    link: dict[str, str | None]


def view_controls() -> ViewControls:
    """The picture section of the sidebar."""
    linked = Linked(PREFIX)
    titles: dict[str, str] = {fill: FILL_TITLES[fill] for fill in FILLS}
    with st.expander("Picture", icon=":material/layers:"):
        fill: Fill = linked.choice("Colours show", "fill", titles, "class")  # type: ignore[assignment]
        boxes = linked.toggle(
            "ε-balls around the data", "boxes", True,
            help="✓ green: proved, no perturbation within ε changes the class. ✕ red, dashed: an attack found one. "
            "? grey, dotted: neither.",
        )  # fmt: skip
        points = linked.toggle("Data points", "data-points", True)
        boundary = linked.toggle("Decision boundary", "boundary", True)
        colours = linked.toggle("Colour-blind lines", "colours", False, help="d_B in blue and d_D in orange.")
    return ViewControls(
        fill, boxes, points, boundary, colours, link.start(TrainState.view.key, "view", link.window, None), linked.parts
    )


def still_options(p: Norm, controls: ViewControls) -> ViewOptions:
    """The options of a picture that is saved."""
    return ViewOptions(
        fill=controls.fill,
        norm=p,
        show_boundary=controls.boundary,
        show_points=controls.points,
        colour_blind=controls.colour_blind,
        surface=take_surface(),
    )


def pin_now() -> Point | None:
    return link.start(STATE.pin.key(STATE.of), "pin", _point, None)


def set_pin(pin: Point | None) -> None:
    STATE.pin[STATE.of] = pin


def _point(text: str) -> Point:
    s, t = link.numbers(2)(text)
    return s, t
