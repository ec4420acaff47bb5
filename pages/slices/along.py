"""Distances along the sides of the triangle of images, in all dimensions of the input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import streamlit as st

from figures.provenance import About
from geometry import Network, Plane, distances
from geometry.computation.cancellation import Cancelled
from geometry.content import content_key
from geometry.norms import Array, Norm
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.plain import plain
from pages.shared.theme import browser_theme
from pages.slices.charts import chart, titles, within
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import Watched, standing
from pages.slices.pin import in_box
from pages.slices.plane import Slice

AT_ONCE = 32  # points of a batch: the limit on the work between two checks for cancellation
PER_SIDE = 41  # points along one side of the triangle: steps of 1/40


@session_resource(end=Worker.halt, most=8)
def _along(
    network: Network, plane: Plane, corners: str, p: Norm, box: Box | None, _points: Array
) -> Worker[tuple[Array, Array]]:
    """A worker that yields (m,) d_B and (m,) d_D as "along", side after side."""
    return Worker(along_steps(network, plane, _points, p, box), awaited=True, title="walk along a triangle")


def along_steps(
    network: Network, plane: Plane, points: Array, p: Norm, box: Box | None
) -> Callable[[Cancelled], Iterator[tuple[str, tuple[Array, Array]]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, tuple[Array, Array]]]:
        corners = np.concatenate([points, points[:1]])
        share = np.linspace(0, 1, PER_SIDE)[:, None]
        sides = [start + share * (end - start) for start, end in pairwise(corners)]
        x = plane.embed(np.concatenate(sides))
        both = np.empty((2, len(x)))
        for begin in range(0, len(x), AT_ONCE):
            if cancelled():
                return
            both[:, begin : begin + AT_ONCE] = two_distances(network, x[begin : begin + AT_ONCE], p, box)
        yield "along", (both[0], both[1])

    return run


def two_distances(network: Network, x: Array, p: Norm, box: Box | None) -> Array:
    """(2, m) d_B and d_D; NaN at inputs outside the box."""

    def stacked(inputs: Array) -> Array:
        both = distances(network, inputs, p, box=box)
        return np.stack([both.d_B, both.d_D], axis=1)

    return of_images(stacked, x, box).T


def of_images(values: Callable[[Array], Array], x: Array, box: Box | None) -> Array:
    """(m, ...) the values at those inputs that are in the box, and NaN at the others."""
    if box is None:
        return values(x)
    legal = in_box(x, box)
    legal_values = values(x[legal].clip(*box))
    all_values = np.full((len(x), *legal_values.shape[1:]), np.nan)
    all_values[legal] = legal_values
    return all_values


def edges(
    chosen: Sequence[ShownNetwork], choice: Choice, where: Slice, p: Norm, box: Box | None, about: About
) -> list[Watched]:
    """Charts of d_B and d_D along the sides of the triangle. Returns the workers whose results they show."""
    from figures.images.slice_numbers import edges_figure

    if len(where.points) < 2:
        thing = choice.words.thing
        count = "one" if len(where.points) else "no"
        st.caption(f"There is {count} {thing} on this plane: take a plane through three to walk from one to the next.")
        return []
    workers = [_along(net.network, where.plane, content_key(where.points), p, box, where.points) for net in chosen]
    watched = [(worker, standing(worker)) for worker in workers]
    workers_by_title = zip(titles(chosen), workers)
    curves = {title: worker.found["along"] for title, worker in workers_by_title if "along" in worker.found}
    if len(curves) < len(chosen):
        waits = next(filter(None, (worker.waits for worker in workers)), "")
        st.caption(f"Measuring along the sides of the triangle {waits or '…'}")
        return watched
    names = [f"{name}: {choice.title(choice.chosen['abc'.index(name)])}" for name in where.names]
    distances_of = ("d<sub>B</sub>", "d<sub>D</sub>")
    for number, (column, title) in enumerate(zip(st.columns(2, gap="large"), distances_of)):
        with column:
            figure = edges_figure({name: both[number] for name, both in curves.items()}, names, title, browser_theme())
            chart(figure, f"along-{number}", f"{title} along the sides of the triangle", about)
    means = ", ".join(f"{np.nanmean(both[0]):.3g} ({plain(name)})" for name, both in curves.items())
    st.caption(f"Mean d_B along the sides, in all dimensions{within(box, choice)}: {means}.")
    return watched
