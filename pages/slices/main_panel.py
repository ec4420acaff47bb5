"""The main panel: the networks' regions on one plane, side by side, and the details; follows what is being found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.regions.overlays import ViewOptions
from figures.style.palette import class_colour
from figures.svg.thumbnails import on_scale
from figures.words import NORM_SIGNS, duration, plural, sentence, thousands, three_digits
from geometry.norms import Norm
from pages import heights
from pages.region_view import picture_place, region_view, window_to_find
from pages.region_view.coverage import FINEST
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.linked_controls import Linked
from pages.shared.to_slices import PREFIX
from pages.shared.view_options import norm_control
from pages.slices import details, pinned_image, view_options
from pages.slices.export import Drawn, about_picture, export
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import AT_ONCE, Picture, Watched, pictures, standing, wait
from pages.slices.pin import Known, known, overlays
from pages.slices.plane import Slice
from pages.slices.state import STATE
from pages.slices.view_options import ViewControls, interactions_link, view_key

FOLLOW = 0.25  # seconds between looks at what is being found
MOST_CHIPS = 20  # classes whose colours are named
RASTER_FINEST = 1.18  # times a raster may be enlarged: what it has beyond that is one colour for many pixels


def main_panel(
    chosen: Sequence[ShownNetwork], choice: Choice, where: Slice, shown: ViewControls, parts: Mapping[str, str | None]
) -> None:
    """Pictures, the pin, and the details under them; drawn again when something more has been found."""
    with drawing():
        _draw(chosen, choice, where, shown, parts)


def _draw(
    chosen: Sequence[ShownNetwork], choice: Choice, where: Slice, shown: ViewControls, parts: Mapping[str, str | None]
) -> None:
    clock = st.container(key="slices-clock")
    view_options.take_interactions(len(chosen), where.window)
    p, box, norm_link, corner = _tools(choice)
    workers = [_found(slot, one, where, shown) for slot, one in enumerate(chosen)]
    wait(workers)
    watched = [(worker, standing(worker)) for worker in workers]  # looked at before what is found
    current = [_current(slot, one, where, worker) for slot, (one, worker) in enumerate(zip(chosen, workers))]
    pin = STATE.pin
    pinned: list[Known | None] = [None] * len(chosen)
    if pin is not None:
        pinned = _known(chosen, where, current, pin, p, box)
    drawn: list[Drawn] = []
    for slot, column in enumerate(st.columns(len(chosen), gap="small")):
        with column:
            drawn += _view(
                slot,
                chosen[slot],
                current[slot],
                workers[slot],
                pinned[slot],
                choice,
                where,
                shown,
                p,
                box,
                len(chosen),
            )
    with corner:
        export(drawn, pinned, choice, where, p, "dark" if st.context.theme.type == "dark" else "light", box)
    there = [found for found in pinned if found is not None]
    if pin is None or (not there and None not in current):  # or the pin lies outside the pixel box
        pinned_image.nothing_pinned(where, choice)
    elif len(there) == len(chosen):
        pinned_image.pinned_panel(chosen, there, choice, where, p)
    watched += [(found.worker, found.standing) for found in there]
    details_link, more = details.details(chosen, current, choice, where, p, box)
    link.write({**parts, **norm_link, **interactions_link(), **details_link})
    watched += [(worker, state) for worker, state in more]
    changing = any(worker.busy or standing(worker) != before for worker, before in watched)
    with clock:
        st.fragment(_watch, run_every=FOLLOW if changing else None)(watched)


def _watch(watched: Sequence[Watched]) -> None:
    """Cheap, so that it can be asked often: whether there is something new to draw.

    A fragment that reruns by the clock may do so once more after the panel was drawn anew. It then writes where it was,
    even if it draws nothing. So its place is the same in every drawing: the first.
    """
    if any(standing(worker) != before for worker, before in watched):
        st.rerun()


def _tools(choice: Choice) -> tuple[Norm, Box | None, dict[str, str | None], DeltaGenerator]:
    """The row over the pictures; the place at its end is filled when they are drawn."""
    linked = Linked(PREFIX)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picture-tools"):
        with st.container(width=180):
            p, norm_link = norm_control()
        low, high = choice.limits
        boxed = linked.toggle(
            f"Pixels in [{low:g}, {high:g}]", "pixels", False, width="content",
            help="Only images count as perturbed images: every certificate, attack and ball stays within the box.",
        )  # fmt: skip
        st.html(_classes(choice))
        st.space("stretch")
        st.button(
            "Whole window",
            icon=":material/zoom_out_map:",
            disabled=STATE.view is None,
            on_click=_whole,
            key="slices-whole",
            help="Back to the window around the images. Wheel or pinch zooms, drag pans, ? shows all keys.",
        )
        corner = st.container(width="content")
    return p, choice.limits if boxed else None, {**norm_link, **linked.parts}, corner


def _classes(choice: Choice) -> str:
    """What the colours mean."""
    chips = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.8em;height:.8em;border-radius:3px;'
        f'margin-right:.3em;background:{class_colour(label)}"></span>{escape(name)}</span>'
        for label, name in enumerate(choice.classes[:MOST_CHIPS])
    )
    if len(choice.classes) > MOST_CHIPS:
        chips += f"<span>and {len(choice.classes) - MOST_CHIPS} more</span>"
    return f'<div style="display:flex;flex-wrap:wrap;gap:.1rem .8rem;font-size:.9rem;padding-left:.6rem">{chips}</div>'


def _whole() -> None:
    STATE.view = None


def _found(slot: int, one: ShownNetwork, where: Slice, shown: ViewControls) -> Worker[Picture]:
    """The worker on the window that is to be seen: the whole one, or what is in view when that promises more."""
    name = (one.network.key, where.key)
    kept, last = STATE.window.get(slot), STATE.picture.get(slot)
    raster = last is not None and last[0] == name and last[1].frame.grid is not None
    finest = math.inf if not shown.refine else RASTER_FINEST if raster else FINEST
    window = window_to_find(view_key(0), where.window, STATE.view, finest)
    if kept is not None and kept[0] == name and kept[1] != window:
        before = pictures(one.network, where.plane, kept[1])
        if before.busy:  # nobody waits for it any more
            before.stop()
    STATE.window[slot] = (name, window)
    worker = pictures(one.network, where.plane, window)
    if worker.state == "stopped":
        pictures.drop(one.network, where.plane, window)
        worker = pictures(one.network, where.plane, window)
    return worker


def _current(slot: int, one: ShownNetwork, where: Slice, worker: Worker[Picture]) -> Picture | None:
    """The latest picture of the network on this plane, of this window or of the one before."""
    name = (one.network.key, where.key)
    if "picture" in worker.found:
        STATE.picture[slot] = (name, worker.found["picture"])
    last = STATE.picture.get(slot)
    return last[1] if last is not None and last[0] == name else None


def _known(
    chosen: Sequence[ShownNetwork],
    where: Slice,
    current: Sequence[Picture | None],
    pin: tuple[float, float],
    p: Norm,
    box: Box | None,
) -> list[Known | None]:
    """What is known of the pin, network by network; what is wrong with it is said once."""
    try:
        return [
            None if picture is None else known(one, where, picture, pin, p, box)
            for one, picture in zip(chosen, current)
        ]
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return [None] * len(chosen)


def _view(
    slot: int,
    one: ShownNetwork,
    picture: Picture | None,
    worker: Worker[Picture],
    found: Known | None,
    choice: Choice,
    where: Slice,
    shown: ViewControls,
    p: Norm,
    box: Box | None,
    count: int,
) -> list[Drawn]:
    st.html(_head(one, picture, worker))
    if worker.message:
        st.error(sentence(worker.message), icon=":material/error:")
    height = heights.slices(count)
    place = picture_place(view_key(slot), height)
    if picture is None:
        place.caption("The first picture is on its way.")
        return []
    labels = np.where(where.labels < 0, 0, where.labels)
    options = ViewOptions(
        fill=shown.fill,
        norm=p,
        hidden_layers=() if shown.edges else tuple(range(len(one.network.widths))),
        show_boundary=shown.boundary,
        show_points=shown.thumbnails,
        thumbnails=True,
        colour_blind=shown.colour_blind,
        badge=picture.badge,
        class_names=choice.classes,
        axes=("s", "t"),
        home=where.window,
        view=STATE.view,
        link="slices",
        link_hover=True,
        guides=False,
        report_view=slot == 0,
        report_seen=slot == 0,
        count=picture.count,
        said=_said(found, p),
        about=about_picture(one, choice, where, p, box),
    )
    laid = overlays(found, where, STATE.pin, labels, p)
    frame = on_scale(picture.frame, choice.limits)
    with place:
        region_view(frame, overlays=laid, options=options, key=view_key(slot), height=height)
    return [(one, picture, laid, options)]


def _said(found: Known | None, p: Norm) -> str:
    """What is known of the pin, for those who hear the page."""
    if found is None or found.near is None:
        return ""
    return f"Proved: no perturbation with {NORM_SIGNS[p]} < {three_digits(found.proved, down=True)} changes the class."


def _head(one: ShownNetwork, picture: Picture | None, worker: Worker[Picture]) -> str:
    """The network's name, and how many regions it has here."""
    said = "finding its regions …"
    waits = worker.waits if picture is None or picture.count is None else ""
    if waits or (picture is not None and picture.waiting):
        said = waits or f"waits for its turn: {AT_ONCE} pictures are computed first"
    elif picture is not None and picture.count is not None:
        regions = f"<b>{thousands(picture.count)}</b> {plural(picture.count, 'linear region')}"
        said = f"{regions}, found in {duration(picture.seconds)}"
    elif picture is not None and picture.too_many:
        said = "too many regions to find at once: zoom in"
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline;min-height:1.6rem">'
        f'<span style="font-weight:650;font-size:1.08rem">{escape(one.title)}</span>'
        f'<span data-testid="count" style="margin-left:auto;font-size:.9rem;opacity:.92">{said}</span></div>'
    )
