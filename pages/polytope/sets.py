"""The computed sets: those at one ε, quick bounds first, and in the background the film over all ε."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
import streamlit as st
from shapely.geometry import Polygon
from streamlit.delta_generator import DeltaGenerator

from certify import outer_polytope, polytope_sweep, polytopes
from certify.polytopes.comparison import ON_SCREEN, Polytopes
from certify.polytopes.inner_polytope import outer_attacks
from figures.certify.polytope import polytope_film
from figures.certify.polytope_words import Evidence
from figures.images.slices import region_slice
from figures.regions.frames import Frame, region_frame
from figures.regions.overlays import Window
from geometry import Plane
from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from geometry.network.network import Network
from geometry.planar.adversarial_polytope import MAX_REGIONS
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap
from pages.polytope.eps_range import MAP_REGIONS, around
from pages.polytope.question import Question
from pages.region_view.coverage import is_inside
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.by_key import BY_KEY, HashFuncs, by_key
from pages.shared.network_and_data import NetworkAndData
from pages.shared.plane.picture import picture

DRAWN_REGIONS = 100_000  # limits the message to the browser: with more the input plane is a raster with some lines
STEPS, FEW_STEPS = 50, 16  # of the film, which limit its time; few if a map holds more than MAP_REGIONS
QUESTION: HashFuncs = {Question: by_key}
Name = tuple[str, float]  # of background work: the key of its question, and a radius


@dataclass(frozen=True, eq=False)
class Map:
    """The input plane: the regions around the ball, and the first window."""

    frame: Frame
    regions: RegionMap | None  # a map that contains every ball of the film, if there is one
    home: Window
    many: bool = False  # whether there are more than MAP_REGIONS regions


def input_map(
    chosen: NetworkAndData, question: Question, reach: float, seen: Callable[[Window], Window], busy: DeltaGenerator
) -> Map:
    """The map of the data's window, or of a window around the ball.

    The data's window is taken if it contains the largest ball, and few enough regions. The frame is that of the
    window in view, which `seen` returns, given the window around the ball. In `busy` the page shows what is being
    computed.
    """
    home = around(question.x, reach, question.p, question.plane, None if question.whole else question.box)
    window = seen(home)
    if chosen.dataset is not None:
        s0, s1, t0, t1 = chosen.dataset.window
        (s, t) = question.x
        if s0 <= s - reach and s + reach <= s1 and t0 <= t - reach and t + reach <= t1:
            whole = picture(chosen.network, chosen.dataset.window, MAP_REGIONS, busy)
            if not whole.regions.truncated:
                inside = is_inside(window, chosen.dataset.window)
                frame = whole.frame if inside else _map(question, window, home).frame
                return Map(frame, whole.regions, home)
    in_view = _map(question, window, home)
    if is_inside(home, window) and in_view.regions is not None:
        return in_view
    return replace(_map(question, home, home), frame=in_view.frame)


def _map(question: Question, window: Window, home: Window) -> Map:
    return _regions_in(question.network, question.plane, window, home)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_KEY)
def _regions_in(network: Network, plane: Plane, window: Window, home: Window) -> Map:
    regions = regions_in_memory(network, window, plane, max_regions=MAX_REGIONS)
    many = len(regions) > MAP_REGIONS
    frame = region_frame(regions) if len(regions) <= DRAWN_REGIONS else region_slice(regions)
    if len(network.input_shape) == 3:
        frame = replace(frame, basis=np.stack([plane.origin, plane.u, plane.v]).astype(np.float32))
    return Map(frame, None if regions.truncated else regions, home, many)


BUDGET.spare(_regions_in.clear)


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=QUESTION)  # each may hold regions around its point
def quick_sets(question: Question, eps: float, _regions: RegionMap | None) -> Polytopes:
    """The true set, the bounds that take milliseconds, and attacks if the true set is only that of a plane.

    Raises
    ------
    ValueError
        If the point lies outside the box, or the ball holds too many regions.
    """
    q = question
    return _with_attacks(q, polytopes(q.network, q.x, eps, q.p, q.outputs, q.quick, q.box, q.plane, regions=_regions))


def _with_attacks(question: Question, computed: Polytopes) -> Polytopes:
    """The same with attacks in the whole ball, unless the true set is that of the whole ball."""
    if question.whole:
        return computed
    q = question
    return replace(computed, attacks=outer_attacks(q.network, q.x, computed.eps, q.p, q.outputs, q.box))


@dataclass(frozen=True, eq=False)
class Work:
    """Work in the background: the slow bounds at one ε, and the film up to `reach`."""

    question: Question
    eps: float
    reach: float
    inputs: Map

    @property
    def steps(self) -> int:
        """The number of steps of the film."""
        return STEPS if self.question.whole and not self.inputs.many else FEW_STEPS

    @property
    def names(self) -> tuple[Name, Name]:
        return work_names(self.question, self.eps, self.reach)

    def slow(self) -> Worker[Polygon]:
        return slow_sets(self.question, self.eps)

    def film(self) -> Worker[Polytopes]:
        return film(self.question, self.reach, self.inputs.regions, self.steps)


def work_names(question: Question, eps: float, reach: float) -> tuple[Name, Name]:
    """The names of the work on the slow bounds and of the film."""
    return (question.key, eps), (question.key, reach)


def stop_obsolete(begun: tuple[Name, ...], needed: tuple[Name, ...]) -> None:
    """Stop work whose result the page does not need any more: the next picture needs the processor."""
    if begun[:1] != needed[:1]:
        slow_sets.clear()
    if begun[1:2] != needed[1:2]:
        film.clear()


@session_resource(end=Worker.halt)
def slow_sets(question: Question, eps: float) -> Worker[Polygon]:
    """The slow bounds at one ε, one after the other."""
    q = question

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Polygon]]:
        for name in q.slow:
            yield name, outer_polytope(q.network, q.x, eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)

    return Worker(steps, awaited=True, title="linear program")


@session_resource(end=Worker.halt)
def film(question: Question, reach: float, _regions: RegionMap | None, steps: int) -> Worker[Polytopes]:
    """The sets at radii up to `reach`: first with the quick bounds, then again with all."""
    q = question
    grid = [reach * k / steps for k in range(steps + 1)]

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Polytopes]]:
        sweep: list[Polytopes] = []
        options = {} if _regions is None else {"regions": _regions}
        for k, at_radius in enumerate(
            polytope_sweep(q.network, q.x, grid, q.p, q.outputs, q.quick, q.box, q.plane, **options)
        ):
            shapely.prepare(at_radius.reached.polytope)  # computes the union here, so that no drawing waits for it
            sweep.append(_with_attacks(q, at_radius))
            yield f"{k:03d}", sweep[k]
        for name in q.slow:
            for k, at_radius in enumerate(sweep):
                eps = at_radius.eps
                polygon = outer_polytope(q.network, q.x, eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)
                sweep[k] = with_bounds(at_radius, {name: polygon})
                yield f"{k:03d}", sweep[k]

    return Worker(run, title="film")


def with_bounds(computed: Polytopes, more: Mapping[str, Polygon]) -> Polytopes:
    """The same sets with further outer polytopes."""
    return replace(computed, outer={**computed.outer, **more}) if more else computed


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=QUESTION)
def film_bytes(
    question: Question, reach: float, passes: int, turned: bool, whole: bool, _sweep: list[Polytopes]
) -> bytes:
    """The film for the browser, of the sets after `passes` passes over the radii."""
    return polytope_film(_sweep, turned, [Evidence(at_radius, whole).role for at_radius in _sweep])
