"""Below the pictures, one at a time: what regions add up to, distances along the triangle, heat maps, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from certify import certified_radius
from figures.gradients import mosaic, signed_picture, strongest_filters
from figures.ink import Figure, inked
from figures.overlays import Window
from figures.palette import Theme
from figures.words import sentence, thousands
from geometry import Network, Plane, distances
from geometry.cancel import Cancelled
from geometry.grid import grid_points, sample
from geometry.norms import Array, Norm
from pages.certify.worker import Worker
from pages.explore.linked import Linked
from pages.slices.images import PREFIX, Choice, shown
from pages.slices.networks import Chosen
from pages.slices.pictures import Numbers, Picture, Standing, standing
from pages.slices.pin import Box, in_box
from pages.slices.plane import Slice, margin_gradient

NUMBERS, EDGES, MAPS, GRADIENTS = "numbers", "edges", "maps", "gradients"
SECTIONS = {
    NUMBERS: "Regions and classes",
    EDGES: "Along the triangle",
    MAPS: "Heat maps",
    GRADIENTS: "Gradients and filters",
}
QUANTITIES = {"d_B": "d_B", "d_D": "d_D", "fast-lin": "Fast-Lin radius", "margin": "margin"}
SIDES = (8, 16, 32)  # cells of a heat map a side, coarse first
AT_ONCE = 32  # points of a heat map between two looks at whether to go on
PER_SIDE = 41  # points along one side of the triangle
FILTERS = 24
COUNTED = "slices-counted"
LINK_NAMES = frozenset({"below", "heat"})
FOLLOW = 0.4  # seconds between looks at how far a heat map is
CONFIG = {"displaylogo": False, "displayModeBar": True, "modeBarButtons": [["toImage"]]}


Watched = tuple[Worker[Any], Standing]


def below(
    chosen: Sequence[Chosen],
    current: Sequence[Picture | None],
    choice: Choice,
    where: Slice,
    p: Norm,
    box: Box | None = None,
) -> tuple[dict[str, str | None], list[Watched]]:
    """Draws the section that is chosen. Returns its part of the link, and the workers it is waiting for."""
    linked = Linked(PREFIX)
    section = linked.choice("Below", "below", SECTIONS, NUMBERS, row=True, label_visibility="collapsed")
    waiting: list[Watched] = []
    if section == NUMBERS:
        _numbers(chosen, current, choice)
    elif section == EDGES:
        waiting = _edges(chosen, choice, where, p, box)
    elif section == MAPS:
        waiting = _maps(chosen, where, p, box, linked, later=any(picture is None for picture in current))
    else:
        _gradients(chosen, choice)
    return linked.parts, waiting


def _numbers(chosen: Sequence[Chosen], current: Sequence[Picture | None], choice: Choice) -> None:
    found = [_latest(slot, one, picture) for slot, (one, picture) in enumerate(zip(chosen, current))]
    known = {one.title: numbers for one, numbers in zip(chosen, found) if numbers is not None}
    fresh = all(picture is not None and picture.numbers is not None for picture in current)
    if known:
        from figures.slice_numbers import areas_figure, classes_figure  # Plotly loads slowly, and pictures come first

        left, right = st.columns(2, gap="large")
        areas = areas_figure({title: numbers.areas for title, numbers in known.items()}, _theme())
        shares = {title: numbers.class_areas / numbers.class_areas.sum() for title, numbers in known.items()}
        classes = classes_figure(shares, choice.classes, _theme())
        with left:
            _chart(areas, "areas", "How much of the window regions of each area cover")
        with right:
            _chart(classes, "classes", "Share of the window per class")
    if any(picture is not None and picture.too_many for picture in current):
        st.caption("Areas and classes are counted where all regions are found: zoom in.")
    elif not fresh:
        st.caption("Counting areas and classes …")
    elif len(known) == 2:
        counts = [len(numbers.areas) for numbers in known.values()]
        titles = list(known)
        more, fewer = (0, 1) if counts[0] >= counts[1] else (1, 0)
        ratio = counts[more] / max(1, counts[fewer])
        st.caption(
            f"In the same window {titles[more]} has {thousands(counts[more])} linear regions and {titles[fewer]} "
            f"{thousands(counts[fewer])}: {ratio:.3g} times fewer, and so larger. Areas and shares are exact."
        )


def _latest(slot: int, one: Chosen, picture: Picture | None) -> Numbers | None:
    """What the picture's regions add up to; until that is known, those of the picture before."""
    if picture is None or picture.too_many:
        return None
    if picture.numbers is not None:
        st.session_state[f"{COUNTED}-{slot}"] = (one.key, picture.numbers)
    before: tuple[str, Numbers] | None = st.session_state.get(f"{COUNTED}-{slot}")
    return before[1] if before is not None and before[0] == one.key else None


