"""The long run over a data set: all its questions one after the other, resumed where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from certify import attack
from certify.attacks import METHODS as ATTACKS
from certify.detection import detection
from certify.index_sets import index_counts
from certify.lp_gap import lp_gap
from certify.methods import METHODS
from certify.robust_error import robust_error
from certify.sorted_radii import sorted_radii
from figures.certify_tables import AttackOutcome
from geometry.cancel import Cancelled
from geometry.norms import Norm
from pages.certify.controls import Box
from pages.certify.subject import Subject
from pages.certify.worker import Worker

DUAL = "fast-lin"  # KW's bound: index sets, detection and the gap are about it
PARTS = {
    "sets": "Index sets",
    "error": "Robust error",
    "radii": "Certified radii",
    "detection": "Detection",
    "gap": "LP and dual",
}
CHUNK_VALUES = 10_000  # units of one chunk: small enough to show progress and to stop soon


Steps = Callable[[Cancelled], Iterator[tuple[str, Any]]]


@dataclass(frozen=True)
class Question:
    """What is asked of the data set."""

    p: Norm
    box: Box | None
    methods: tuple[str, ...]
    attack: str
    points: int
    grid: tuple[float, ...]  # of eps


def steps(subject: Subject, asked: Question, known: Mapping[str, Any]) -> Steps:
    """Everything over the grid, cheapest first; what is known already is gone on with."""
    x, y = subject.x[: asked.points], subject.y[: asked.points]
    net, grid, p, box = subject.network, list(asked.grid), asked.p, asked.box
    chunk = max(1, min(8, CHUNK_VALUES // (net.input_units + sum(net.widths))))

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        def go(name: str) -> dict[str, Any]:
            return {"box": box, "chunk": chunk, "resume": known.get(name), "cancelled": cancelled}

        methods = tuple(method for method in asked.methods if p in METHODS[method].norms)
        found = robust_error(net, x, y, grid, p, methods=methods, attack=asked.attack, **go("error"))
        yield from _named("error", found)
        for method in methods:
            name = f"radii {method}"
            yield from _named(name, sorted_radii(net, x, y, p, method, **go(name)))
        if net.hidden:
            yield from _named("sets", index_counts(net, x, grid, p, method=DUAL, **go("sets")))
        found_attacks = detection(net, x, grid, p, method=DUAL, attack=asked.attack, **go("detection"))
        yield from _named("detection", found_attacks)

    return run


def at_eps(subject: Subject, asked: Question, eps: float) -> Steps:
    """What is asked at one eps alone: every attack, and the gap between LP and dual."""
    x, y = subject.x[: asked.points], subject.y[: asked.points]

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        for name, method in ATTACKS.items():
            if cancelled():
                return
            if asked.p in method.norms:
                started = time.perf_counter()
                found = attack(subject.network, x, y, name, eps=eps, p=asked.p, box=asked.box)
                seconds = time.perf_counter() - started
                yield name, AttackOutcome(eps, found.success, found.distances, seconds)
        if asked.p in METHODS["lp"].norms and eps > 0:
            gap = lp_gap(subject.network, x, y, eps, asked.p, method=DUAL, box=asked.box, cancelled=cancelled)
            yield from _named("gap", gap)

    return run


def _named(name: str, results: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    return ((name, result) for result in results)


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop())
def data_run(key: str, _subject: Subject, _asked: Question, _known: Mapping[str, Any]) -> Worker[Any]:
    """The session's one run over a data set."""
    return Worker(steps(_subject, _asked, _known), _known)


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop())
def eps_run(key: str, _subject: Subject, _asked: Question, _eps: float) -> Worker[Any]:
    """The session's one run at one eps."""
    return Worker(at_eps(_subject, _asked, _eps))
