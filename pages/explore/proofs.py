"""Proofs about the pinned point: the searches run in the background, and the browser plays their records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from certify.exact.branch_record import BranchRecord, recorded_branch_and_bound
from certify.exact.search_record import SearchRecord, recorded_search
from figures.certify.branch_tree import tree_steps
from figures.certify.search_steps import search_steps
from figures.regions.overlays import Point, Window
from figures.words import NORM_SIGNS, sentence, three_digits
from geometry import Network
from geometry.computation.cancellation import Cancelled
from geometry.content import content_key
from geometry.norms import Norm
from pages import heights
from pages.explore.interactions import NETWORK_KEY
from pages.explore.state import ExploreState
from pages.shared import link
from pages.shared.background.own_run import wait_for
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Progress, Worker
from pages.shared.plane.state import PLANE
from pages.step_view import step_view

T = TypeVar("T")
SECONDS, REGIONS, NODES = 3.0, 200, 120  # limits of time, and of what one can watch
NEAR = 0.995  # the first ε, as a share of what the regions prove: within reach of a proof, and seldom at once
KEY = "explore-steps"


def regions_proof(
    network: Network, pin: Point, p: Norm, window: Window, names: Sequence[str], fits: bool, busy: DeltaGenerator
) -> None:
    """The search through the regions around the pin. `fits`: the picture then shows what it is about."""
    record = _found(network, pin, p, busy)
    if record is not None and not _on_the_boundary(record):
        step_view(
            "search",
            {**search_steps(record, network, window, names), "fits": fits},
            content_key=content_key(network.key, pin, p, tuple(names)),
            name=NETWORK_KEY,
            key=KEY,
            height=heights.STEPS,
        )


def cases_proof(
    network: Network, pin: Point, p: Norm, names: Sequence[str], fits: bool, busy: DeltaGenerator
) -> dict[str, str | None]:
    """Branch and bound within ε around the pin; returns the part of the link that is ε."""
    record = _found(network, pin, p, busy)
    if record is None or _on_the_boundary(record):
        return {}
    eps, chosen = _eps_control(record, p)
    if eps >= record.end.upper:
        st.caption(
            f"The search found another class {three_digits(record.end.upper, up=True)} away, inside this ball: "
            "no splitting into cases can prove that there is none."
        )
    tree = _record(wait_for(_tree(network, pin, eps, p), busy, "Splitting into cases"))
    if tree is not None:
        step_view(
            "tree",
            {**tree_steps(tree, network, names), "fits": fits},
            content_key=content_key(network.key, pin, eps, p, tuple(names)),
            name=NETWORK_KEY,
            key=KEY,
            height=heights.STEPS_UNDER_EPS,
        )
    return {"within": None if chosen is None else f"{chosen:.6g}"}


def _found(network: Network, pin: Point, p: Norm, busy: DeltaGenerator) -> SearchRecord | None:
    """The record of the region search; None, with the reason on the page, while there is none."""
    run = PLANE.run
    if run is not None and run.trainer.state in ("running", "waiting"):
        st.info("The network is being trained: the proof begins when training stops.", icon=":material/school:")
        return None
    return _record(wait_for(_search(network, pin, p), busy, "Searching the regions around the pin"))


def _record(progress: Progress[T]) -> T | None:
    """The record of a search that has ended; None, with the reason on the page, if it has none."""
    if "record" not in progress.found:
        st.error(sentence(progress.message or "The search was stopped"), icon=":material/error:")
    return progress.found.get("record")


def _on_the_boundary(record: SearchRecord) -> bool:
    """Says so where the pin has two classes at once: there is nothing to prove, and no attack to look at."""
    if record.start.upper > 0:
        return False
    st.info(
        "The pin lies on the decision boundary: two scores are equal here, so there is nothing to prove. Move the pin.",
        icon=":material/commit:",
    )
    return True


@session_resource(end=Worker.halt, most=2)
def _search(network: Network, pin: Point, p: Norm) -> Worker[SearchRecord]:
    def steps(cancelled: Cancelled) -> Iterator[tuple[str, SearchRecord]]:
        yield "record", recorded_search(network, pin, p, max_regions=REGIONS, time_limit=SECONDS, cancelled=cancelled)

    return Worker(steps, awaited=True, title="proof")


@session_resource(end=Worker.halt, most=2)
def _tree(network: Network, pin: Point, eps: float, p: Norm) -> Worker[BranchRecord]:
    def steps(cancelled: Cancelled) -> Iterator[tuple[str, BranchRecord]]:
        yield (
            "record",
            recorded_branch_and_bound(network, pin, eps, p, max_nodes=NODES, time_limit=SECONDS, cancelled=cancelled),
        )

    return Worker(steps, awaited=True, title="proof")


def _eps_control(record: SearchRecord, p: Norm) -> tuple[float, float | None]:
    """ε, and what was typed; without that, a little less than what the search through the regions proves."""
    proved = record.end.lower if 0 < record.end.lower < math.inf else 1.0
    first = float(f"{NEAR * proved:.3g}")
    link.start(ExploreState.within.key, "within", link.number(1e-6, 1e6), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{NORM_SIGNS[p]} ≤ ε =", width="content")
        typed = st.number_input(
            "ε",
            1e-6,
            1e6,
            None,
            format="%g",
            key=ExploreState.within.key,
            placeholder=f"{first:g} (the search proved {three_digits(record.end.lower, down=True)})",
            persist_state="session",
            label_visibility="collapsed",
        )
    return (first if typed is None else float(typed)), typed
