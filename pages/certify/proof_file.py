"""A proof about the point that others can check: its size, the search, the file, and the program that checks it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from functools import cache

import streamlit as st

from certify.proofs.prove import CHECKER, REASONS, Proof, prove
from figures.certify.best_bounds import BestBounds
from figures.provenance import perturbations
from figures.words import NORM_SIGNS, Verdict, counted, duration, sentence
from geometry.computation.cancellation import Cancelled
from geometry.content import content_key
from pages.certify.controls import Search
from pages.certify.state import STATE
from pages.certify.verdict import verdict_card
from pages.shared import link
from pages.shared.asked_point import Asked
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.downloads import download
from pages.shared.network_and_data import NetworkAndData
from pages.shared.page_button import page_button

FOLLOW = 0.5  # seconds between looks at a search that goes on
LARGEST = 1e6  # eps


@session_resource(end=Worker.halt)
def _proof(key: str, _chosen: NetworkAndData, _asked: Asked, _eps: float, _search: Search) -> Worker[Proof]:
    """The session's only search for a proof: the next one, or the end of the session, stops it."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Proof]]:
        assert _asked.x is not None
        about = _chosen.about("proof") | {"point": _asked.title} | perturbations(_search.p, _search.box)
        yield (
            "proof",
            prove(
                _chosen.network, _asked.x[0], _eps, _search.p, box=_search.box, time_limit=_search.seconds, about=about,
                cancelled=cancelled,
            ),
        )  # fmt: skip

    return Worker(steps, awaited=True, title="proof")


def proof_link(chosen: NetworkAndData, asked: Asked, search: Search) -> dict[str, str | None]:
    """The ε of the proof for the link; that of the link that opened the session is taken."""
    opened = link.opened("proof", link.number(0, LARGEST), 0.0)
    if asked.x is None:
        return {"proof": None}
    question = _question(chosen, asked, search)
    if opened > 0 and not STATE.proof_opened:
        STATE.proof_opened, STATE.proof_eps[question], STATE.proof_chosen = True, opened, question
    eps = STATE.proof_eps.get(question)
    return {"proof": None if eps is None or STATE.proof_chosen != question else f"{eps:g}"}


def proof_panel(chosen: NetworkAndData, asked: Asked, search: Search, best: BestBounds) -> None:
    """Asks for the size of the perturbations, and shows the search for a proof and its file."""
    question = _question(chosen, asked, search)
    with st.expander("A proof that others can check", STATE.proof_chosen == question, icon=":material/verified:"):
        st.caption(
            "One file holds the network, the point, and the reasons why no other class is within ε, or a point of "
            f"another class. A program of {_lines()} lines of Python checks it in exact arithmetic, with nothing of "
            "ReLUscope. So nobody has to trust this page."
        )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            first = STATE.proof_eps.first(question, lambda: suggested(best))
            eps = st.number_input(
                f"ε, the size {NORM_SIGNS[search.p]} of the perturbations", 0.0, LARGEST, first,
                key=STATE.proof_eps.key(question), format="%g", step=max(first / 5, 1e-6), persist_state="session",
                width=230, on_change=_choose, args=(question,),
            )  # fmt: skip
            page_button(
                "Write the proof", icon=":material/edit_document:", key="write-proof", on_click=_ask,
                args=(question, eps), type="primary",
            )  # fmt: skip
        if STATE.proof_asked is not None and STATE.proof_asked[0] == question:
            _, eps, again = STATE.proof_asked
            worker = _proof(content_key(question, eps, search.seconds, again), chosen, asked, eps, search)
            st.fragment(_follow, run_every=FOLLOW if worker.busy else None)(worker, eps, search, worker.busy)


def suggested(best: BestBounds) -> float:
    """An ε that is proved, with two digits; else one at which an attack has succeeded; else a tenth."""
    if 0 < best.lower < math.inf:
        return float(Context(prec=2, rounding=ROUND_FLOOR).create_decimal(best.lower))
    if 0 < best.upper < math.inf:
        return float(Context(prec=2, rounding=ROUND_CEILING).create_decimal(best.upper))
    return 0.1


def _question(chosen: NetworkAndData, asked: Asked, search: Search) -> str:
    assert asked.x is not None
    return content_key(chosen.network.key, asked.x, search.p, search.box)


def _choose(question: str) -> None:
    STATE.proof_chosen = question


def _ask(question: str, eps: float) -> None:
    _choose(question)
    before = 0 if STATE.proof_asked is None else STATE.proof_asked[2]
    STATE.proof_asked = (question, eps, before + 1)


def _follow(worker: Worker[Proof], eps: float, search: Search, was_busy: bool) -> None:
    """The search, or what it has ended with."""
    progress = worker.progress()
    proof = progress.found.get("proof")
    size = f"{NORM_SIGNS[search.p]} ≤ {eps:g}"
    if progress.message:
        st.error(sentence(progress.message), icon=":material/error:")
    elif progress.busy:
        waits = f"It {progress.waits}." if progress.waits else f"For at most {search.seconds:g} s, and then the check."
        verdict_card(Verdict(False, f"Looking for a proof at {size} …", waits))
        st.button("Stop", icon=":material/stop:", on_click=worker.stop, key="stop-proof")
    elif proof is None or proof.content is None:
        why = "It was stopped." if proof is None else f"{sentence(REASONS[proof.reason])} {proof.says}"
        verdict_card(Verdict(False, f"Nothing is proved at {size}.", f"{why} A smaller ε has a shorter proof."))
    else:
        verdict_card(proof_verdict(proof, size))
        left, middle, right = st.columns([2, 2, 3], vertical_alignment="center")
        with left:
            download(
                f"The proof, {size_of(len(proof.content))}", lambda: proof.content or b"", "proof.json",
                "application/json", key="proof-file",
            )  # fmt: skip
        with middle:
            lines = f"The checker, {_lines()} lines"
            download(lines, CHECKER.read_text, CHECKER.name, "text/x-python", key="proof-checker")
        with right.container(key="proof-command"):
            st.code("python check.py proof.json", language="shell")
    if was_busy and not progress.busy:
        st.rerun()


def proof_verdict(proof: Proof, size: str) -> Verdict:
    """What a proof that the checker has accepted says, and how long it took."""
    decided, checked = proof.seconds
    times = f"found in {duration(decided)}; the checker accepted it in {duration(checked)}"
    if proof.status == "vulnerable":
        return Verdict(True, f"A perturbation with {size} changes the class.", f"The file holds it, {times}.")
    cases = counted(proof.cases, "case")
    return Verdict(True, f"No perturbation with {size} changes the class.", f"{cases}, {times}.")


def size_of(count: int) -> str:
    """The size of a file, such as 4.4 MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


@cache
def _lines() -> int:
    return len(CHECKER.read_text(encoding="utf-8").splitlines())
