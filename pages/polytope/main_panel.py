"""The main panel: input plane, output plane and numbers, drawn again while bounds are computed or ε changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from shapely.geometry import Polygon

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope import axis_names, input_overlays, output_picture
from figures.certify.polytope_words import Evidence, polytope_verdict, why_they_part
from figures.images.inputs import PIXELS
from figures.regions.overlays import Role, ViewOptions
from figures.svg.thumbnails import on_scale
from figures.words import counted, sentence
from geometry import distances
from pages import heights
from pages.polytope import sets, unit
from pages.polytope.evidence import evidence
from pages.polytope.numbers import FILES, eps_control, facts, numbers
from pages.polytope.output_view import OutputPlane, asked_eps, output_view
from pages.polytope.question import Question
from pages.polytope.state import STATE, PolytopeState
from pages.polytope.verdict import input_legend, verdict_card, why_card
from pages.region_view import ViewEvents, region_view, take_events, window_to_find
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.background.worker import Progress
from pages.shared.measures import PageMeasures, note_shown
from pages.shared.network_and_data import NetworkAndData
from pages.shared.plain import plain
from pages.shared.plane.picture import busy_place
from pages.shared.plane.pin import take_pin
from pages.shared.theme import browser_theme
from pages.shared.to_polytope import PREFIX

FOLLOW = 0.8  # seconds between drawings while work runs; limits how late a bound appears
INPUTS, OUTPUTS = f"{PREFIX}inputs", f"{PREFIX}outputs"
NOT_BEGUN: Progress[Any] = Progress("waiting", {}, "", "")
NOTHING: Progress[Any] = Progress("finished", {}, "", "")


def take_click() -> None:
    """Apply interactions with the input plane. Call it before any widget is drawn."""
    events = STATE.events
    del STATE.events
    take_pin(events or take_events(INPUTS))


def main_panel(chosen: NetworkAndData, question: Question, parts: Mapping[str, str | None]) -> None:
    """Everything that depends on ε, as a fragment of the page."""
    busy = STATE.busy
    st.fragment(_main_panel, run_every=FOLLOW if busy else None)(chosen, question, parts, busy)


def _main_panel(chosen: NetworkAndData, question: Question, parts: Mapping[str, str | None], was_busy: bool) -> None:
    with drawing():
        _draw(chosen, question, parts, was_busy)


def _draw(chosen: NetworkAndData, question: Question, parts: Mapping[str, str | None], was_busy: bool) -> None:
    busy_words = busy_place()
    happened = take_events(INPUTS)
    if happened and question.whole:  # a new pin changes the whole page; another request may end this run
        STATE.events = happened
    eps = _eps(question)
    reach = max(question.reach, eps)
    sets.stop_obsolete(STATE.begun, sets.work_names(question, eps, reach))
    try:
        inputs = sets.input_map(chosen, question, reach, lambda home: window_to_find(INPUTS, home), busy_words)
        quick = sets.quick_sets(question, eps, inputs.regions)
        d_B = float(distances(question.network, question.x[None], question.p).d_B[0])
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        eps_control()  # so that the user can follow the message
        FILES.latest.shown = None
        _write_link(parts, question, eps)
        STATE.busy = False
        if was_busy or (happened and question.whole):
            st.rerun()  # ends the timed reruns, which would fail again
        return
    work = sets.Work(question, eps, reach, inputs)
    progress = _progress(work)
    known, sweep, passes = _arrived(work, quick, *progress)
    with st.container(key="polytope-head"):
        verdict, control = st.columns([5, 3], gap="medium", vertical_alignment="center")
    with control:
        eps_control()
    with verdict:
        said = polytope_verdict(known, question.network.classes, names=question.names)
        verdict_card(said)
    note_shown(PageMeasures("polytope", ({"eps": eps, "robust": float(said.kind == "proved")},)))
    left, right = st.columns(2, gap="medium")
    with left:
        _input_plane(chosen, question, known, inputs, happened)
    with right:
        _output_plane(chosen, question, known, eps, reach, sweep, passes)
    _waits(progress[1])
    why_card(why_they_part(known, d_B))
    first, second = st.container(), st.container()
    if unit.lit_unit(question.network) is not None:  # a chosen unit comes first
        first, second = second, first
    with first:
        more_parts = numbers(known, sweep, browser_theme(), question, chosen)
    with second, st.container(key="polytope-relaxation"):
        about = facts("one unit", chosen, question, known.found.eps)
        more_parts |= unit.relaxation(question, known.found, browser_theme(), about)
    _write_link({**parts, **more_parts}, question, eps)
    _begin(work)
    STATE.busy = busy = any(work_progress.busy for work_progress in progress)
    if busy != was_busy:
        st.rerun()


def _eps(question: Question) -> float:
    """The ε of the slider, of the number input, or of the link.

    If a new network's range of ε is too small for the ε of the one before, ε takes its first value.
    """
    link.start(PolytopeState.eps.key, "eps", link.number(0, 1e6), _first(question))
    asked = asked_eps(OUTPUTS)
    if asked is not None:
        STATE.eps = asked
    eps, before = float(STATE.eps), STATE.eps_before
    if before is not None and before[0] == eps > question.reach != before[1]:
        STATE.eps = eps = _first(question)
    STATE.eps_before = (eps, question.reach)
    return eps


def _first(question: Question) -> float:
    return float(f"{0.4 * question.reach:.3g}")


def _progress(work: sets.Work) -> tuple[Progress[Polygon], Progress[Polytopes]]:
    """The progress of the slow bounds and the film. Work that has not begun begins after the first picture."""
    begun = STATE.begun
    slow: Progress[Polygon] = NOT_BEGUN if work.question.slow else NOTHING
    if work.question.slow and work.names[0] in begun:
        slow = work.slow().progress()
    return slow, work.film().progress() if work.names[1] in begun else NOT_BEGUN


def _begin(work: sets.Work) -> None:
    """Begin the work that has not begun."""
    work.film()
    if work.question.slow:
        work.slow()
    STATE.begun = work.names


def _arrived(
    work: sets.Work, quick: Polytopes, slow: Progress[Polygon], film: Progress[Polytopes]
) -> tuple[Evidence, list[Polytopes], int]:
    """The evidence at ε with all bounds so far, the sets of the film, and the number of its complete passes."""
    for message in (slow.message, film.message):
        if message:
            st.warning(plain(sentence(message)), icon=":material/warning:")
    sweep = [film.found[name] for name in sorted(film.found)]
    passes = 1 + min(len(at_radius.outer) for at_radius in sweep) if len(sweep) == work.steps + 1 else 0
    return evidence(work.question, sets.with_bounds(quick, slow.found), slow), sweep, passes


def _waits(film: Progress[Polytopes]) -> None:
    """What the film waits for, in a place that is always there. The verdict shows what slow bounds wait for."""
    st.caption(f"The film over ε {film.waits}." if film.waits else "\u00a0")


def _input_plane(
    chosen: NetworkAndData, question: Question, known: Evidence, inputs: sets.Map, happened: ViewEvents
) -> None:
    data, computed = chosen.dataset, known.found
    s, t = question.plane.project(question.x[None])[0]
    points, labels = (None, None) if data is None else (data.x, data.y)
    overlays = input_overlays(computed, known.role, (float(s), float(t)), points, labels)
    switching = len(computed.reached.switching)
    units = f"{counted(switching, 'unit')} {'switches' if switching == 1 else 'switch'}"
    met = f"{counted(len(computed.reached), 'region')} met · {units}"
    lit = unit.lit_unit(question.network)
    options = ViewOptions(
        fill="class",
        norm=question.p,
        lit_unit=lit,
        badge=met,
        count=len(computed.reached),
        class_names=chosen.bands if chosen.images is None else chosen.images.classes,
        bands=len(chosen.bands),
        axes=("x₁", "x₂") if question.whole else ("s", "t"),
        home=inputs.home,
        link=_linked(question),
        link_hover=True,
        report_view=False,
        guides=False,
        about=facts("linear regions around a ball", chosen, question, known.found.eps),
    )
    frame = on_scale(inputs.frame, chosen.box or PIXELS)
    region_view(frame, overlays=overlays, options=options, key=INPUTS, height=heights.POLYTOPE_INPUTS)
    st.html(input_legend(known, len(question.network.widths), browser_theme()))
    if happened and question.whole:
        st.rerun()


def _output_plane(
    chosen: NetworkAndData,
    question: Question,
    known: Evidence,
    eps: float,
    reach: float,
    sweep: list[Polytopes],
    passes: int,
) -> None:
    turned, whole = question.turned, question.whole
    film = sets.film_bytes(question, reach, passes, turned, whole, sweep) if passes else b""
    shown = OutputPlane(
        place=f"{question.key} {reach} {turned}",
        names=question.names,
        outputs=question.outputs,
        axes=axis_names(question.outputs, turned, question.names),
        inputs=("x₁", "x₂") if question.whole else ("s", "t"),
        turned=turned,
        whole=whole,
        reach=reach,
        link=_linked(question),
        about=facts("sets of outputs in the plane of two", chosen, question, known.found.eps),
    )
    scene = _scene(question, eps, tuple(sorted(known.found.outer)), turned, known.role, known.found)
    output_view(scene, film, shown, key=OUTPUTS, height=heights.POLYTOPE)


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=sets.QUESTION)
def _scene(
    question: Question, eps: float, outer: tuple[str, ...], turned: bool, role: Role, _found: Polytopes
) -> dict[str, Any]:
    return output_picture(_found, turned, role)


def _linked(question: Question) -> str:
    """The name that links the two planes: pointing at one marks the other."""
    return PREFIX + question.point_key


def _write_link(parts: Mapping[str, str | None], question: Question, eps: float) -> None:
    link.write({**parts, "eps": link.unless(eps, _first(question), lambda value: f"{value:.6g}")})
