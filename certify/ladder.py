"""The ladder of one point: lower bounds, attacks and the exact search, in the order of their expected time."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from queue import SimpleQueue
from threading import Event
from typing import Any

import numpy as np
from torch import nn

from certify import tuning
from certify.attacks import ATTACKS, attacked
from certify.bounds.certificates import CERTIFICATES
from certify.bounds.radius import certified_radii
from certify.bounds.tightness import TESTABLE, tightness_at
from certify.exact.bisection import smallest_ball
from certify.exact.minimal_perturbation import MinimalPerturbation, minimal_perturbations
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import Points, checked_points
from certify.regions.bracket import Bracket, bounds_meet
from certify.rungs import EXACT, STEPS, Rung, affordable, applicable, expected_seconds
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, never
from geometry.distances.distances import distances
from geometry.network.network import Network
from geometry.norms import Array, Norm

FARTHEST_BALL = 1e4  # factor of min(d_B, d_D) up to which an attack's radius is sought without a box, or 10 d_D


def ladder(
    network: nn.Module | Network,
    x: Numbers,
    p: Norm,
    *,
    box: BoxLike | None = None,
    labels: Numbers | None = None,
    methods: Sequence[str] | None = None,
    time_limit: float = 10.0,
    cancelled: Cancelled | None = None,
    whole: bool = False,
) -> Iterator[Rung]:
    """Yield the rungs of one point as they are reached, in the order of their expected time.

    Once a lower and an upper bound meet, no further method runs. Before a method that takes long, the exact search runs
    for the expected time of that method.

    Parameters
    ----------
    network : torch module or Network
    x : (1, *input_shape)
    p : 1, 2 or math.inf
    box : (lo, hi); only perturbations inside it count
    labels : (1,) the class to change; without it the predicted one
    methods : names of STEPS; without them all that are `affordable`. They come in the order of their expected time
        (`certify.costs`)
    time_limit : seconds for the exact method, which runs in a thread of its own, and for the linear-region attack; the
        other methods have no limit
    cancelled : called often, also within a rung; True ends the ladder
    whole : run all methods, also after bounds have met

    Closing the iterator stops the exact method as well.

    Raises
    ------
    ValueError
        For more than one point, an unknown or inapplicable method, and as the methods themselves.
    """
    points = checked_points(network, x, labels, p, box).in_float64()
    if len(points) != 1:
        raise ValueError(f"x must be one point (1, *input_shape), got shape {points.shape}")
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be at least 0 seconds, got {time_limit}")
    possible, requested = applicable(points.exact, p), affordable(points.exact, p) if methods is None else methods
    if wrong := [name for name in requested if name not in possible]:
        raise ValueError(f"methods for this network and p = {p} are {', '.join(possible)}, got {wrong[0]!r}")
    chosen = tuple(name for name in possible if name in requested)
    return _Climb(points, chosen, time_limit, cancelled or never, whole).rungs()


class _Climb:
    """The ladder's state: the methods still to run, and the best bounds so far."""

    def __init__(
        self, point: Points, methods: tuple[str, ...], time_limit: float, cancelled: Cancelled, whole: bool
    ) -> None:
        network, p = point.exact, point.p
        self.point, self.time_limit, self.cancelled, self.whole = point, time_limit, cancelled, whole
        self.seconds = {name: expected_seconds(network, name, p, time_limit) for name in methods}
        self.waiting = sorted(methods, key=self.seconds.__getitem__)
        self.lower, self.upper, self.decided = 0.0, math.inf, False
        self.tried = 0.0  # seconds of the last exact search that did not close

    def rungs(self) -> Iterator[Rung]:
        while self.waiting and not self.cancelled() and (self.whole or not self.decided):
            name = self.waiting[0]
            if name != "exact" and "exact" in self.waiting:
                yield from self._sooner(min(self.seconds[name], self.time_limit))
                if self.decided and not self.whole:
                    return
            self.waiting.remove(name)
            yield from self._noted(self._exact(self.time_limit) if name == "exact" else self._rung(name))

    def _sooner(self, seconds: float) -> Iterator[Rung]:
        """The exact search for the expected time of another method; if it closes, it does not run again."""
        if seconds < max(tuning.WORTH_TRYING, 2 * self.tried):
            return
        self.tried = seconds
        for rung in self._noted(self._exact(seconds)):
            if rung.tight:
                self.waiting.remove("exact")
            yield replace(rung, final=rung.tight)  # if it does not close, it runs again later

    def _noted(self, rungs: Iterator[Rung]) -> Iterator[Rung]:
        for rung in rungs:
            self.lower, self.upper = max(self.lower, rung.lower), min(self.upper, rung.upper)
            self.decided = self.decided or rung.tight or bounds_meet(self.lower, self.upper)
            yield rung

    def _rung(self, name: str) -> Iterator[Rung]:
        started, step = time.perf_counter(), STEPS[name]
        reached = None
        with CancelScope(self.cancelled, partial=True):
            lower = step.kind == "lower"
            reached = _lower(self.point, name) if lower else _upper(self.point, name, self.time_limit)
        if reached is None:
            return
        lower_bound, upper_bound, witness, tight = reached
        seconds = time.perf_counter() - started
        yield Rung(name, step.kind, lower_bound, upper_bound, seconds, step.line, witness, tight)

    def _exact(self, seconds: float) -> Iterator[Rung]:
        return _exact(self.point, seconds, self.cancelled)


