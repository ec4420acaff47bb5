"""The panel of the chosen point: a map with the proved and the attacked ball, or the image and its attack."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import streamlit as st
import torch

from figures.certify.best_bounds import BestBounds
from figures.images.inputs import PIXELS, change_shown, shown
from figures.provenance import perturbations
from figures.regions.overlays import Ball, Overlays, Role, ViewOptions
from figures.regions.pin_overlays import drawn_ball
from figures.words import NORM_SIGNS, three_digits
from geometry import Plane
from geometry.norms import Array, Norm
from models.data.toy import Dataset
from pages.certify.state import STATE
from pages.region_view import picture_place, region_view, take_events, window_to_find
from pages.shared.asked_point import Asked
from pages.shared.box_control import Box
from pages.shared.named_values import show_changes, show_values
from pages.shared.network_and_data import NetworkAndData
from pages.shared.page_button import page_button
from pages.shared.plain import plain
from pages.shared.plane.picture import badge, busy_place, picture
from pages.shared.plane.pin import take_pin
from pages.shared.plane.state import set_pin

VIEW_KEY = "certify-picture"
MAP = "certify-map"  # the name by which the formula's rows light lines in the map
FIRST_MAP_HEIGHT = "clamp(380px, calc(100vh - 300px), 60vw)"
MAP_HEIGHT = "clamp(340px, 46vh, 560px)"
MAP_REGIONS = 20_000  # limits the time until the small map appears


def take_click() -> None:
    """Apply a click on the map. Call it before any widget is drawn."""
    events = STATE.events
    del STATE.events
    take_pin(events or take_events(VIEW_KEY))


def point_panel(
    chosen: NetworkAndData, asked: Asked, best: BestBounds, witness: Array | None, p: Norm, box: Box | None
) -> None:
    """The point with its proved ball and the nearest adversarial input that an attack has found."""
    if chosen.dataset is None:
        _images(chosen, asked, witness)
    else:
        _map(chosen, asked, best, witness, p, box)


def _map(
    chosen: NetworkAndData, asked: Asked, best: BestBounds, witness: Array | None, p: Norm, box: Box | None
) -> None:
    data: Dataset | None = chosen.dataset
    assert data is not None
    height = FIRST_MAP_HEIGHT if asked.x is None else MAP_HEIGHT
    busy, place = busy_place(), picture_place(VIEW_KEY, height)
    happened = take_events(VIEW_KEY)
    if happened:  # a new pin changes the whole page, not only this fragment; another request may end this run
        STATE.events = happened
    whole = picture(chosen.network, data.window, MAP_REGIONS, busy)
    window = window_to_find(VIEW_KEY, whole.regions.window)
    in_view = whole
    if window != whole.regions.window:
        in_view = picture(chosen.network, window, MAP_REGIONS, busy)
    overlays, said = Overlays(points=data.x, labels=data.y), spoken(best, p)
    if happened.pin is not None or happened.unpinned:  # where the pin is now; nothing is known of it yet
        overlays, said = replace(overlays, pin=happened.pin), ""
    elif asked.x is not None:
        (s, t) = asked.x[0]
        overlays = Overlays(
            pin=(float(s), float(t)),
            balls=tuple(_balls(asked.x[0], best, p, box)),
            witness=None if witness is None else (float(witness[0]), float(witness[1])),
            points=data.x,
            labels=data.y,
        )
    hidden = () if asked.x is None else tuple(range(len(chosen.network.widths)))  # a small map stays clear
    truncated = badge(whole) if whole.regions.truncated else ""  # the map may leave out the point
    options = ViewOptions(
        fill="class", norm=p, class_names=chosen.bands, bands=len(chosen.bands), hidden_layers=hidden,
        report_view=False, badge=truncated, network=MAP,
        home=whole.regions.window, count=len(whole.regions), said=said,
        about=chosen.about("a point on the map of classes") | {"point": asked.title} | perturbations(p, box),
    )  # fmt: skip
    with place:
        region_view(in_view.frame, overlays=overlays, options=options, key=VIEW_KEY, height=height)
    st.caption("Click asks about another point, and so does a pin in Explore.")
    if happened:  # only now: controls that are not drawn would lose their values
        st.rerun()


def spoken(best: BestBounds, p: Norm) -> str:
    """The bounds of the point as text, for screen readers; empty until a method has said something."""
    said = []
    if best.lower > 0:
        below = three_digits(best.lower, down=True)
        said.append(f"Proved: no perturbation with {NORM_SIGNS[p]} < {below} changes the class.")
    elif best.bounded:
        said.append("Nothing is proved.")
    if not math.isinf(best.upper):
        said.append(f"Attacked: a perturbation of size {three_digits(best.upper, up=True)} changes the class.")
    return " ".join(said)


def _balls(x: Array, best: BestBounds, p: Norm, box: Box | None) -> list[Ball]:
    radii: tuple[tuple[Role, float, str], ...] = (
        ("attacked", best.upper, f"attacked {three_digits(best.upper, up=True)}"),
        ("proved", best.lower, f"proved {three_digits(best.lower, down=True)}"),
    )
    balls = [
        drawn_ball(role, x, radius, p, Plane.identity(), label, box)
        for role, radius, label in radii
        if 0 < radius < math.inf and not (role == "attacked" and best.closed)
    ]
    return [ball for ball in balls if ball is not None]


def pin_somewhere(chosen: NetworkAndData) -> None:
    """Before a point is pinned: an instruction, and a button that pins one."""
    with st.container(border=True):
        st.markdown("**Which point?** Click the map, pin one in Explore, or take the first data point.")
        x = chosen.x[0] if len(chosen.x) else np.zeros(2)
        page_button(
            "Pin a data point" if len(chosen.x) else "Pin the origin",
            icon=":material/push_pin:",
            type="primary",
            key="pin-somewhere",
            on_click=lambda: set_pin((float(x[0]), float(x[1]))),
        )


def _images(chosen: NetworkAndData, asked: Asked, witness: Array | None) -> None:
    """The image, the adversarial one, and their difference, brightened; of named inputs, their values."""
    assert asked.x is not None
    if asked.inputs is not None:
        show_values(asked.inputs, asked.x[0], "the point", "asked-values")
        show_changes(asked.inputs, asked.x[0], [] if witness is None else [("attacked", witness)])
        st.caption("Distances are in shares of each input's range: 0.01 is one percent of it.")
        return
    limits = chosen.box or PIXELS
    tiles = [("the image", shown(asked.x[0], limits))]
    if witness is not None:
        tiles += [
            ("attacked", shown(witness, limits)),
            ("what was changed, made brighter", change_shown(witness - asked.x[0])),
        ]
    for column, (title, tile) in zip([*st.columns(2), st.container()], tiles):
        column.image(tile, title, width="stretch", alt=title)


def classes_note(chosen: NetworkAndData, x: Array, witness: Array | None) -> str:
    """The predicted classes of the point and of the nearest attack, as text."""
    note = f"The network sees {plain(_class(chosen, x[0]))} here"
    return f"{note}." if witness is None else f"{note}, {plain(_class(chosen, witness))} at the nearest attack."


@torch.no_grad()
def _class(chosen: NetworkAndData, x: Array) -> str:
    return chosen.class_name(int(chosen.network.scores(torch.from_numpy(x[None])).argmax()))
