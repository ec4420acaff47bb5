"""The stage: input plane, output plane, and the numbers under them; drawn again while bounds arrive or ε moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from certify.polytopes import Polytopes
from figures.overlays import ViewOptions
from figures.palette import Theme
from figures.polytope import axis_names, input_overlays, output_picture, turn
from figures.polytope_words import polytope_verdict, why_they_part
from figures.words import class_name, sentence, thousands
from geometry import distances
from pages.certify.subject import Subject
from pages.explore import link
from pages.explore.look import set_norm
from pages.polytope import sets, unit
from pages.polytope.numbers import eps_control, numbers
from pages.polytope.output_view import Stage, asked_eps, output_view
from pages.polytope.question import Question
from pages.polytope.reading import input_legend, verdict_card, why_card
from pages.polytope.send import PREFIX
from pages.region_view import ViewEvents, region_view, take_events

FOLLOW = 0.8  # seconds between looks at what is still computed
INPUTS, OUTPUTS, HANDS = f"{PREFIX}inputs", f"{PREFIX}outputs", f"{PREFIX}hands"
EPS = f"{PREFIX}eps"
HEIGHT = "clamp(360px, calc(100vh - var(--above-the-picture, 330px)), 46vw)"
UNDER = 58  # pixels under the input plane, where the output plane has its legend and rail
PRESENTED = 1.3  # how much larger the type is for the projector
BUSY, BEGUN = f"{PREFIX}busy", f"{PREFIX}begun"
LINK_NAMES = frozenset({"eps"})


def take_pin() -> None:
    """Apply what hands did to the input plane. Called before any widget."""
    link.start("pin", "pin", link.numbers(2), None)
    happened: ViewEvents = st.session_state.pop(HANDS, None) or take_events(INPUTS)
    if happened.pin is not None or happened.unpinned:
        st.session_state["pin"] = happened.pin
    if happened.norm is not None:
        set_norm(happened.norm)


def stage(subject: Subject, question: Question, parts: Mapping[str, str | None]) -> None:
    """Everything that follows ε, as a fragment of the page."""
    busy = st.session_state.get(BUSY, True)
    st.fragment(_stage, run_every=FOLLOW if busy else None)(subject, question, parts, busy)


def _stage(subject: Subject, question: Question, parts: Mapping[str, str | None], was_busy: bool) -> None:
    eps = _eps(question)
    reach = max(question.reach, eps)
    sets.make_way(st.session_state.get(BEGUN, ()), sets.work_names(question, eps, reach))
    try:
        inputs = sets.input_map(subject, question, reach)
        quick = sets.quick_sets(f"{question.key} {eps}", question, eps, inputs.regions)
        d_B = float(distances(question.network, question.x[None], question.p).d_B[0])
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        _write_link(parts, question, eps)
        return
    work = sets.Work(question, eps, reach, inputs)
    found, sweep, passes = _arrived(work, quick)
    said, control = st.columns([5, 3], gap="medium", vertical_alignment="center")
    with control:
        eps_control(EPS)
    with said:
        verdict_card(polytope_verdict(found, question.network.classes, whole=question.whole))
    left, right = st.columns(2, gap="medium")
    with left:
        _input_plane(subject, question, found, inputs)
    with right:
        _output_plane(question, found, eps, reach, sweep, passes)
    why_card(why_they_part(found, d_B, whole=question.whole))
    first, second = st.container(), st.container()
    if unit.lit_unit(question.network) is not None:  # who asks for a unit sees it first
        first, second = second, first
    with first:
        more = numbers(found, sweep, _theme(), question.turned)
    with second:
        more |= unit.relaxation(question, found, _theme())
    _write_link({**parts, **more}, question, eps)
    busy = st.session_state[BUSY] = _begin(work)
    if busy != was_busy:
        st.rerun()


def _eps(question: Question) -> float:
    """The ε of the rail, of the number beside it, or of the link."""
    link.start(EPS, "eps", link.number(0, 1e6), _first(question))
    asked = asked_eps(OUTPUTS)
    if asked is not None:
        st.session_state[EPS] = asked
    return float(st.session_state[EPS])


def _first(question: Question) -> float:
    return float(f"{0.4 * question.reach:.3g}")


def _arrived(work: sets.Work, quick: Polytopes) -> tuple[Polytopes, list[Polytopes], int]:
    """The sets at ε with all bounds there are, those of the film, and how often the film is complete.

    Only of what an earlier run began: the picture comes first.
    """
    found, sweep, passes = quick, [], 0
    begun: tuple[str, ...] = st.session_state.get(BEGUN, ())
    if work.question.slow and work.names[0] in begun:
        slow = work.slow()
        found = sets.with_bounds(quick, slow.found)
        if slow.message:
            st.warning(sentence(slow.message), icon=":material/warning:")
    if work.names[1] in begun:
        film = work.film()
        if film.message:
            st.warning(sentence(film.message), icon=":material/warning:")
        sweep = [film.found[name] for name in sorted(film.found)]
        if len(sweep) == work.steps + 1:
            passes = 1 + min(len(one.outer) for one in sweep)
    return found, sweep, passes


def _begin(work: sets.Work) -> bool:
    """Begin what has not begun; whether more is to come."""
    workers = [work.film(), *([work.slow()] if work.question.slow else [])]
    fresh = st.session_state.get(BEGUN) != work.names
    st.session_state[BEGUN] = work.names
    return fresh or any(worker.busy for worker in workers)


def _input_plane(subject: Subject, question: Question, found: Polytopes, inputs: sets.Map) -> None:
    data = subject.dataset
    s, t = question.plane.project(question.x[None])[0]
    points, labels = (None, None) if data is None else (data.x, data.y)
    overlays = input_overlays(found, (float(s), float(t)), points, labels)
    switching = len(found.reached.switching)
    met = f"{thousands(len(found.reached))} regions met · {switching} units switch"
    options = ViewOptions(
        fill="class",
        norm=question.p,
        lit_unit=unit.lit_unit(question.network),
        badge=met,
        axes=("x₁", "x₂") if question.whole else ("s", "t"),
        home=inputs.home,
        link=_linked(question),
        link_hover=True,
        report_view=False,
        guides=False,
        type_scale=_type_scale(),
    )
    height = f"calc({HEIGHT} - {UNDER:g}px)"
    happened = region_view(inputs.frame, overlays=overlays, options=options, key=INPUTS, height=height)
    st.html(input_legend(overlays.balls[0].role, len(question.network.widths), _theme()))
    if happened and question.whole:  # drawn in a fragment, a new pin concerns the whole page
        st.session_state[HANDS] = happened
        st.rerun()


def _output_plane(
    question: Question, found: Polytopes, eps: float, reach: float, sweep: list[Polytopes], passes: int
) -> None:
    turned = question.turned
    film = sets.film_bytes(f"{question.key} {reach} {passes} {turned}", sweep, turned) if passes else b""
    i, j = question.outputs
    shown = Stage(
        place=f"{question.key} {reach} {turned}",
        names=(class_name(i), class_name(j)),
        outputs=question.outputs,
        axes=axis_names(question.outputs, turned),
        inputs=("x₁", "x₂") if question.whole else ("s", "t"),
        turned=turned,
        whole=question.whole,
        reach=reach,
        link=_linked(question),
        type_scale=_type_scale(),
    )
    attacks = None if question.whole else turn(sets.attack_outputs(f"{question.key} {eps}", question, eps), turned)
    scene = _scene(f"{question.key} {eps} {sorted(found.outer)} {turned}", found, turned)
    output_view(scene, film, shown, key=OUTPUTS, height=HEIGHT, attacks=attacks)


@st.cache_resource(max_entries=64, show_spinner=False)
def _scene(key: str, _found: Polytopes, turned: bool) -> dict[str, Any]:
    return output_picture(_found, turned)


def _linked(question: Question) -> str:
    """The two planes are read together."""
    return PREFIX + question.point_key


def _type_scale() -> float:
    return PRESENTED if st.session_state.get("present") else 1.0


def _theme() -> Theme:
    return "dark" if st.context.theme.type == "dark" else "light"


def _write_link(parts: Mapping[str, str | None], question: Question, eps: float) -> None:
    link.write({**parts, "eps": link.unless(eps, _first(question), lambda value: f"{value:.6g}")})