def _lower(point: Points, name: str) -> tuple[float, float, Array | None, bool]:
    radius = float(certified_radii(point, name)[0])
    candidate = _touching(point, name, radius) if 0 < radius < math.inf else None
    bracket = Bracket(point)
    if candidate is not None:
        bracket.offer_beyond(candidate.reshape(-1))
    tight = math.isinf(radius) or (math.isfinite(bracket.upper) and bounds_meet(radius, bracket.upper))
    witness = bracket.witness.reshape(point.shape[1:]) if tight and bracket.witness is not None else None
    return radius, bracket.upper if tight else math.inf, witness, tight


def _touching(point: Points, name: str, radius: float) -> Array | None:
    """The point at which a lower bound may be attained, if the method names one."""
    if name in CERTIFICATES:
        return CERTIFICATES[name].witness(point)
    if name not in TESTABLE:
        return None
    measured = tightness_at(point, radius, name)
    bound = measured.bound[0].copy()
    bound[point.labels[0]] = np.inf
    nearest = int(bound.argmin())
    return np.asarray(measured.points[0, nearest]) if measured.exact[0, nearest] else None


def _upper(point: Points, name: str, time_limit: float) -> tuple[float, float, Array | None, bool]:
    bracket = Bracket(point)
    if ATTACKS[name].needs_eps:
        _smallest_ball(name, bracket)
    else:
        limit: dict[str, Any] = {"seconds": time_limit} if ATTACKS[name].timed else {}
        bracket.offer(attacked(point, name, **limit).points.reshape(1, -1).numpy())
    witness = None if bracket.witness is None else bracket.witness.reshape(point.shape[1:])
    return 0.0, bracket.upper, witness, bracket.upper == 0


def _smallest_ball(name: str, bracket: Bracket) -> None:
    """The attack in smaller and smaller balls, from the box's corner or a distant radius down to min(d_B, d_D)."""
    point = bracket.point
    near = distances(point.exact, point.images, point.p)
    sizes = [size for size in (float(near.d_B[0]), float(near.d_D[0])) if 0 < size < math.inf] or [1.0]
    corner = float(np.linalg.norm(np.maximum(bracket.x - point.low, point.high - bracket.x), point.p))
    high = corner if math.isfinite(corner) else max(FARTHEST_BALL * min(sizes), 10 * max(sizes))
    smallest_ball(bracket, name, min(*sizes, high / 2), high)


def _exact(point: Points, time_limit: float, cancelled: Cancelled) -> Iterator[Rung]:
    """The interval as it narrows, computed in a thread, so that the caller can show it, and stop, at any time."""
    reports: SimpleQueue[MinimalPerturbation | None] = SimpleQueue()
    stop = Event()

    def search() -> list[MinimalPerturbation]:
        return minimal_perturbations(
            point,
            time_limit,
            report=lambda _, so_far: reports.put(so_far),
            cancelled=lambda: stop.is_set() or cancelled(),
        )

    pool = ThreadPoolExecutor(1, thread_name_prefix="minimal-perturbation")
    try:
        future: Future[list[MinimalPerturbation]] = pool.submit(copy_context().run, search)  # with the scopes around
        future.add_done_callback(lambda _: reports.put(None))
        while (so_far := reports.get()) is not None:
            yield replace(_exact_rung(so_far), tight=False, final=False)
        last = _exact_rung(future.result()[0])
        yield last if last.tight else replace(last, final=not cancelled())
    finally:
        stop.set()
        pool.shutdown(wait=False)


def _exact_rung(result: MinimalPerturbation) -> Rung:
    bounds = result.lower, result.upper
    return Rung("exact", "exact", *bounds, result.seconds, EXACT.line, result.witness, result.optimal)
