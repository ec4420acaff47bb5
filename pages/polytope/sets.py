"""What is computed: the sets at one ε, quick bounds first, and in the background the film over all ε."""

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
from pages.polytope.question import Question
from pages.polytope.reach import MAP_REGIONS, around
from pages.region_view.coverage import is_inside
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.by_key import BY_KEY, HashFuncs, by_key
from pages.shared.plane.picture import picture
from pages.shared.subject import Subject

DRAWN_REGIONS = 100_000  # of the input plane's picture; of more it is a raster with some of the lines
STEPS, FEW_STEPS = 50, 16  # of the film; few where a map holds more than MAP_REGIONS


QUESTION: HashFuncs = {Question: by_key}
Name = tuple[str, float]  # of background work: the key of its question, and a radius


@dataclass(frozen=True, eq=False)
class Map:
    """The input plane: the regions around the ball, and where to look first."""

    frame: Frame
    regions: RegionMap | None  # those that hold every ball of the film, if one map does
    home: Window
    many: bool = False  # more than MAP_REGIONS


def input_map(
    subject: Subject, question: Question, reach: float, seen: Callable[[Window], Window], busy: DeltaGenerator
) -> Map:
    """The data's own window if it holds the largest ball and is small enough to draw, else the ball's surroundings.

    The frame is of the window in view: `seen` says which that is when one looks at the ball's surroundings. In `busy`
    the page says what is being computed.
    """
    home = around(question.x, reach, question.p, question.plane, None if question.whole else question.box)
    window = seen(home)
    if subject.dataset is not None:
        s0, s1, t0, t1 = subject.dataset.window
        (s, t) = question.x
        if s0 <= s - reach and s + reach <= s1 and t0 <= t - reach and t + reach <= t1:
            found = picture(subject.network, subject.dataset.window, MAP_REGIONS, busy)
            if not found.regions.truncated:
                inside = is_inside(window, subject.dataset.window)
                frame = found.frame if inside else _map(question, window, home).frame
                return Map(frame, found.regions, home)
    wide = _map(question, window, home)
    if is_inside(home, window) and wide.regions is not None:
        return wide
    return replace(_map(question, home, home), frame=wide.frame)


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
    """The true set, the bounds that take milliseconds, and attacks where the true set is only that of a plane.

    Raises
    ------
    ValueError
        If the point lies outside the box, or the ball holds too many regions.
    """
    q = question
    return _attacked(q, polytopes(q.network, q.x, eps, q.p, q.outputs, q.quick, q.box, q.plane, regions=_regions))


def _attacked(question: Question, found: Polytopes) -> Polytopes:
    """With attacks in the whole ball, unless the true set is that of it."""
    if question.whole:
        return found
    q = question
    return replace(found, attacks=outer_attacks(q.network, q.x, found.eps, q.p, q.outputs, q.box))


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
    def names(self) -> tuple[Name, Name]:
        return work_names(self.question, self.eps, self.reach)

    def slow(self) -> Worker[Polygon]:
        return slow_sets(self.question, self.eps)

    def film(self) -> Worker[Polytopes]:
        return film(self.question, self.reach, self.inputs.regions, self.steps)


def work_names(question: Question, eps: float, reach: float) -> tuple[Name, Name]:
    """What names the slow bounds and the film."""
    return (question.key, eps), (question.key, reach)


def make_way(begun: tuple[Name, ...], wanted: tuple[Name, ...]) -> None:
    """Stop what was begun and is no longer asked for: the picture to come needs the processor."""
    if begun[:1] != wanted[:1]:
        slow_sets.clear()
    if begun[1:2] != wanted[1:2]:
        film.clear()


@session_resource(end=Worker.halt)
def slow_sets(question: Question, eps: float) -> Worker[Polygon]:
    """The other bounds at one ε, one after the other."""
    q = question

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Polygon]]:
        for name in q.slow:
            yield name, outer_polytope(q.network, q.x, eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)

    return Worker(steps, awaited=True, title="linear program")


@session_resource(end=Worker.halt)
def film(question: Question, reach: float, _regions: RegionMap | None, steps: int) -> Worker[Polytopes]:
    """The sets at radii up to `reach`: first with the quick bounds, then once more with all."""
    q = question
    grid = [reach * k / steps for k in range(steps + 1)]

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Polytopes]]:
        found = []
        options = {} if _regions is None else {"regions": _regions}
        for k, one in enumerate(
            polytope_sweep(q.network, q.x, grid, q.p, q.outputs, q.quick, q.box, q.plane, **options)
        ):
            shapely.prepare(one.reached.polytope)  # united here, so that whoever draws it need not wait
            found.append(_attacked(q, one))
            yield f"{k:03d}", found[k]
        for name in q.slow:
            for k, one in enumerate(found):
                polygon = outer_polytope(q.network, q.x, one.eps, q.p, q.outputs, name, q.box, tolerance=ON_SCREEN)
                found[k] = with_bounds(one, {name: polygon})
                yield f"{k:03d}", found[k]

    return Worker(run, title="film")


def with_bounds(found: Polytopes, more: Mapping[str, Polygon]) -> Polytopes:
    """The same with further outer polytopes."""
    return replace(found, outer={**found.outer, **more}) if more else found


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=QUESTION)
def film_bytes(
    question: Question, reach: float, passes: int, turned: bool, whole: bool, _sweep: list[Polytopes]
) -> bytes:
    """A film for the browser, of the sets as they are after so many passes."""
    return polytope_film(_sweep, turned, [Evidence(one, whole).role for one in _sweep])
