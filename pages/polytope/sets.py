"""What is computed: the sets at one ε, quick bounds first, and in the background the film over all ε."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
import streamlit as st
from shapely.geometry import Polygon

from certify import outer_polytope, polytope_sweep, polytopes
from certify.polytopes import ON_SCREEN, Polytopes
from certify.reaching import furthest_outputs
from figures.frames import Frame, region_frame
from figures.overlays import Window
from figures.polytope import polytope_film
from figures.slices import region_slice
from geometry import Plane, enumerate_regions
from geometry.adversarial_polytope import MAX_REGIONS
from geometry.ball import ball_corners
from geometry.network import Network
from geometry.norms import Array
from geometry.region_map import RegionMap
from pages.certify.subject import Subject
from pages.certify.worker import Worker
from pages.explore.picture import picture
from pages.polytope.question import Question

DRAWN_REGIONS = 100_000  # of the input plane's picture; of more it is a raster with some of the lines
MAP_REGIONS = 30_000  # beyond so many the film is short
ROOM = 1.3  # around the largest ball
STEPS, FEW_STEPS = 50, 16  # of the film; few where a map holds more than MAP_REGIONS


@dataclass(frozen=True, eq=False)
class Map:
    """The input plane: the regions around the ball, and where to look first."""

    frame: Frame
    regions: RegionMap | None  # those that hold every ball of the film, if one map does
    home: Window
    many: bool = False  # more than MAP_REGIONS


def input_map(subject: Subject, question: Question, reach: float) -> Map:
    """The data's own window if it holds the largest ball and is small enough to draw, else the ball's surroundings."""
    home = _around(question, reach)
    if subject.dataset is not None:
        s0, s1, t0, t1 = subject.dataset.window
        (s, t) = question.x
        if s0 <= s - reach and s + reach <= s1 and t0 <= t - reach and t + reach <= t1:
            found = picture(subject.network_key, subject.network, subject.dataset.window, MAP_REGIONS)
            if not found.regions.truncated:
                return Map(found.frame, found.regions, home)
    return _surroundings(f"{question.point_key} {question.outputs} {reach}", question.network, question.plane, home)


def _around(question: Question, reach: float) -> Window:
    """A square around the largest ball, or around its cut with the plane."""
    box = None if question.whole else question.box
    corners = ball_corners(question.x, reach, question.p, question.plane, box)
    low, high = corners.min(axis=0), corners.max(axis=0)
    (s, t), half = (low + high) / 2, float(max(ROOM / 2 * (high - low).max(), 1e-9))
    return s - half, s + half, t - half, t + half


@st.cache_resource(max_entries=8, show_spinner=False)
def _surroundings(key: str, _network: Network, _plane: Plane, home: Window) -> Map:
    regions = enumerate_regions(_network, home, _plane, max_regions=MAX_REGIONS)
    many = len(regions) > MAP_REGIONS
    frame = region_frame(regions) if len(regions) <= DRAWN_REGIONS else region_slice(regions)
    if len(_network.input_shape) == 3:
        frame = replace(frame, basis=np.stack([_plane.origin, _plane.u, _plane.v]).astype(np.float32))
    return Map(frame, None if regions.truncated else regions, home, many)


@st.cache_resource(max_entries=64, show_spinner=False)
def quick_sets(key: str, _question: Question, eps: float, _regions: RegionMap | None) -> Polytopes:
    """The true set and the bounds that take milliseconds.

    Raises
    ------
    ValueError
        If the point lies outside the box, or the ball holds too many regions.
    """
    q = _question
    return polytopes(q.network, q.x, eps, q.p, q.outputs, q.quick, q.box, q.plane, regions=_regions)


@dataclass(frozen=True, eq=False)
class Work:
    """What is computed in the background: the slow bounds at one ε, and the film up to `reach`."""

    question: Question
    eps: float
    reach: float
    inputs: Map

    @property
    def steps(self) -> int:
        """Of the film."""
        return STEPS if self.question.whole and not self.inputs.many else FEW_STEPS

    @property
    def names(self) -> tuple[str, str]:
        return work_names(self.question, self.eps, self.reach)

    def slow(self) -> Worker[Polygon]:
        return slow_sets(self.names[0], self.question, self.eps)

    def film(self) -> Worker[Polytopes]:
        return film(self.names[1], self.question, self.reach, self.inputs.regions, self.steps)


def work_names(question: Question, eps: float, reach: float) -> tuple[str, str]:
    """What names the slow bounds and the film."""
    return f"{question.key} {eps}", f"{question.key} {reach}"


def make_way(begun: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    """Stop what was begun and is no longer asked for: the picture to come needs the processor."""
    for before, name, stop in zip(begun, wanted, (slow_sets.clear, film.clear)):
        if before != name:
            stop()


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop(0))
def slow_sets(key: str, _question: Question, eps: float) -> Worker[Polygon]:
    """The other bounds at one ε, one after the other."""
    q = _question

    def steps(cancelled: Callable[[], bool]) -> Iterator[tuple[str, Polygon]]:
        for name in q.slow:
            yield name, outer_polytope(q.network, q.x, eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)

    return Worker(steps)


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop(0))
def film(key: str, _question: Question, reach: float, _regions: RegionMap | None, steps: int) -> Worker[Polytopes]:
    """The sets at radii up to `reach`: first with the quick bounds, then once more with all."""
    q = _question
    grid = [reach * k / steps for k in range(steps + 1)]

    def run(cancelled: Callable[[], bool]) -> Iterator[tuple[str, Polytopes]]:
        found = []
        options = {} if _regions is None else {"regions": _regions}
        for k, one in enumerate(
            polytope_sweep(q.network, q.x, grid, q.p, q.outputs, q.quick, q.box, q.plane, **options)
        ):
            shapely.prepare(one.reached.polytope)  # united here, so that whoever draws it need not wait
            found.append(one)
            yield f"{k:03d}", one
        for name in q.slow:
            for k, one in enumerate(found):
                polygon = outer_polytope(q.network, q.x, one.eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)
                found[k] = with_bounds(one, {name: polygon})
                yield f"{k:03d}", found[k]

    return Worker(run)


def with_bounds(found: Polytopes, more: Mapping[str, Polygon]) -> Polytopes:
    """The same with further outer polytopes."""
    return replace(found, outer={**found.outer, **more}) if more else found


@st.cache_resource(max_entries=8, show_spinner=False)
def film_bytes(key: str, _sweep: list[Polytopes], turned: bool) -> bytes:
    """A film for the browser."""
    return polytope_film(_sweep, turned)


@st.cache_resource(max_entries=64, show_spinner=False)
def attack_outputs(key: str, _question: Question, eps: float) -> Array:
    """(m, 2) what attacks in the whole ball reach, where the true set is only that of a plane."""
    q = _question
    return furthest_outputs(q.network, q.x, eps, q.p, q.outputs, q.box)[1]
