"""The ladder of one point: methods run in the background, and the picture is drawn again until all have ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import streamlit as st

from certify.ladder import ladder
from certify.rungs import Rung
from figures.certify.best_bounds import BestBounds, best_bounds
from figures.certify.ladder import ladder_csv, ladder_figure
from figures.certify.ladder_words import ladder_verdict, remedy
from figures.provenance import About, perturbations
from figures.words import Verdict, sentence
from geometry.computation.cancellation import Cancelled
from geometry.content import content_key
from geometry.norms import Array, Norm
from pages.certify.charts import chart
from pages.certify.controls import Search
from pages.certify.point import MAP, classes_note, pin_somewhere, point_panel
from pages.certify.proof_file import proof_link, proof_panel
from pages.certify.state import STATE
from pages.certify.verdict import verdict_card
from pages.shared.asked_point import Asked
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Progress, State, Worker
from pages.shared.downloads import download
from pages.shared.measures import PageMeasures, note_shown
from pages.shared.network_and_data import NetworkAndData
from pages.shared.page_button import page_button
from pages.shared.to_polytope import polytope_button
from pages.step_view.formula_panel import formula_link, formula_opened, formula_panel

FORMULA = "certify-formula"  # the key of the switch
FOLLOW = 0.5  # seconds between drawings of a running ladder; limits how late a rung appears


@session_resource(end=Worker.halt)
def _climb(key: str, _chosen: NetworkAndData, _x: Array, _search: Search, whole: bool) -> Worker[Rung]:
    """The session's only ladder: the next one, or the end of the session, stops it."""

    def rungs(cancelled: Cancelled) -> Iterator[tuple[str, Rung]]:
        for rung in ladder(
            _chosen.network,
            _x,
            _search.p,
            box=_search.box,
            methods=_search.methods,
            time_limit=_search.seconds,
            cancelled=cancelled,
            whole=whole,
        ):
            yield rung.name, rung

    return Worker(rungs, awaited=True, title="ladder")


def point_view(chosen: NetworkAndData, asked: Asked, search: Search) -> dict[str, str | None]:
    """Verdict, ladder and the point itself, in a fragment that is drawn again while methods run; parts of the link."""
    note = st.container()  # always there, as all that stands before the map: moved, it would lose the keyboard's focus
    if chosen.training:
        note.info("The network is being trained: the ladder begins when training stops.", icon=":material/school:")
    worker = None
    if asked.x is not None and search.methods and not chosen.training:
        question = _question(chosen, asked.x, search)
        worker = _climb(question, chosen, asked.x, search, STATE.whole == question)
    busy = worker is not None and worker.busy
    st.fragment(_view, run_every=FOLLOW if busy else None)(chosen, asked, search, worker, busy)
    if worker is not None and not busy:
        proof_panel(chosen, asked, search, best_bounds(worker.found.values()))
    if asked.x is None:
        return proof_link(chosen, asked, search)
    if formula_opened(FORMULA, "the point's region"):
        names = tuple(chosen.class_name(label) for label in range(chosen.network.outputs))
        formula_panel(
            chosen.network, asked.x[0], names, key="certify-steps", name=MAP if chosen.dataset is not None else ""
        )
    return proof_link(chosen, asked, search) | formula_link(FORMULA)


def _question(chosen: NetworkAndData, x: Array, search: Search) -> str:
    return content_key(chosen.network.key, x, search.p, search.box, search.methods, search.seconds, STATE.again)


def _view(chosen: NetworkAndData, asked: Asked, search: Search, worker: Worker[Rung] | None, was_busy: bool) -> None:
    progress: Progress[Rung] = Progress("finished", {}, "", "") if worker is None else worker.progress()
    rungs, busy = list(progress.found.values()), progress.busy
    best = best_bounds(rungs)
    known = {} if asked.x is None else {"proved-radius": best.lower, "attacked-radius": best.upper}
    note_shown(PageMeasures("certify", (known,)))
    with st.container(key="certify-point"):  # before a point is pinned only the side shows, over the whole width
        main, side = st.columns([5, 2], gap="medium")
    with side:
        head, panel, notes = st.container(), st.container(), st.container()
    witness = next((rung.witness for rung in rungs if rung.name == best.found_by), None)
    if asked.x is None:
        with head:
            pin_somewhere(chosen)
    else:
        with main:
            _climbed(chosen, asked, search, worker, progress, best)
        with head:
            _controls(chosen, asked, search, worker, progress, best)
    with panel:
        point_panel(chosen, asked, best, witness, search.p, search.box)
    if asked.x is not None:
        with notes:
            st.caption(classes_note(chosen, asked.x, witness))
            polytope_button(images=chosen.dataset is None)
    if was_busy and not busy:
        st.rerun()


