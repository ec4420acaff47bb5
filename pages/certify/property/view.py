"""The main panel: the verdict, the violation, the picture where there is one, and what the property says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import streamlit as st

from certify.properties.decision import Decision, decide_property
from certify.properties.report import decision_to_json
from figures.provenance import origin
from figures.words import Verdict, sentence
from geometry.computation.cancellation import Cancelled
from pages.certify.property.picture import flat_box, property_picture
from pages.certify.property.question import AskedProperty
from pages.certify.property.words import cases_html, decision_verdict, violation_html
from pages.certify.state import STATE
from pages.certify.verdict import verdict_card
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.downloads import download
from pages.shared.page_button import page_button

FOLLOW = 0.5  # seconds between looks at a search that goes on


@session_resource(end=Worker.halt)
def _search(key: str, again: int, _asked: AskedProperty) -> Worker[Decision]:
    """The session's only search for a decision: the next one, or the end of the session, stops it."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Decision]]:
        network, shape = _asked.asked.network, _asked.asked.shape
        yield (
            "decision",
            decide_property(network, _asked.prop, shape, time_limit=_asked.seconds, cancelled=cancelled),
        )

    return Worker(steps, awaited=True, title="search")


def property_view(asked: AskedProperty | None) -> None:
    """The decision about a property, in a fragment that is drawn again while the search goes on."""
    if asked is None:
        st.info("Give a network and a property in the sidebar; the search then begins at once.", icon=":material/rule:")
        return
    worker = _search(asked.key, STATE.property_again, asked)
    busy = worker.busy
    st.fragment(_view, run_every=FOLLOW if busy else None)(asked, worker, busy)


def _view(asked: AskedProperty, worker: Worker[Decision], was_busy: bool) -> None:
    progress = worker.progress()
    decision = progress.found.get("decision")
    main, side = st.columns([5, 2], gap="medium")
    with main:
        if progress.message:
            st.error(sentence(progress.message), icon=":material/error:")
        elif decision is None and not progress.busy:
            verdict_card(Verdict(False, "Stopped.", "Neither proved nor violated so far; Again begins anew."))
        elif decision is None:
            waits = f"It {progress.waits}." if progress.waits else f"For at most {asked.seconds:g} s."
            verdict_card(Verdict(False, "Looking for a violation, and for a proof that there is none …", waits))
        else:
            verdict_card(decision_verdict(decision, asked))
        if decision is not None and decision.violation is not None:
            st.html(violation_html(decision, asked))
        flat = None
        with suppress(ValueError):  # for a number beyond float64; the search complains of it
            flat = flat_box(asked, decision)
        if flat is not None:
            property_picture(asked, flat, decision)
    with side:
        _buttons(asked, worker, decision, progress.busy)
        st.markdown("**It is violated by inputs with**")
        st.html(cases_html(asked))
    if was_busy and not progress.busy:
        st.rerun()


def _buttons(asked: AskedProperty, worker: Worker[Decision], decision: Decision | None, busy: bool) -> None:
    left, right = st.columns(2)
    if busy:
        left.button("Stop", icon=":material/stop:", on_click=worker.stop, type="primary", width="stretch",
                    key="stop-property")  # fmt: skip
    else:
        page_button("Again", where=left, icon=":material/replay:", on_click=_again, width="stretch",
                    key="property-again", help="The whole search from the beginning.")  # fmt: skip
    with right:
        download(
            "JSON", lambda: _json(asked, decision), "decision.json", "application/json", key="property-json",
            disabled=decision is None and not busy, ready=decision is not None,
        )  # fmt: skip


def _again() -> None:
    STATE.property_again += 1


def _json(asked: AskedProperty, decision: Decision | None) -> bytes:
    if decision is None:
        raise ValueError("there is no decision yet")
    about = origin("property", asked.asked.title, asked.title, weights=asked.asked.network.key)
    return decision_to_json(decision, about, {"timeout": asked.seconds})
