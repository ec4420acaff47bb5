"""The main panel: the networks' regions on one plane, side by side, and the details. Redrawn as results arrive."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.images.slices import FINEST_GRID
from figures.regions.overlays import ViewOptions, Window
from figures.style.palette import class_colour
from figures.svg.thumbnails import on_scale
from figures.words import NORM_SIGNS, duration, plural, sentence, thousands, three_digits
from geometry.norms import Norm
from pages import heights
from pages.region_view import picture_place, region_view, window_to_find
from pages.region_view.coverage import FINEST, within
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.linked_controls import Linked
from pages.shared.surface import take_surface
from pages.shared.theme import browser_theme
from pages.shared.to_slices import PREFIX
from pages.shared.view_options import norm_control
from pages.slices import details, pinned_image, view_options
from pages.slices.export import Drawn, about_picture, export
from pages.slices.images import Choice
from pages.slices.known_boundary import known_boundary
from pages.slices.largest_window import largest_window_button
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import AT_ONCE, SlicePicture, Watched, pictures, standing, wait
from pages.slices.pin import PinResults, overlays, pin_results
from pages.slices.plane import Slice
from pages.slices.state import STATE
from pages.slices.view_options import ViewControls, interactions_link, view_key
from pages.step_view.formula_panel import formula_link

FOLLOW = 0.25  # seconds between checks for new results: the delay before a result shows
SOON = 0.1  # likewise for an exact picture that is sought while a sampled one is shown
MOST_CHIPS = 20  # classes in the legend of colours; a limit on its length
AXES_ROOM = 23  # pixels that a picture with a square plot is wider than high: those left of it, less those below
WHOLE = " in the whole window"
IN_VIEW = " in and around the view"  # a window has a margin, and is kept while the view stays inside
RASTER_FINEST = 1.18  # limit on the zoom into a raster: beyond, one cell covers many pixels


def main_panel(
    chosen: Sequence[ShownNetwork], choice: Choice, where: Slice, shown: ViewControls, parts: Mapping[str, str | None]
) -> None:
    """Pictures, the pin, and the details under them; redrawn when a worker has a new result."""
    with drawing():
        _draw(chosen, choice, where, shown, parts)


def _draw(
    chosen: Sequence[ShownNetwork], choice: Choice, where: Slice, shown: ViewControls, parts: Mapping[str, str | None]
) -> None:
    clock = st.container(key="slices-clock")
    view_options.take_interactions(len(chosen), where.window)
    p, box, norm_link, corner = _tools(choice.named(chosen[0].bands), len(chosen[0].bands))
    workers = [picture_worker(slot, net, where, shown) for slot, net in enumerate(chosen)]
    pictures.end_own(lambda worker: worker.busy and worker not in workers)  # no page shows their results any more
    wait(workers)
    watched = [(worker, standing(worker)) for worker in workers]  # the marks are taken before the results are read
    current = [current_picture(slot, net, where, worker) for slot, (net, worker) in enumerate(zip(chosen, workers))]
    pin = STATE.pin
    result_of_slot: list[PinResults | None] = [None] * len(chosen)
    if pin is not None and not STATE.playing:  # proofs of a position that is about to pass would hold the next one up
        result_of_slot = _pin_results(chosen, where, current, pin, p, box)
    drawn: list[Drawn] = []
    for slot, column in enumerate(st.columns(len(chosen), gap="small")):
        with column:
            drawn += _view(
                slot,
                chosen[slot],
                current,
                workers[slot],
                result_of_slot[slot],
                choice,
                where,
                shown,
                p,
                box,
                len(chosen),
            )
    with corner:
        export(drawn, result_of_slot, choice, where, p, browser_theme(), box)
    results = [result for result in result_of_slot if result is not None]
    if STATE.playing:
        st.caption("What is proved about the pin comes when the film stops.")
    elif pin is None or (not results and None not in current):  # or the pin lies outside the pixel box
        pinned_image.nothing_pinned(where, choice)
    elif len(results) == len(chosen):
        exact = [picture is not None and picture.frame.grid is None for picture in current]
        pinned_image.pinned_panel(chosen, results, choice, where, p, exact)
    watched += [(result.worker, result.standing) for result in results]
    details_link, details_watched = details.details(chosen, current, choice, where, p, box)
    written = {} if pin is None else formula_link(pinned_image.FORMULA)
    link.write({**parts, **norm_link, **interactions_link(), **details_link, **written})
    watched += details_watched
    changing = any(worker.busy or standing(worker) != mark for worker, mark in watched)
    with clock:
        every = FOLLOW if all(_stands(worker) for worker in workers) else SOON
        st.fragment(watch, run_every=every if changing or STATE.playing else None)(watched)


def watch(watched: Sequence[Watched]) -> None:
    """Redraw the panel if a worker has a new result, or a film's picture stands. It is cheap, since it runs often.

    A fragment that reruns by the clock may run once more after the panel was redrawn. It then writes into its previous
    place, even if it draws nothing. So its place is the same in every drawing: the first.
    """
    if STATE.playing and all(_stands(worker) for worker, _ in watched):
        STATE.due = True
    if STATE.due or any(standing(worker) != mark for worker, mark in watched):
        st.rerun()


def _stands(worker: Worker[Any]) -> bool:
    """Whether the worker is done, or has its last picture: areas may follow, for which a film does not wait."""
    picture = worker.found.get("picture")
    return not worker.busy or (isinstance(picture, SlicePicture) and picture.last)


def _tools(choice: Choice, bands: int) -> tuple[Norm, Box | None, dict[str, str | None], DeltaGenerator]:
    """The row over the pictures; the last of the returned values is a container at its end, filled later."""
    linked = Linked(PREFIX)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picture-tools"):
        with st.container(width=180):
            p, norm_link = norm_control()
        low, high = choice.limits
        boxed = linked.toggle(
            choice.words.limits.format(low=low, high=high), "pixels", False, width="content",
            help=choice.words.limits_help,
        )  # fmt: skip
        st.html(class_chips(choice, bands))
        st.space("stretch")
        whole_window_button(choice.words.things)
        corner = st.container(width="content")
    return p, choice.limits if boxed else None, {**norm_link, **linked.parts}, corner


def whole_window_button(around: str) -> None:
    """The button that shows the window around something again."""
    st.button(
        "Whole window",
        icon=":material/zoom_out_map:",
        disabled=STATE.view is None,
        on_click=_show_whole_window,
        key="slices-whole",
        help=f"Back to the window around the {around}. Wheel or pinch zooms, drag pans, ? shows all keys.",
    )


def class_chips(choice: Choice, bands: int) -> str:
    """The legend: the colour of each class, or of each of so many bands of a number."""
    theme = browser_theme()
    chips = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.8em;height:.8em;border-radius:3px;'
        f'margin-right:.3em;background:{class_colour(label, bands, theme)}"></span>{escape(name)}</span>'
        for label, name in enumerate(choice.classes[:MOST_CHIPS])
    )
    if len(choice.classes) > MOST_CHIPS:
        chips += f"<span>and {len(choice.classes) - MOST_CHIPS} more</span>"
    return f'<div style="display:flex;flex-wrap:wrap;gap:.1rem .8rem;font-size:.9rem;padding-left:.6rem">{chips}</div>'


def _show_whole_window() -> None:
    STATE.view = None


def picture_worker(slot: int, net: ShownNetwork, where: Slice, shown: ViewControls) -> Worker[SlicePicture]:
    """The worker on the window to show: the home window, or one around the view."""
    name, last = (net.network.key, where.key), STATE.picture.get(slot)
    raster = last is not None and last[0] == name and last[1].frame.grid is not None
    finest = math.inf if not shown.refine else RASTER_FINEST if raster else FINEST
    window = window_to_find(view_key(0), where.window, STATE.view, finest)
    if where.limited:
        window = within(window, where.window)
    STATE.window[slot] = (name, window)
    asked = net.network, where.plane, window, not where.of
    grid = FINEST_GRID
    if last is not None and last[0][0] == net.network.key:
        grid = last[1].grid_before_next(shown=last[0] == name or STATE.playing)
    worker = pictures(*asked, grid)
    if worker.state == "stopped":
        pictures.drop(*asked)
        worker = pictures(*asked, grid)
    return worker


def current_picture(slot: int, net: ShownNetwork, where: Slice, worker: Worker[SlicePicture]) -> SlicePicture | None:
    """The latest picture of the network on this plane; of the previous window until this one has a picture."""
    name = (net.network.key, where.key)
    if "picture" in worker.found:
        STATE.picture[slot] = (name, worker.found["picture"])
        return worker.found["picture"]
    last, sought = STATE.picture.get(slot), STATE.window.get(slot)
    if last is None or last[0] != name:
        return None
    is_before = sought is not None and last[1].frame.window != sought[1]
    return replace(last[1], before=True) if is_before else last[1]


def _pin_results(
    chosen: Sequence[ShownNetwork],
    where: Slice,
    current: Sequence[SlicePicture | None],
    pin: tuple[float, float],
    p: Norm,
    box: Box | None,
) -> list[PinResults | None]:
    """The results for the pin, by network; an invalid pin shows one error message."""
    boundaries = [
        () if picture is None else known_boundary(slot, (net.network.key, where.key), picture)
        for slot, (net, picture) in enumerate(zip(chosen, current))
    ]
    try:
        return [
            None if picture is None else pin_results(net, where, picture, lines, pin, p, box)
            for net, picture, lines in zip(chosen, current, boundaries)
        ]
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return [None] * len(chosen)


def _view(
    slot: int,
    net: ShownNetwork,
    current: Sequence[SlicePicture | None],
    worker: Worker[SlicePicture],
    pin_result: PinResults | None,
    choice: Choice,
    where: Slice,
    shown: ViewControls,
    p: Norm,
    box: Box | None,
    count: int,
) -> list[Drawn]:
    picture = current[slot]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(heading(net, picture, worker, where.window))
        largest_window_button(slot, current)
    if worker.message:
        st.error(sentence(worker.message), icon=":material/error:")
    height = heights.slices(count)
    if where.limited and count == 1:
        st.html(f"<style>.st-key-{view_key(slot)}-place {{ max-width: calc({height} + {AXES_ROOM}px); }}</style>")
    place = picture_place(view_key(slot), height)
    if picture is None:
        place.caption("The first picture is on its way.")
        return []
    labels = np.where(where.labels < 0, 0, where.labels)
    options = replace(
        shared_options(slot, net, picture, choice, where.window, shown),
        norm=p,
        axes=where.axes,
        scales=where.scales,
        limited=where.limited,
        network=pinned_image.map_name(slot),
        said=_said(pin_result, p),
        about=about_picture(net, choice, where, p, box),
    )
    drawn_overlays = overlays(pin_result, where, STATE.pin, labels, p)
    frame = on_scale(picture.frame, choice.limits)
    with place:
        region_view(frame, overlays=drawn_overlays, options=options, key=view_key(slot), height=height)
    return [(net, picture, drawn_overlays, options)]


def shared_options(
    slot: int, net: ShownNetwork, picture: SlicePicture, choice: Choice, home: Window, shown: ViewControls
) -> ViewOptions:
    """The options that pictures of every kind of plane have; `home` is the whole window."""
    return ViewOptions(
        fill=shown.fill,
        hidden_layers=() if shown.edges else tuple(range(len(net.network.widths))),
        show_boundary=shown.boundary,
        show_points=shown.thumbnails,
        thumbnails=True,
        colour_blind=shown.colour_blind,
        badge=picture.badge(part_counted(picture, home)),
        class_names=choice.named(net.bands).classes,
        bands=len(net.bands),
        home=home,
        view=STATE.view,
        link="slices",
        surfaces=True,
        surface=take_surface(),
        link_hover=True,
        guides=False,
        report_view=slot == 0,
        report_seen=slot == 0,
        count=picture.count,
    )


def _said(pin_result: PinResults | None, p: Norm) -> str:
    """The proved radius at the pin, as text for screen readers."""
    if pin_result is None or pin_result.near is None:
        return ""
    proved = three_digits(pin_result.proved, down=True)
    return f"Proved: no perturbation with {NORM_SIGNS[p]} < {proved} changes the class."


def heading(net: ShownNetwork, picture: SlicePicture | None, worker: Worker[SlicePicture], home: Window) -> str:
    """The network's title, and the number of its regions or the state of the search."""
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline;min-height:1.6rem">'
        f'<span style="font-weight:650;font-size:1.08rem">{escape(net.title)}</span>'
        f'<span data-testid="count" style="margin-left:auto;font-size:.9rem;opacity:.92">'
        f"{_status(picture, worker, home)}</span></div>"
    )


def part_counted(picture: SlicePicture, home: Window) -> str:
    """The part of the plane that the picture's count is of, where the view has been moved."""
    return "" if STATE.view is None else WHOLE if picture.frame.window == home else IN_VIEW


def _status(picture: SlicePicture | None, worker: Worker[SlicePicture], home: Window) -> str:
    """The number of regions and the part of the plane that it counts; else the state of the search. As HTML."""
    count = None if picture is None else picture.count
    waits = worker.waits if picture is None or picture.before or count is None else ""
    regions = "" if count is None else f"<b>{thousands(count)}</b> {plural(count, 'linear region')}"
    if picture is not None and picture.before:
        now = waits or ("finding the regions in view …" if worker.busy else "the regions in view are not found")
        return f"{now} Before the view moved: {regions}" if regions else now
    if waits or (picture is not None and picture.waiting):
        return waits or f"waits for its turn: {AT_ONCE} pictures are computed first"
    if picture is not None and regions:
        return f"{regions}{part_counted(picture, home)}, found in {duration(picture.seconds)}"
    return "too many regions to find at once" if picture and picture.too_many else "finding its regions …"