def _climbed(
    chosen: NetworkAndData,
    asked: Asked,
    search: Search,
    worker: Worker[Rung] | None,
    progress: Progress[Rung],
    best: BestBounds,
) -> None:
    """The verdict and the ladder of the rungs so far."""
    rungs, busy = list(progress.found.values()), progress.busy
    if worker is None:
        if not search.methods:
            st.info("No method is chosen: see *Methods and time* in the sidebar.", icon=":material/tune:")
    elif progress.message:
        st.error(sentence(progress.message), icon=":material/error:")
    else:
        verdict_card(_verdict(best, search, progress))
        chart(
            lambda: ladder_figure(rungs, search.methods, search.p, busy=busy),
            (*rungs, *search.methods, search.p, busy),
            "ladder",
            "The ladder of lower bounds and attacks",
            _about(chosen, asked, search, progress.state),
        )
        if progress.waits and rungs:
            st.caption(f":material/hourglass_top: The next method {progress.waits}.")


def _controls(
    chosen: NetworkAndData,
    asked: Asked,
    search: Search,
    worker: Worker[Rung] | None,
    progress: Progress[Rung],
    best: BestBounds,
) -> None:
    """Buttons that stop the ladder, climb it again, save it, and run what was not needed."""
    if worker is None or asked.x is None:
        return
    rungs, busy = list(progress.found.values()), progress.busy
    _buttons(worker, rungs, busy, search.p, lambda: _about(chosen, asked, search, progress.state))
    unneeded = best.closed and len({rung.name for rung in rungs}) < len(search.methods)
    if unneeded and not busy:
        _other_methods_button(_question(chosen, asked.x, search))


def _verdict(best: BestBounds, search: Search, progress: Progress[Rung]) -> Verdict:
    if progress.waits and not progress.found:
        return Verdict(False, "Waiting for its turn.", f"The ladder {progress.waits}. It begins by itself.")
    if progress.busy and not progress.found:
        return Verdict(False, "The first methods are at work.", "Cheap ones arrive within milliseconds.")
    advice = remedy(search.methods, progress.found.values(), search.seconds, stopped=progress.state == "stopped")
    return ladder_verdict(best, search.p, busy=progress.busy, more=advice)


def _about(chosen: NetworkAndData, asked: Asked, search: Search, state: State) -> dict[str, str]:
    """The provenance of the ladder's table and picture."""
    assert asked.x is not None
    methods = {"methods": ", ".join(search.methods), "time limit of the exact search": f"{search.seconds:g} s"}
    return (
        chosen.about("lower and upper bounds of one point's minimal perturbation")
        | {"point": asked.title}
        | perturbations(search.p, search.box)
        | methods
        | {"state": state}
    )


def _other_methods_button(question: str) -> None:
    page_button(
        "Run the other methods too",
        icon=":material/checklist:",
        on_click=_run_all,
        args=(question,),
        width="stretch",
        key="whole-ladder",
        help="The answer is known; this shows what the methods that were not needed say of the point.",
    )


def _run_all(question: str) -> None:
    STATE.whole = question


def _again() -> None:
    STATE.again += 1


def _buttons(worker: Worker[Rung], rungs: list[Rung], busy: bool, p: Norm, about: Callable[[], About]) -> None:
    left, right = st.columns(2)
    if busy:
        left.button(
            "Stop", icon=":material/stop:", on_click=worker.stop, type="primary", width="stretch", key="stop-ladder"
        )
    else:
        page_button(
            "Again",
            where=left,
            icon=":material/replay:",
            on_click=_again,
            width="stretch",
            key="again",
            help="All methods from the beginning.",
        )
    with right:
        download(
            "CSV",
            lambda: ladder_csv(rungs, p, about()),
            "ladder.csv",
            "text/csv",
            key="ladder-csv",
            disabled=not rungs and not busy,
            ready=bool(rungs),
        )
