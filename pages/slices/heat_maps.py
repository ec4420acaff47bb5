"""Heat maps: a quantity on grids of points of the plane, from coarse to fine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from certify import certified_radius
from figures.certify.methods import method_title
from figures.provenance import About
from figures.regions.overlays import Window
from figures.words import sentence
from geometry import Network, Plane
from geometry.computation.cancellation import Cancelled
from geometry.norms import Array, Norm
from geometry.regions.raster import grid_points, sample
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.linked_controls import Linked
from pages.shared.theme import browser_theme
from pages.slices.along import AT_ONCE, of_images, two_distances
from pages.slices.charts import chart, titles, within
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import Watched, standing
from pages.slices.plane import Slice

QUANTITIES = {"d_B": "d_B", "d_D": "d_D", "fast-lin": f"{method_title('fast-lin')} radius", "margin": "margin"}
TOLERANCE = 1e-4  # of radii, relative: no colour shows less
SIDES = (8, 16, 32)  # cells per side of the grids, coarse first; the last limits the time


@session_resource(end=Worker.halt, most=8)
def heat_map(network: Network, plane: Plane, window: Window, quantity: str, p: Norm, box: Box | None) -> Worker[Any]:
    """A worker that yields ever finer grids (side, side) as "map", and the share done as "done"."""
    return Worker(heat_steps(network, plane, window, quantity, p, box), title="heat map")


def heat_steps(
    network: Network, plane: Plane, window: Window, quantity: str, p: Norm, box: Box | None = None
) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        total, done = sum(side * side for side in SIDES), 0
        for side in SIDES:
            points = grid_points(window, side, side)
            values = np.empty(len(points))
            for begin in range(0, len(points), AT_ONCE):
                if cancelled():
                    return
                batch = points[begin : begin + AT_ONCE]
                values[begin : begin + AT_ONCE] = _values(network, plane, batch, quantity, p, box)
                done += len(batch)
                yield "done", done / total
            yield "map", values.reshape(side, side)

    return run


def _values(network: Network, plane: Plane, points: Array, quantity: str, p: Norm, box: Box | None) -> Array:
    if quantity == "margin":
        largest_two = np.partition(sample(network, plane, points)[0], -2, axis=1)[:, -2:].astype(np.float64)
        return largest_two[:, 1] - largest_two[:, 0]
    x = plane.embed(points)
    if quantity == "fast-lin":
        return of_images(partial(_radii, network, p, box), x, box)
    return two_distances(network, x, p, box)[int(quantity == "d_D")]


def _radii(network: Network, p: Norm, box: Box | None, x: Array) -> Array:
    return certified_radius(network, x, p, "fast-lin", box=box, tolerance=TOLERANCE).numpy()


def maps(
    chosen: Sequence[ShownNetwork],
    choice: Choice,
    where: Slice,
    p: Norm,
    box: Box | None,
    linked: Linked,
    about: About,
    pictures_pending: bool,
) -> list[Watched]:
    from figures.images.slice_numbers import heat_maps

    quantity = linked.choice("Quantity", "heat", QUANTITIES, "d_B", row=True, label_visibility="collapsed")
    if pictures_pending:
        st.caption("The pictures come first.")
        return []
    arguments = [(net.network, where.plane, where.window, quantity, p, box) for net in chosen]
    workers = [heat_map(*call) for call in arguments]
    watched = [(worker, standing(worker)) for worker in workers]
    for worker in workers:
        if worker.message:
            st.error(sentence(worker.message), icon=":material/error:")
    if any(worker.busy for worker in workers):
        _progress(workers, quantity)
    elif any(worker.state == "stopped" for worker in workers):
        _begin_again(arguments)
    grids = {title: worker.found["map"] for title, worker in zip(titles(chosen), workers) if "map" in worker.found}
    if len(grids) == len(chosen):
        title = QUANTITIES[quantity].replace("d_B", "d<sub>B</sub>").replace("d_D", "d<sub>D</sub>")
        figure = heat_maps(
            grids,
            where.window,
            where.points,
            where.names[: len(where.points)],
            title,
            browser_theme(),
            where.axes,
            where.scales,
        )
        chart(figure, "heat", f"{QUANTITIES[quantity]} over the plane", about)
        caption = f"One colour scale for all. Distances are those in all dimensions of the input{within(box, choice)}."
        blank = f" Blank: no {choice.words.things}, some value is out of range." if box and quantity != "margin" else ""
        st.caption(caption + blank)
    return watched


def _progress(workers: Sequence[Worker[Any]], quantity: str) -> None:
    share = sum(float(worker.found.get("done", 0.0)) for worker in workers) / len(workers)
    left, right = st.columns([6, 1], vertical_alignment="center")
    waits = next(filter(None, (worker.waits for worker in workers)), "")
    title = f"{QUANTITIES[quantity]} at {SIDES[-1]} × {SIDES[-1]} points of the whole window"
    left.progress(share, f"{title}: {waits}" if waits else title)
    right.button("Stop", key="slices-stop-map", on_click=_stop, args=(workers,), width="stretch")


def _begin_again(arguments: Sequence[tuple[Any, ...]]) -> None:
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.caption(f"Stopped before there were {SIDES[-1]} × {SIDES[-1]} points.")
    right.button(
        "Again", key="slices-map-again", on_click=_drop, args=(arguments,), width="stretch", help="From the beginning."
    )


def _drop(arguments: Sequence[tuple[Any, ...]]) -> None:
    for call in arguments:
        heat_map.drop(*call)


def _stop(workers: Sequence[Worker[Any]]) -> None:
    for worker in workers:
        worker.stop()