@st.cache_resource(scope="session", max_entries=8, show_spinner=False, on_release=lambda worker: worker.stop())
def _along(key: str, _network: Network, _plane: Plane, _points: Array, p: Norm, box: Box | None) -> Worker[Any]:
    """(m,) d_B and d_D under "along", side after side."""
    return Worker(along_steps(_network, _plane, _points, p, box))


def along_steps(
    network: Network, plane: Plane, points: Array, p: Norm, box: Box | None
) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        corners = np.concatenate([points, points[:1]])
        share = np.linspace(0, 1, PER_SIDE)[:, None]
        sides = [start + share * (end - start) for start, end in pairwise(corners)]
        x = plane.embed(np.concatenate(sides))
        found = np.empty((2, len(x)))
        for begin in range(0, len(x), AT_ONCE):
            if cancelled():
                return
            found[:, begin : begin + AT_ONCE] = _two_distances(network, x[begin : begin + AT_ONCE], p, box)
        yield "along", tuple(found)

    return run


def _two_distances(network: Network, x: Array, p: Norm, box: Box | None) -> Array:
    """(2, m) d_B and d_D, NaN for what is no image."""

    def both(some: Array) -> Array:
        found = distances(network, some, p, box=box)
        return np.stack([found.d_B, found.d_D], axis=1)

    return of_images(both, x, box).T


def of_images(values: Callable[[Array], Array], x: Array, box: Box | None) -> Array:
    """(m, ...) the values at those inputs that are in the box, and NaN at the others."""
    if box is None:
        return values(x)
    there = in_box(x, box)
    found = values(x[there].clip(*box))
    spread = np.full((len(x), *found.shape[1:]), np.nan)
    spread[there] = found
    return spread


def _edges(chosen: Sequence[Chosen], choice: Choice, where: Slice, p: Norm, box: Box | None) -> list[Watched]:
    """d_B and d_D on the way from image to image."""
    from figures.slice_numbers import edges_figure

    if len(where.points) < 2:
        st.caption("There is one image on this plane: take a plane through three to walk from one to the next.")
        return []
    workers = [_along(f"{one.key} {where.key}", one.network, where.plane, where.points, p, box) for one in chosen]
    watched = [(worker, standing(worker)) for worker in workers]
    known = {one.title: worker.found["along"] for one, worker in zip(chosen, workers) if "along" in worker.found}
    if len(known) < len(chosen):
        st.caption("Measuring along the sides of the triangle …")
        return watched
    names = [f"{name}: {choice.title(choice.chosen['abc'.index(name)])}" for name in where.names]
    titles = ("d<sub>B</sub>", "d<sub>D</sub>")
    for number, (column, title) in enumerate(zip(st.columns(2, gap="large"), titles)):
        with column:
            figure = edges_figure({name: found[number] for name, found in known.items()}, names, title, _theme())
            _chart(figure, f"along-{number}", f"{title} along the sides of the triangle")
    means = ", ".join(f"{np.nanmean(found[0]):.3g} ({name})" for name, found in known.items())
    st.caption(f"Mean d_B along the sides, in all dimensions{_within(box)}: {means}.")
    return watched


@st.cache_resource(scope="session", max_entries=8, show_spinner=False, on_release=lambda worker: worker.stop())
def heat_map(
    key: str, _network: Network, _plane: Plane, window: Window, quantity: str, p: Norm, box: Box | None
) -> Worker[Any]:
    """Grids (side, side) under "map", finer and finer, and the share that is done under "done"."""
    return Worker(heat_steps(_network, _plane, window, quantity, p, box))


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
                some = points[begin : begin + AT_ONCE]
                values[begin : begin + AT_ONCE] = _values(network, plane, some, quantity, p, box)
                done += len(some)
                yield "done", done / total
            yield "map", values.reshape(side, side)

    return run


