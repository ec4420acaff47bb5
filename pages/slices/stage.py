"""The stage: the networks' regions on the same plane, side by side, and what is below; follows what is being found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.overlays import ViewOptions, Window
from figures.palette import class_colour
from figures.words import duration, sentence, thousands
from geometry.norms import Norm
from pages.certify.worker import Worker
from pages.explore import link
from pages.explore.linked import Linked
from pages.explore.look import norm_control
from pages.region_view import region_view
from pages.slices import below, look, reading
from pages.slices.export import Drawn, export
from pages.slices.images import PREFIX, Choice
from pages.slices.look import Look, hands_link, pin_now, view_key, view_now
from pages.slices.networks import Chosen
from pages.slices.pictures import Picture, Standing, pictures, standing, wait
from pages.slices.pin import PIXELS, Box, Known, known, overlays
from pages.slices.plane import Slice

FOLLOW = 0.25  # seconds between looks at what is being found
HEIGHT = (
    "clamp(300px, min(calc(100vh - var(--above-the-picture, 200px)), calc((100vw - 345px) / {count} - 12px)), 860px)"
)
ONE_HEIGHT = "clamp(320px, calc(100vh - var(--above-the-picture, 200px)), 860px)"
ROOM = 0.04  # around what is in view
WORTH = 0.85  # a view that is smaller than this share of a raster's window is found afresh
SHARPEST = 500.0  # times a frame may be enlarged
LAST, WINDOW = "slices-last-picture", "slices-window"


def stage(chosen: Sequence[Chosen], choice: Choice, where: Slice, shown: Look, parts: Mapping[str, str | None]) -> None:
    """Pictures, the pin, and what is below; drawn again when something more has been found."""
    look.take_hands(len(chosen), where.window)
    p, box, norm_link, corner = _tools(choice)
    workers = [_found(slot, one, where, shown) for slot, one in enumerate(chosen)]
    wait(workers)
    watched = [(worker, standing(worker)) for worker in workers]  # looked at before what is found
    current = [_current(slot, one, where, worker) for slot, (one, worker) in enumerate(zip(chosen, workers))]
    pin = pin_now()
    pinned: list[Known | None] = [None] * len(chosen)
    if pin is not None:
        pinned = _known(chosen, where, current, pin, p, box)
    drawn: list[Drawn] = []
    for slot, column in enumerate(st.columns(len(chosen), gap="small")):
        with column:
            drawn += _view(
                slot, chosen[slot], current[slot], workers[slot], pinned[slot], choice, where, shown, p, len(chosen)
            )
    with corner:
        export(drawn, pinned, choice, where, p, "dark" if st.context.theme.type == "dark" else "light")
    there = [found for found in pinned if found is not None]
    if pin is None or (not there and None not in current):  # or it is none that can be
        reading.nothing_pinned(where, choice)
    elif len(there) == len(chosen):
        reading.reading(chosen, there, choice, where, p)
    watched += [(found.worker, found.standing) for found in there]
    below_link, more = below.below(chosen, current, choice, where, p, box)
    link.write({**parts, **norm_link, **hands_link(), **below_link})
    watched += [(worker, state) for worker, state in more]
    if any(worker.busy or standing(worker) != before for worker, before in watched):
        st.fragment(_watch, run_every=FOLLOW)(watched)


def _watch(watched: Sequence[tuple[Worker[Any], Standing]]) -> None:
    """Cheap, so that it can be asked often: whether there is something new to draw."""
    if any(standing(worker) != before for worker, before in watched):
        st.rerun()


def _tools(choice: Choice) -> tuple[Norm, Box | None, dict[str, str | None], DeltaGenerator]:
    """The row over the pictures; the place at its end is filled when they are drawn."""
    linked = Linked(PREFIX)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picture-tools"):
        with st.container(width=180):
            p, norm_link = norm_control()
        boxed = linked.toggle(
            "Pixels in [0, 1]", "pixels", False, width="content",
            help="Only images count as perturbed images: every certificate, attack and ball stays within the box.",
        )  # fmt: skip
        st.html(_classes(choice))
        st.space("stretch")
        st.button(
            "Whole window",
            icon=":material/zoom_out_map:",
            disabled=view_now() is None,
            on_click=_whole,
            key="slices-whole",
            help="Back to the window around the images. Wheel or pinch zooms, drag pans, ? shows all keys.",
        )
        corner = st.container(width="content")
    return p, PIXELS if boxed else None, {**norm_link, **linked.parts}, corner


def _classes(choice: Choice) -> str:
    """What the colours mean."""
    chips = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.8em;height:.8em;border-radius:3px;'
        f'margin-right:.3em;background:{class_colour(label)}"></span>{escape(name)}</span>'
        for label, name in enumerate(choice.classes)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:.1rem .8rem;font-size:.9rem;padding-left:.6rem">{chips}</div>'


def _whole() -> None:
    st.session_state[look.VIEW] = None


def _found(slot: int, one: Chosen, where: Slice, shown: Look) -> Worker[Picture]:
    """The worker on the window that is to be seen: the whole one, or what is in view when that promises more."""
    name = f"{one.key} {where.key}"
    kept: tuple[str, Window] | None = st.session_state.get(f"{WINDOW}-{slot}")
    window = kept[1] if kept is not None and kept[0] == name else where.window
    view = view_now()
    if view is None or not shown.refine:
        window = where.window if view is None else window
    else:
        last = st.session_state.get(f"{LAST}-{slot}")
        picture = last[1] if last is not None and last[0] == name else None
        wanted = _wanted(view, window, where.window, picture)
        if wanted != window:
            before = pictures(f"{name} {window}", one.network, where.plane, window)
            if before.busy:  # nobody waits for it any more
                before.stop()
            window = wanted
    st.session_state[f"{WINDOW}-{slot}"] = (name, window)
    worker = pictures(f"{name} {window}", one.network, where.plane, window)
    if worker.state == "stopped":
        pictures.clear(f"{name} {window}", one.network, where.plane, window)
        worker = pictures(f"{name} {window}", one.network, where.plane, window)
    return worker


def _wanted(view: Window, window: Window, home: Window, picture: Picture | None) -> Window:
    """Which window to find for what is in view."""
    if _inside(home, view):
        return home
    whole = picture is not None and picture.frame.grid is None and picture.frame.window == window
    near = _side(view) * SHARPEST > _side(window) if whole else _side(view) > WORTH * _side(window)
    if _inside(view, window) and near:
        return window
    s0, s1, t0, t1 = view
    more_s, more_t = ROOM * (s1 - s0), ROOM * (t1 - t0)
    return s0 - more_s, s1 + more_s, t0 - more_t, t1 + more_t


def _inside(inner: Window, outer: Window) -> bool:
    slack = 1e-3 * _side(outer)
    signs = (1, -1, 1, -1)
    return all(sign * (a - b) > -slack for sign, a, b in zip(signs, inner, outer))


def _side(window: Window) -> float:
    return max(window[1] - window[0], window[3] - window[2])


def _current(slot: int, one: Chosen, where: Slice, worker: Worker[Picture]) -> Picture | None:
    """The latest picture of the network on this plane, of this window or of the one before."""
    name, key = f"{one.key} {where.key}", f"{LAST}-{slot}"
    if "picture" in worker.found:
        st.session_state[key] = (name, worker.found["picture"])
    last: tuple[str, Picture] | None = st.session_state.get(key)
    return last[1] if last is not None and last[0] == name else None


def _known(
    chosen: Sequence[Chosen],
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
    one: Chosen,
    picture: Picture | None,
    worker: Worker[Picture],
    found: Known | None,
    choice: Choice,
    where: Slice,
    shown: Look,
    p: Norm,
    count: int,
) -> list[Drawn]:
    st.html(_head(one, picture, worker))
    if worker.message:
        st.error(sentence(worker.message), icon=":material/error:")
    if picture is None:
        with st.container(height=480, border=True):
            st.caption("The first picture is on its way.")
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
        view=view_now(),
        link="slices",
        link_hover=True,
        guides=False,
        report_view=slot == 0,
    )
    height = HEIGHT.format(count=count) if count > 1 else ONE_HEIGHT
    laid = overlays(found, where, pin_now(), labels, p)
    region_view(picture.frame, overlays=laid, options=options, key=view_key(slot), height=height)
    return [(one, picture, laid, options)]


def _head(one: Chosen, picture: Picture | None, worker: Worker[Picture]) -> str:
    """The network's name, and how many regions it has here."""
    said = "finding its regions …"
    if worker.state == "waiting" or (picture is not None and picture.waiting):
        said = "waiting for a place: others are computing on this server"
    elif picture is not None and picture.count is not None:
        said = f"<b>{thousands(picture.count)}</b> linear regions, found in {duration(picture.seconds)}"
    elif picture is not None and picture.too_many:
        said = "too many regions to find at once: zoom in"
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline;min-height:1.6rem">'
        f'<span style="font-weight:650;font-size:1.08rem">{escape(one.title)}</span>'
        f'<span data-testid="count" style="margin-left:auto;font-size:.9rem;opacity:.92">{said}</span></div>'
    )
