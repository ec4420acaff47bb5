"""The long run over a data set: all its questions one after the other, resumed where it was stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from certify import attack
from certify.attacks import ATTACKS
from certify.bounds.batches import certification_bytes
from certify.bounds.methods import METHODS
from certify.dataset.detection import detection
from certify.dataset.index_sets import index_counts
from certify.dataset.lp_gap import lp_gap
from certify.dataset.robust_error import robust_error
from certify.dataset.sorted_radii import sorted_radii
from figures.certify.tables import AttackOutcome
from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from geometry.norms import Norm
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.subject import Subject

DUAL = "fast-lin"  # KW's bound: index sets, detection and the gap are about it
PARTS = {
    "sets": "Index sets",
    "error": "Robust error",
    "radii": "Certified radii",
    "detection": "Detection",
    "gap": "LP and dual",
}
CHUNK_VALUES = 10_000  # units of one chunk: small enough to show progress and to stop soon


REMEDY = "wait until others are done, or choose a smaller network"
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
    x, y = subject.x[: asked.points].astype(np.float64), subject.y[: asked.points]
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


def kept(known: Mapping[str, Any], earlier: Question, asked: Question) -> dict[str, Any]:
    """What a run of the same points, norm and box found that another question of them can take over."""
    found = {name: part for name, part in known.items() if name.startswith("radii ")}
    if earlier.grid == asked.grid:
        found |= {name: part for name, part in known.items() if name in ("sets", "detection")}
        if (earlier.methods, earlier.attack) == (asked.methods, asked.attack):
            found |= known
    wanted = {f"radii {method}" for method in asked.methods}
    return {name: part for name, part in found.items() if name in wanted or not name.startswith("radii ")}


def at_eps(subject: Subject, asked: Question, eps: float, known: Mapping[str, Any]) -> Steps:
    """What is asked at one eps alone: every attack, and the gap between LP and dual; what is known stays."""
    x, y = subject.x[: asked.points].astype(np.float64), subject.y[: asked.points]

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        for name, method in ATTACKS.items():
            if cancelled():
                return
            if asked.p in method.norms and name not in known:
                started = time.perf_counter()
                found = attack(subject.network, x, y, name, eps=eps, p=asked.p, box=asked.box)
                seconds = time.perf_counter() - started
                yield name, AttackOutcome(eps, found.success, found.distances, seconds)
        if asked.p in METHODS["lp"].norms and eps > 0:
            how: dict[str, Any] = {"box": asked.box, "cancelled": cancelled, "resume": known.get("gap")}
            gap = lp_gap(subject.network, x, y, eps, asked.p, method=DUAL, **how)
            yield from _named("gap", gap)

    return run


def _named(name: str, results: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    return ((name, result) for result in results)


def _in_memory(subject: Subject, steps: Steps) -> Steps:
    """The same where the server's memory has room for it; else a NoRoomError, which the page shows."""

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        with BUDGET.reserve(certification_bytes(subject.network), REMEDY):
            yield from steps(cancelled)

    return run


@session_resource(end=Worker.halt)
def data_run(
    key: tuple[str, Question], times: int, _subject: Subject, _asked: Question, _known: Mapping[str, Any]
) -> Worker[Any]:
    """The session's one run over a data set."""
    return Worker(_in_memory(_subject, steps(_subject, _asked, _known)), _known, title="data-set run")


@session_resource(end=Worker.halt)
def eps_run(
    about: str, eps: float, times: int, _subject: Subject, _asked: Question, _known: Mapping[str, Any]
) -> Worker[Any]:
    """The session's one run at one eps."""
    return Worker(_in_memory(_subject, at_eps(_subject, _asked, eps, _known)), _known, title="run of attacks")


@dataclass(frozen=True, eq=False)
class Earlier:
    """The latest runs, from which the next ones take over what does not depend on what has changed."""

    about: str  # the network, the points, norm and box
    asked: Question
    eps: float
    run: Worker[Any]
    at_eps: Worker[Any]
