"""The ladder of one point: lower bounds climb, attacks descend, and the exact value lies where they meet."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event
from typing import Any, Literal

import numpy as np
from torch import nn

from certify.attacks import METHODS as ATTACKS
from certify.attacks import attack
from certify.bisection import smallest_ball
from certify.bracket import OPTIMALITY, Bracket
from certify.interrupt import Interrupted, interruptible
from certify.methods import METHODS
from certify.minimal_perturbation import MinimalPerturbation, minimal_perturbation
from certify.points import Points, checked_points
from certify.radius import certified_radius
from certify.tightness import TESTABLE, tightness
from geometry import distances, theorem_3_1
from geometry.box import BoxLike
from geometry.network import Network
from geometry.norms import Array, Norm

Kind = Literal["lower", "upper", "exact"]

WIDEST = 1e4  # without a box, an attack's radius is sought up to so many times min(d_B, d_D), or 10 d_D
LARGEST = {"alpha-crown": 2_000_000, "linear-region": 200_000, "lp": 200_000}  # units times inputs: beyond, minutes


@dataclass(frozen=True)
class Step:
    """What a name on the ladder stands for."""

    kind: Kind
    line: str


STEPS: dict[str, Step] = {  # cheapest first
    "simplex": Step("lower", "min(d_B, d_D): no unit switches and the class stays, in this linear region."),
    "decision-boundary": Step("lower", "How far a two-layer network's decision boundary must stay, by its weights."),
    "interval": Step("lower", "Every unit's range from the ranges below it, as if units were independent."),
    "crown-interval": Step("lower", "CROWN's lines between interval bounds: quick and often tighter than intervals."),
    "fast-lin": Step("lower", "Each unstable unit between two parallel lines, traced back to the input; KW's dual."),
    "crown": Step("lower", "As Fast-Lin, with the lower line that leaves less area."),
    "fgsm": Step("upper", "One step along the gradient's signs, with the smallest step that changes the class."),
    "deepfool": Step("upper", "Steps onto the nearest decision hyperplane of the current linear region."),
    "pgd": Step("upper", "Many gradient steps inside the ball, with the smallest ball that lets the class change."),
    "alpha-crown": Step("lower", "CROWN with every unstable unit's lower line chosen to prove the most."),
    "cw": Step("upper", "Carlini and Wagner: distance and margin minimised together."),
    "linear-region": Step("upper", "The nearest point of another class in one linear region, then in its neighbours."),
    "lp": Step("lower", "The best that any lines through a unit's convex hull can prove, by linear programming."),
    "exact": Step("exact", "The minimal perturbation itself, enclosed from both sides: regions, branch and bound."),
}


@dataclass(frozen=True, eq=False)
class Rung:
    """What one method says of a point's minimal perturbation: lower <= min ||delta||_p <= upper.

    A "lower" bound is proved and has upper = infinity unless it is tight; an "upper" one is an attack's and has
    lower = 0; "exact" rungs have both, and come several times as they narrow, the last one with `final`. `witness`
    (*input_shape) float64 is a point of another class that attains `upper`. `tight`: this rung is the minimal
    perturbation itself, to 1e-5, and shows it: a lower bound by a witness at its own radius (Tight's test; Theorem
    3.1), the exact method by its bounds' meeting. `seconds` are this method's own so far; `line` says what it is.
    """

    name: str
    kind: Kind
    lower: float
    upper: float
    seconds: float
    line: str
    witness: Array | None = None
    tight: bool = False
    final: bool = True

    @property
    def value(self) -> float:
        """The bound: of an exact rung the proved, lower one."""
        return self.upper if self.kind == "upper" else self.lower


def applicable(network: Network, p: Norm) -> tuple[str, ...]:
    """The names of STEPS that make sense for this norm and network, cheapest first."""
    fits = {
        "decision-boundary": p == 2 and len(network.hidden) == 1,
        **{name: p in method.norms for name, method in METHODS.items()},
        **{name: p in method.norms for name, method in ATTACKS.items()},
    }
    return tuple(name for name in STEPS if fits.get(name, True))


def affordable(network: Network, p: Norm) -> tuple[str, ...]:
    """Those of them that do not take minutes on a network of this size."""
    size = network.input_units * sum(network.widths)
    return tuple(name for name in applicable(network, p) if size <= LARGEST.get(name, math.inf))


def ladder(
    network: nn.Module | Network,
    x: Any,
    p: Norm,
    *,
    box: BoxLike | None = None,
    labels: Any = None,
    methods: Sequence[str] | None = None,
    time_limit: float = 10.0,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Rung]:
    """Yield the rungs of one point as they are reached, cheapest method first.

    Parameters
    ----------
    network : torch module or Network
    x : (1, *input_shape)
    p : 1, 2 or math.inf
    box : (lo, hi); only perturbations inside it count
    labels : (1,) the class to be left; without it the predicted one
    methods : names of STEPS; without them all that are `affordable`. They come in the order of STEPS
    time_limit : seconds for the exact method, which works in a thread of its own, and for the linear-region attack; the
        others take what they take
    cancelled : asked often, also within a rung; True ends the ladder

    Closing the iterator stops the exact method as well.

    Raises
    ------
    ValueError
        For more than one point, an unknown or inapplicable method, and as the methods themselves.
    """
    points = checked_points(network, x, labels, p, box)
    if len(points) != 1:
        raise ValueError(f"x must be one point (1, *input_shape), got shape {points.shape}")
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be at least 0 seconds, got {time_limit}")
    known, wanted = applicable(points.exact, p), affordable(points.exact, p) if methods is None else methods
    if wrong := [name for name in wanted if name not in known]:
        raise ValueError(f"methods for this network and p = {p} are {', '.join(known)}, got {wrong[0]!r}")
    chosen = tuple(name for name in known if name in wanted)
    return _climb(_Question(points, box), chosen, time_limit, cancelled or (lambda: False))


@dataclass(frozen=True, eq=False)
class _Question:
    """One point, checked, with its box as it came."""

    points: Points
    box: BoxLike | None

    @property
    def image(self) -> Any:
        """(1, *input_shape) float64 tensor."""
        return self.points.x.double().cpu().reshape(self.points.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.points.shape[1:]

    def bracket(self) -> Bracket:
        """Nothing but the point itself looked at yet."""
        points = self.points
        return Bracket(points.exact, points.x64[0], int(points.labels[0]), points.p, points.low, points.high)


def _climb(
    question: _Question, methods: tuple[str, ...], time_limit: float, cancelled: Callable[[], bool]
) -> Iterator[Rung]:
    for name in methods:
        if cancelled():
            return
        if name == "exact":
            yield from _exact(question, time_limit, cancelled)
            continue
        started = time.perf_counter()
        try:
            with interruptible(cancelled):
                found = _lower(question, name) if STEPS[name].kind == "lower" else _upper(question, name, time_limit)
        except Interrupted:
            return
        seconds = time.perf_counter() - started
        lower, upper, witness, tight = found
        yield Rung(name, STEPS[name].kind, lower, upper, seconds, STEPS[name].line, witness, tight)


def _lower(question: _Question, name: str) -> tuple[float, float, Array | None, bool]:
    points = question.points
    radius = float(certified_radius(points.exact, question.image, points.p, name, points.labels, question.box)[0])
    candidate = _touching(question, name, radius) if 0 < radius < math.inf else None
    bracket = question.bracket()
    if candidate is not None:
        bracket.offer_beyond(candidate.reshape(-1))
    tight = math.isinf(radius) or (math.isfinite(bracket.upper) and radius >= (1 - OPTIMALITY) * bracket.upper)
    witness = bracket.witness.reshape(question.shape) if tight and bracket.witness is not None else None
    return radius, bracket.upper if tight else math.inf, witness, tight


def _touching(question: _Question, name: str, radius: float) -> Array | None:
    """The point at which a lower bound would be attained, if the method names one."""
    points = question.points
    if name == "simplex":
        return theorem_3_1(points.exact, question.image[0], points.p, question.box).witness
    if name not in TESTABLE or points.exact.classes < 2:
        return None
    found = tightness(points.exact, question.image, points.labels, radius, points.p, name, question.box)
    bound = found.bound[0].copy()
    bound[points.labels[0]] = np.inf
    nearest = int(bound.argmin())
    return np.asarray(found.points[0, nearest]) if found.exact[0, nearest] else None


def _upper(question: _Question, name: str, time_limit: float) -> tuple[float, float, Array | None, bool]:
    points, bracket = question.points, question.bracket()
    if ATTACKS[name].needs_eps:
        _smallest_ball(question, name, bracket)
    else:
        limit: dict[str, Any] = {"seconds": time_limit} if name == "linear-region" else {}
        found = attack(points.exact, question.image, points.labels, name, p=points.p, box=question.box, **limit)
        bracket.offer(found.points.reshape(1, -1).numpy())
    witness = None if bracket.witness is None else bracket.witness.reshape(question.shape)
    return 0.0, bracket.upper, witness, bracket.upper == 0


def _smallest_ball(question: _Question, name: str, bracket: Bracket) -> None:
    """The attack in ever smaller balls, from the box's corner or far away down to min(d_B, d_D)."""
    points = question.points
    near = distances(points.exact, question.image, points.p)
    sizes = [size for size in (float(near.d_B[0]), float(near.d_D[0])) if 0 < size < math.inf] or [1.0]
    corner = float(np.linalg.norm(np.maximum(points.x64[0] - points.low, points.high - points.x64[0]), points.p))
    high = corner if math.isfinite(corner) else max(WIDEST * min(sizes), 10 * max(sizes))
    smallest_ball(bracket, name, min(*sizes, high / 2), high)


