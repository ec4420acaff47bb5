"""The ladder of one point: methods run in the background, and the picture follows them until all have arrived."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator

import streamlit as st

from certify.ladder import Rung, ladder
from figures.ladder import ladder_csv, ladder_figure
from figures.standing import Standing, ladder_verdict, standing
from figures.words import Verdict, sentence
from geometry.cores import cores
from geometry.norms import Array
from pages.certify.controls import Search
from pages.certify.point import Asked, classes_note, pin_somewhere, point_panel
from pages.certify.reading import chart, verdict_card
from pages.certify.subject import Subject
from pages.certify.worker import BUSY, State, Worker
from pages.polytope.send import polytope_button

FOLLOW = 0.5  # seconds between looks at a ladder under way
AGAIN = "certify-again"  # how often the ladder was asked for afresh


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop())
def _climb(key: str, _subject: Subject, _x: Array, _search: Search) -> Worker[Rung]:
    """The session's one ladder: the next one, or the end of the session, stops it."""

    def rungs(cancelled: Callable[[], bool]) -> Iterator[tuple[str, Rung]]:
        with cores(1):  # for one point two gain little, and on a busy machine they take ten times as long
            for rung in ladder(
                _subject.network,
                _x,
                _search.p,
                box=_search.box,
                methods=_search.methods,
                time_limit=_search.seconds,
                cancelled=cancelled,
            ):
                yield rung.name, rung

    return Worker(rungs)


def point_view(subject: Subject, asked: Asked, search: Search) -> None:
    """Verdict, ladder and the point itself; drawn again by themselves while methods arrive."""
    if subject.training:
        st.info("The network is being trained: the ladder begins when training stops.", icon=":material/school:")
    worker = None
    if asked.x is not None and search.methods and not subject.training:
        worker = _climb(_question(subject, asked.x, search), subject, asked.x, search)
    busy = worker is not None and worker.busy
    st.fragment(_view, run_every=FOLLOW if busy else None)(subject, asked, search, worker, busy)


def _question(subject: Subject, x: Array, search: Search) -> str:
    parts = (subject.network_key, x.tolist(), str(search.p), search.box, search.methods, search.seconds)
    text = json.dumps([*parts, st.session_state.get(AGAIN, 0)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _view(subject: Subject, asked: Asked, search: Search, worker: Worker[Rung] | None, was_busy: bool) -> None:
    state: State = "finished" if worker is None else worker.state  # looked at once, and before what is found
    rungs = [] if worker is None else list(worker.found.values())
    busy = state in BUSY
    known = standing(rungs)
    if asked.x is None:
        pin_somewhere(subject)
        point_panel(subject, asked, known, None, search.p, search.box)
        return
    main, side = st.columns([5, 2], gap="medium")
    with main:
        if worker is None:
            if not search.methods:
                st.info("No method is chosen: see *Methods and time* in the sidebar.", icon=":material/tune:")
        elif worker.message:
            st.error(sentence(worker.message), icon=":material/error:")
        else:
            verdict_card(_said(known, search, state, there=bool(rungs)))
            figure = ladder_figure(rungs, search.methods, search.p, busy=busy)
            chart(figure, "ladder", "The ladder of lower bounds and attacks")
    with side:
        if worker is not None:
            _buttons(worker, rungs, busy)
        witness = next((rung.witness for rung in rungs if rung.name == known.found_by), None)
        point_panel(subject, asked, known, witness, search.p, search.box)
        st.caption(classes_note(subject, asked.x, witness))
        polytope_button(images=subject.dataset is None)
    if was_busy and not busy:
        st.rerun()


def _said(known: Standing, search: Search, state: State, there: bool) -> Verdict:
    if state == "waiting":
        return Verdict(False, "Waiting for a place.", "Others are computing on this server; this begins by itself.")
    if state == "running" and not there:
        return Verdict(False, "The first methods are at work.", "Cheap ones arrive within milliseconds.")
    return ladder_verdict(known, search.p, busy=state in BUSY)


def _buttons(worker: Worker[Rung], rungs: list[Rung], busy: bool) -> None:
    left, right = st.columns(2)
    if busy:
        left.button(
            "Stop", icon=":material/stop:", on_click=worker.stop, type="primary", width="stretch", key="stop-ladder"
        )
    else:
        left.button(
            "Again",
            icon=":material/replay:",
            on_click=lambda: st.session_state.update({AGAIN: st.session_state.get(AGAIN, 0) + 1}),
            width="stretch",
            key="again",
            help="All methods from the beginning.",
        )
    right.download_button(
        "CSV", ladder_csv(rungs), "ladder.csv", "text/csv", on_click="ignore", width="stretch", disabled=not rungs
    )