def _values(network: Network, plane: Plane, points: Array, quantity: str, p: Norm, box: Box | None) -> Array:
    if quantity == "margin":
        two = np.partition(sample(network, plane, points)[0], -2, axis=1)[:, -2:].astype(np.float64)
        return two[:, 1] - two[:, 0]
    x = plane.embed(points)
    if quantity == "fast-lin":
        return of_images(lambda some: certified_radius(network, some, p, "fast-lin", box=box).numpy(), x, box)
    return _two_distances(network, x, p, box)[int(quantity == "d_D")]


def _maps(
    chosen: Sequence[Chosen], where: Slice, p: Norm, box: Box | None, linked: Linked, later: bool
) -> list[Watched]:
    from figures.slice_numbers import heat_maps

    quantity = linked.choice("Quantity", "heat", QUANTITIES, "d_B", row=True, label_visibility="collapsed")
    if later:
        st.caption("The pictures come first.")
        return []
    workers = [
        heat_map(f"{one.key} {where.key}", one.network, where.plane, where.window, quantity, p, box) for one in chosen
    ]
    watched = [(worker, standing(worker)) for worker in workers]
    for worker in workers:
        if worker.message:
            st.error(sentence(worker.message), icon=":material/error:")
    if any(worker.busy for worker in workers):
        st.fragment(_progress, run_every=FOLLOW)(workers, quantity)
    known = {one.title: worker.found["map"] for one, worker in zip(chosen, workers) if "map" in worker.found}
    if len(known) == len(chosen):
        title = QUANTITIES[quantity].replace("d_B", "d<sub>B</sub>").replace("d_D", "d<sub>D</sub>")
        figure = heat_maps(known, where.window, where.points, where.names, title, _theme())
        _chart(figure, "heat", f"{QUANTITIES[quantity]} over the plane")
        says = f"One colour scale for all. Distances are those in all dimensions of the input{_within(box)}."
        st.caption(says + (" Blank: no images, some pixel is out of range." if box and quantity != "margin" else ""))
    return watched


def _within(box: Box | None) -> str:
    return "" if box is None else f", with pixels in [{box[0]:g}, {box[1]:g}]"


def _progress(workers: Sequence[Worker[Any]], quantity: str) -> None:
    share = sum(float(worker.found.get("done", 0.0)) for worker in workers) / len(workers)
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.progress(share, f"{QUANTITIES[quantity]} at {SIDES[-1]} × {SIDES[-1]} points of the whole window")
    right.button("Stop", key="slices-stop-map", on_click=_stop, args=(workers,), width="stretch")


def _stop(workers: Sequence[Worker[Any]]) -> None:
    for worker in workers:
        worker.stop()


def _gradients(chosen: Sequence[Chosen], choice: Choice) -> None:
    """Per network: the gradient of the margin at each image, and the filters with the largest norms."""
    for one, column in zip(chosen, st.columns(2, gap="large")):
        with column:
            st.markdown(f"**{one.title}**")
            tiles = []
            for slot in range(3):
                image = choice.image(slot)
                picture = np.atleast_3d(shown(image))
                tiles.append(np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture)
            tiles += [signed_picture(margin_gradient(one.network, choice.image(slot)), _theme()) for slot in range(3)]
            st.image(_enlarged(mosaic(tiles, 3)), "the images, and the gradients of their margins", width="stretch")
            filters = strongest_filters(one.network, FILTERS)
            strips = [signed_picture(each[:3] if len(each) >= 3 else each[:1], _theme()) for each in filters]
            st.image(_enlarged(mosaic(strips, 8)), "first-layer filters with the largest norms", width="stretch")
    st.caption(
        "Blue is positive, red negative; each tile has its own scale. Robust networks look at strokes, not at noise."
    )


def _enlarged(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Whole pixels, four times as large, so that the browser does not blur them."""
    return picture.repeat(4, axis=0).repeat(4, axis=1)


def _chart(figure: Figure, name: str, says: str) -> None:
    st.plotly_chart(inked(figure, _theme()), key=f"slices-chart-{name}", config=CONFIG, alt=says)


def _theme() -> Theme:
    return "dark" if st.context.theme.type == "dark" else "light"
