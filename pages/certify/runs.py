"""Runs over a data set: results over a grid of ε and at one ε, computed in the background and resumable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np

from certify import attack
from certify.attacks import ATTACKS
from certify.bounds.batches import certification_bytes
from certify.bounds.methods import METHODS
from certify.dataset.detection import Detection, detection
from certify.dataset.index_sets import IndexCounts, index_counts
from certify.dataset.lp_gap import LpGap, lp_gap
from certify.dataset.robust_error import RobustError, robust_error
from certify.dataset.sorted_radii import SortedRadii, sorted_radii
from certify.rungs import takes_minutes
from figures.certify.tables import AttackOutcome
from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from geometry.network.network import Network
from geometry.norms import Norm
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.box_control import Box
from pages.shared.network_and_data import NetworkAndData

DUAL = "fast-lin"  # KW's bound: index sets, detection and the gap are about it
PARTS = {
    "sets": "Index sets",
    "error": "Robust error",
    "radii": "Certified radii",
    "detection": "Detection",
    "gap": "LP and dual",
}
CHUNK_VALUES = 10_000  # limits the units of one chunk, after which a run shows progress and can stop
REMEDY = "wait until others are done, or choose a smaller network"
RunPart: TypeAlias = RobustError | SortedRadii | IndexCounts | Detection
EpsPart: TypeAlias = AttackOutcome | LpGap
T = TypeVar("T")
Steps: TypeAlias = Callable[[Cancelled], Iterator[tuple[str, T]]]


@dataclass(frozen=True)
class RunSettings:
    """The norm, the box, the methods, the points and the grid of a run."""

    p: Norm
    box: Box | None
    methods: tuple[str, ...]
    attack: str
    points: int
    grid: tuple[float, ...]  # of eps


def steps(chosen: NetworkAndData, asked: RunSettings, known: Mapping[str, RunPart]) -> Steps[RunPart]:
    """All results over the grid, cheapest first. Partial results in `known` are resumed."""
    x, y = chosen.x[: asked.points].astype(np.float64), chosen.y[: asked.points]
    net, grid, p, box = chosen.network, list(asked.grid), asked.p, asked.box
    chunk = max(1, min(8, CHUNK_VALUES // (net.input_units + sum(net.widths))))

    def run(cancelled: Cancelled) -> Iterator[tuple[str, RunPart]]:
        def options(name: str) -> dict[str, Any]:
            return {"box": box, "chunk": chunk, "resume": known.get(name), "cancelled": cancelled}

        methods = tuple(method for method in asked.methods if p in METHODS[method].norms)
        errors = robust_error(net, x, y, grid, p, methods=methods, attack=asked.attack, **options("error"))
        yield from _named("error", errors)
        for method in methods:
            name = f"radii {method}"
            yield from _named(name, sorted_radii(net, x, y, p, method, **options(name)))
        if net.hidden:
            yield from _named("sets", index_counts(net, x, grid, p, method=DUAL, **options("sets")))
        detections = detection(net, x, grid, p, method=DUAL, attack=asked.attack, **options("detection"))
        yield from _named("detection", detections)

    return run


def kept(known: Mapping[str, RunPart], earlier: RunSettings, asked: RunSettings) -> dict[str, RunPart]:
    """The results of an earlier run over the same points, norm and box that are results of the new question, too."""
    shared = {name: part for name, part in known.items() if name.startswith("radii ")}
    if earlier.grid == asked.grid:
        shared |= {name: part for name, part in known.items() if name in ("sets", "detection")}
        if (earlier.methods, earlier.attack) == (asked.methods, asked.attack):
            shared |= known
    wanted = {f"radii {method}" for method in asked.methods}
    return {name: part for name, part in shared.items() if name in wanted or not name.startswith("radii ")}


def affordable_attacks(network: Network, p: Norm) -> list[str]:
    """The attacks that measure in this norm and do not take minutes for a point of this network."""
    return [name for name, record in ATTACKS.items() if p in record.norms and not takes_minutes(network, record)]


def at_eps(chosen: NetworkAndData, asked: RunSettings, eps: float, known: Mapping[str, EpsPart]) -> Steps[EpsPart]:
    """The results at one eps: the attacks, and the gap between LP and dual. Those in `known` are kept.

    Attacks that take minutes for a point of this network are left out; those that may take long, the timed ones, come
    last.
    """
    x, y = chosen.x[: asked.points].astype(np.float64), chosen.y[: asked.points]

    def attacks(timed: bool, cancelled: Cancelled) -> Iterator[tuple[str, EpsPart]]:
        for name in affordable_attacks(chosen.network, asked.p):
            if cancelled():
                return
            if ATTACKS[name].timed == timed and name not in known:
                started = time.perf_counter()
                attacked = attack(chosen.network, x, y, name, eps=eps, p=asked.p, box=asked.box)
                seconds = time.perf_counter() - started
                yield name, AttackOutcome(eps, attacked.success, attacked.distances, seconds)

    def run(cancelled: Cancelled) -> Iterator[tuple[str, EpsPart]]:
        yield from attacks(False, cancelled)
        if asked.p in METHODS["lp"].norms and eps > 0:
            options: dict[str, Any] = {"box": asked.box, "cancelled": cancelled, "resume": known.get("gap")}
            gap = lp_gap(chosen.network, x, y, eps, asked.p, method=DUAL, **options)
            yield from _named("gap", gap)
        yield from attacks(True, cancelled)

    return run


def _named(name: str, results: Iterable[T]) -> Iterator[tuple[str, T]]:
    return ((name, result) for result in results)


def _in_memory(chosen: NetworkAndData, steps: Steps[T]) -> Steps[T]:
    """The same steps within reserved memory. They raise a NoRoomError, which the page shows, if it is too small."""

    def run(cancelled: Cancelled) -> Iterator[tuple[str, T]]:
        with BUDGET.reserve(certification_bytes(chosen.network), REMEDY):
            yield from steps(cancelled)

    return run


@session_resource(end=Worker.halt)
def data_run(
    key: tuple[str, RunSettings],
    times: int,
    _chosen: NetworkAndData,
    _asked: RunSettings,
    _known: Mapping[str, RunPart],
) -> Worker[RunPart]:
    """The session's only run over a data set."""
    return Worker(_in_memory(_chosen, steps(_chosen, _asked, _known)), _known, title="data-set run")


@session_resource(end=Worker.halt)
def eps_run(
    about: str, eps: float, times: int, _chosen: NetworkAndData, _asked: RunSettings, _known: Mapping[str, EpsPart]
) -> Worker[EpsPart]:
    """The session's only run at one eps."""
    return Worker(_in_memory(_chosen, at_eps(_chosen, _asked, eps, _known)), _known, title="run of attacks")


@dataclass(frozen=True, eq=False)
class Earlier:
    """The latest runs. The next ones take over the results that do not depend on what has changed."""

    about: str  # the network, the points, norm and box
    asked: RunSettings
    eps: float
    run: Worker[RunPart]
    at_eps: Worker[EpsPart]
