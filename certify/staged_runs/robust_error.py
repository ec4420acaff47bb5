"""The robust error of a network at one eps: each point is wrong, attacked, proved or open.

Cheap methods come first, and only points that are still open go on to the next one: bounds and certificates, the
attack, dear bounds, and at last the exact search.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from certify.attacks import ATTACKS, attacked, check_attack
from certify.bounds.certificates import CERTIFICATES
from certify.bounds.float32_proof import proved_in_float32
from certify.bounds.methods import METHODS
from certify.bounds.proof import proved
from certify.dataset.robust_error import check_proofs, predictions
from certify.exact.verify import verify
from certify.perturbation.arithmetic import Covers, arithmetic
from certify.perturbation.perturbation import Numbers, checked_radius
from certify.perturbation.points import Points, checked_points
from certify.rungs import expected_seconds_at_eps
from certify.staged_runs.answers import Answers, Column, Values
from certify.staged_runs.chunks import TIMED
from certify.staged_runs.run import Run, Stage, stage
from geometry.box import BoxLike
from geometry.computation.cancellation import CancelledError
from geometry.network.network import Network
from geometry.norms import Norm

STATES = ("wrong", "attacked", "proved", "open")
WRONG, ATTACKED, PROVED, OPEN = STATES
DECIDED, TIMEOUT, UNKNOWN, ERROR = "decided", "timeout", "unknown", "error"  # how an exact search ended
USUAL = ("interval", "crown-interval", "fast-lin", "crown")  # the methods if none are named: those that are cheap
PREDICTION, EXACT = "prediction", "exact"
COLUMNS = (
    Column("predicted", -1),
    Column("state", OPEN),
    Column("by", ""),
    Column("search", ""),
    Column("note", ""),
)


def robust_error_run(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: float,
    p: Norm,
    *,
    methods: Sequence[str] | None = None,
    attack: str = "pgd",
    exact: float = 0.0,
    box: BoxLike | None = None,
    covers: Covers = "real",
    device: str = "cpu",
    float32_first: bool | None = None,
) -> Run:
    """The run that decides every point at one eps.

    Its columns: `predicted`, the class of the unchanged point; `state`, one of STATES; `by`, the method that decided;
    `search`, how the exact search ended ("decided", "timeout", "unknown" where it has nothing left to try, "error");
    `note`, the error's message. A point whose search did not decide stays open.

    Parameters
    ----------
    methods : of `certify.METHODS` or `certify.CERTIFICATES`, in any order; may be empty. Without them those of USUAL
    attack : of `certify.attacks.ATTACKS`; "" for none
    exact : seconds of the exact search for each point that all other methods leave open; 0 for none
    device : "cpu", or a GPU such as "cuda" for attacks and for proofs in float32
    float32_first : whether bounds are computed in float32 first, and in float64 for points that this leaves open. Both
        prove the same of the float64 weights (`certify.bounds.float32_proof`). None: on a GPU

    Other arguments, and errors, as for `certify.robust_error`.
    """
    points = checked_points(network, x, labels, p, box)
    radius = checked_radius(eps)
    if methods is None:
        methods = [name for name in USUAL if p in METHODS[name].norms]
    check_proofs(points, methods, covers)
    check_attack(attack, p, optional=True)
    if not exact >= 0:
        raise ValueError(f"the exact search takes at least 0 seconds, got {exact}")
    seconds = {
        name: expected_seconds_at_eps(points.exact, name, p, TIMED) for name in (*methods, *filter(None, [attack]))
    }
    stages = [stage(PREDICTION, predicted, points.exact, 0.0)]
    single = covers == "real" and (device != "cpu" if float32_first is None else float32_first)
    ordered = sorted(seconds, key=seconds.__getitem__)
    for name in ordered:
        answer = Attacked(name, radius, device) if name in ATTACKS else Proved(name, radius, covers, device, single)
        stages.append(stage(name, answer, points.exact, seconds[name]))
    if exact > 0:
        stages.append(Stage(EXACT, Searched(radius, exact, covers), 1, exact))
    settings = {
        "eps": radius,
        "methods": [name for name in ordered if name in methods],
        "attack": attack,
        "exact": exact,
        "covers": covers,
    }
    return Run("robust-error", points, settings, COLUMNS, tuple(stages), is_open, summary)


def is_open(answers: Answers) -> NDArray[np.bool_]:
    """(n,) the points that are not decided."""
    return np.asarray(answers["state"] == OPEN, dtype=bool)


def summary(answers: Answers) -> Mapping[str, float]:
    """Of the points whose class is known: how many are in each state, and what follows for the robust error.

    "robust error, at least" counts points that are wrong or attacked, "at most" those that are not proved.
    """
    known = answers.done[:, 0]
    states, total = answers["state"][known], max(1, int(known.sum()))
    counts = {state: int((states == state).sum()) for state in STATES}
    return {
        "clean error": counts[WRONG] / total,
        "robust error, at least": (counts[WRONG] + counts[ATTACKED]) / total,
        "robust error, at most": 1 - counts[PROVED] / total,
        **counts,
    }


def predicted(points: Points) -> Values:
    """The predicted classes; points of another class than their label are wrong."""
    classes = predictions(points)
    right = classes == points.labels
    return {"predicted": classes, "state": _text(right, OPEN, WRONG), "by": _text(right, "", PREDICTION)}


@dataclass(frozen=True)
class Proved:
    """Which points a bounding method or a certificate proves at eps."""

    method: str
    eps: float
    covers: Covers = "real"
    device: str = "cpu"
    float32_first: bool = False

    def __call__(self, points: Points) -> Values:
        return _decided(self.holds(points), PROVED, self.method)

    def holds(self, points: Points) -> NDArray[np.bool_]:
        if self.method in CERTIFICATES:  # nothing *nearer* than a certificate's radius has another class
            return np.asarray((CERTIFICATES[self.method].run(points) > self.eps).numpy(), dtype=bool)
        holds = np.zeros(len(points), dtype=bool)
        if self.float32_first:
            holds = proved_in_float32(points, self.eps, self.method, self.device)
        left = np.flatnonzero(~holds)
        holds[left] = proved(points[left], self.eps, self.method, arithmetic(self.covers))
        return holds


@dataclass(frozen=True)
class Attacked:
    """Which points an attack moves to another class within eps."""

    method: str
    eps: float
    device: str = "cpu"

    def __call__(self, points: Points) -> Values:
        outcome = attacked(points.on(self.device), self.method, self.eps)
        return _decided(outcome.success, ATTACKED, self.method)


@dataclass(frozen=True)
class Searched:
    """Which points an exact search of so many seconds decides."""

    eps: float
    seconds: float
    covers: Covers

    def __call__(self, points: Points) -> Values:
        parts = [self._one(points.point(i)) for i in range(len(points))]
        return {
            name: np.array([part[name] for part in parts], dtype=object) for name in ("state", "by", "search", "note")
        }

    def _one(self, point: Points) -> dict[str, str]:
        open_ = {"state": OPEN, "by": "", "note": ""}
        started = time.perf_counter()
        try:
            verdict = verify(
                point.exact, point.images, point.labels, self.eps, point.p,
                box=point.box, time_limit=self.seconds, covers=self.covers,
            )[0]  # fmt: skip
        except CancelledError:
            raise
        except Exception as error:  # one point's failure, of a solver or for want of memory, leaves the others alone
            return {**open_, "search": ERROR, "note": f"{type(error).__name__}: {error}"}
        if verdict.status == "unknown":
            late = time.perf_counter() - started >= self.seconds
            return {**open_, "search": TIMEOUT if late else UNKNOWN}
        state = PROVED if verdict.status == "robust" else ATTACKED
        return {**open_, "state": state, "by": verdict.method, "search": DECIDED}


def _decided(holds: NDArray[np.bool_], state: str, method: str) -> Values:
    return {"state": _text(holds, state, OPEN), "by": _text(holds, method, "")}


def _text(holds: NDArray[np.bool_], then: str, otherwise: str) -> NDArray[Any]:
    return np.where(holds, np.array(then, dtype=object), np.array(otherwise, dtype=object))