def _exact(question: _Question, time_limit: float, cancelled: Callable[[], bool]) -> Iterator[Rung]:
    """The interval as it narrows: computed in a thread, so that it can be shown, and left, at any time."""
    points, step, started = question.points, STEPS["exact"], time.perf_counter()
    reports: SimpleQueue[tuple[float, float] | None] = SimpleQueue()
    stop = Event()

    def search() -> list[MinimalPerturbation]:
        return minimal_perturbation(
            points.exact,
            question.image,
            points.p,
            labels=points.labels,
            box=question.box,
            time_limit=time_limit,
            progress=lambda _, lower, upper: reports.put((lower, upper)),
            cancelled=lambda: stop.is_set() or cancelled(),
        )

    pool = ThreadPoolExecutor(1, thread_name_prefix="minimal-perturbation")
    try:
        future: Future[list[MinimalPerturbation]] = pool.submit(search)
        future.add_done_callback(lambda _: reports.put(None))
        while (known := reports.get()) is not None:
            yield Rung("exact", "exact", *known, time.perf_counter() - started, step.line, final=False)
        found = future.result()[0]
        yield Rung("exact", "exact", found.lower, found.upper, found.seconds, step.line, found.witness, found.optimal)
    finally:
        stop.set()
        pool.shutdown(wait=False)
