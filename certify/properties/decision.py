"""Whether a network has a property: a proof, a violation in exact arithmetic, or neither within the time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

import numpy as np
from torch import nn

from certify.exact.verify import verify
from certify.properties.ascent import largest_scores, random_starts
from certify.properties.property import Case, Interval, Property
from certify.properties.rational_points import exact_outputs
from certify.properties.shaping import Shaped, shaped
from certify.properties.splitting import splits_to_proof
from geometry.box import Box
from geometry.computation.cancellation import Cancelled, CancelScope, seconds_left
from geometry.network.affine import Shape
from geometry.network.network import Network, as_network
from geometry.network.rounding import EPSILON, doubled
from geometry.norms import Array

Status = Literal["holds", "violated", "unknown"]
Reason = Literal["", "time", "rounding"]  # why neither was found

FEW_INPUTS = 12  # that vary: up to which parts of the box are bounded before units are split
POINTS_SHARE = 0.5  # of the time, at most, in which points are tried first
SPLITTING_SHARE = 0.6  # of the time left for that; then region search and branch and bound
STARTS, STARTS_OF_MANY = 64, 4  # of the first search for points, where few inputs vary, and where many: limits of time
JUDGED = 4  # best points of one batch that are judged in exact arithmetic: a limit of time


@dataclass(frozen=True)
class Violation:
    """Inputs in the box of `case` whose outputs satisfy all its inequalities, as real numbers; in a row."""

    inputs: tuple[Fraction, ...]
    outputs: tuple[Fraction, ...]
    case: int


@dataclass(frozen=True)
class Decision:
    """Whether a network has a property.

    "holds": no input violates any case, proved. "violated": `violation` does, in exact arithmetic on the network's
    float64 weights. "unknown": neither was found; `reason` says whether the time was over, or rounding left it open.
    `methods` decided the boxes, in their order, and `seconds` is the time of all.
    """

    status: Status
    violation: Violation | None
    methods: tuple[str, ...]
    reason: Reason
    seconds: float


def decide_property(
    network: nn.Module | Network,
    prop: Property,
    input_shape: Shape,
    *,
    time_limit: float = 60.0,
    cancelled: Cancelled | None = None,
) -> Decision:
    """Decide a property within `time_limit` seconds.

    Cases on one box are decided together. Points are sought by gradient steps. Where few inputs vary, parts of the box
    are bounded by CROWN; then `certify.verify` decides, within most of the time.

    Parameters
    ----------
    network : torch module or Network, whose inputs and outputs in a row are those of the property
    input_shape : of one input
    cancelled : called often; with True the result is unknown

    Raises
    ------
    ValueError
        If the property is for another number of inputs or outputs, a number of it is beyond float64, or the time limit
        is negative.
    """
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be at least 0 seconds, got {time_limit}")
    exact = doubled(as_network(network, input_shape))
    for what, own, others in (
        ("inputs", exact.input_units, prop.inputs),
        ("outputs", exact.outputs, prop.outputs),
    ):
        if own != others:
            raise ValueError(f"the network has {own} {what}, and the property is for {others}")
    search = _Search(exact, prop, time.perf_counter())
    with CancelScope(cancelled, search.started + time_limit, partial=True):
        return search.decision()
    return search.decided("unknown", "time")


class _Search:
    """The search for a decision, box by box."""

    def __init__(self, network: Network, prop: Property, started: float) -> None:
        self.network, self.prop, self.started = network, prop, started
        self.violation: Violation | None = None
        self.methods: list[str] = []

    def decided(self, status: Status, reason: Reason = "") -> Decision:
        seconds = time.perf_counter() - self.started
        return Decision(status, self.violation, tuple(self.methods), reason, seconds)

    def decision(self) -> Decision:
        """The decision. Points are sought in every box first; then each box gets its share of the time left."""
        for number, case in enumerate(self.prop.cases):
            if not case.inequalities:  # any point of the box
                self._is_violation([(low + high) / 2 for low, high in case.box], [number])
                self.methods = ["points"]
                return self.decided("violated")
        boxes = _by_box(self.prop.cases)
        with CancelScope(deadline=time.perf_counter() + POINTS_SHARE * seconds_left(), partial=True):
            for numbers in boxes:
                if self._found(numbers):
                    self.methods = ["points"]
                    return self.decided("violated")
        reasons: set[Reason] = set()
        for k, numbers in enumerate(boxes):
            state: Status | Reason = "time"
            with CancelScope(deadline=time.perf_counter() + seconds_left() / (len(boxes) - k), partial=True):
                state = self._climbed(shaped(self.network, self._cases(numbers)), numbers)
            if state == "violated":
                return self.decided("violated")
            if state == "time" or state == "rounding":
                reasons.add(state)
        if not reasons:
            return self.decided("holds")
        return self.decided("unknown", "time" if "time" in reasons else "rounding")

    def _cases(self, numbers: Sequence[int]) -> list[Case]:
        return [self.prop.cases[number] for number in numbers]

    def _found(self, numbers: Sequence[int]) -> bool:
        """Whether some of the points that are tried first is a violation."""
        shape = shaped(self.network, self._cases(numbers))
        starts = random_starts(shape, STARTS if _few(shape) else STARTS_OF_MANY)
        return self._ascended(shape, starts, numbers)

    def _ascended(self, shape: Shaped, starts: Array, numbers: Sequence[int]) -> bool:
        """Whether gradient steps from the starts (n, inputs) meet a violation."""
        for points in largest_scores(shape, starts):
            if any(self._judged(shape, numbers, point) for point in points[:JUDGED]):
                return True
        return False

    def _judged(self, shape: Shaped, numbers: Sequence[int], point: Array) -> bool:
        """Whether a point (inputs,) of the shaped network, moved into the exact box, is a violation."""
        return self._is_violation([Fraction(value) for value in (point * shape.scale).tolist()], numbers)

    def _is_violation(self, inputs: Sequence[Fraction], numbers: Sequence[int]) -> bool:
        box = self.prop.cases[numbers[0]].box
        inside = tuple(min(max(value, low), high) for value, (low, high) in zip(inputs, box, strict=True))
        outputs = exact_outputs(self.network, inside)
        for number in numbers:
            if self.prop.cases[number].violated_at(inside, outputs):
                self.violation = Violation(inside, outputs, number)
                return True
        return False

    def _climbed(self, shape: Shaped, numbers: Sequence[int]) -> Status | Reason:
        """What is decided of the cases on one box, or why it is not."""
        if _few(shape):
            safe: bool | None = None
            with CancelScope(deadline=time.perf_counter() + SPLITTING_SHARE * seconds_left(), partial=True):
                safe = self._split(shape, numbers)
            if safe is not None:
                self.methods.append("splitting")
                return "holds" if safe else "violated"
        return self._verified(shape, numbers)

    def _split(self, shape: Shaped, numbers: Sequence[int]) -> bool | None:
        """What splitting the box decides."""
        cases = self._cases(numbers)
        alone = [Case(case.box, (inequality,)) for case in cases for inequality in case.inequalities]
        sizes = [len(case.inequalities) for case in cases]
        return splits_to_proof(shape, shaped(self.network, alone), sizes, partial(self._judged, shape, numbers))

    def _verified(self, shape: Shaped, numbers: Sequence[int]) -> Status | Reason:
        """The verdict of `certify.verify`, whose witness is judged by the exact property."""
        middle = np.clip(shape.low / 2 + shape.high / 2, shape.low, shape.high)
        reach = float(np.maximum(shape.high - middle, middle - shape.low).max())
        eps = math.nextafter(reach * (1 + 2 * EPSILON), math.inf) if reach > 0 else 0.0
        limit, x = seconds_left(), middle.reshape(1, *shape.network.input_shape)
        box = Box(*(bound.reshape(shape.network.input_shape) for bound in (shape.low, shape.high)))
        (verdict,) = verify(shape.network, x, [0], eps, math.inf, box=box, time_limit=limit)
        self.methods.append(verdict.method)
        if verdict.status == "robust":
            return "holds"
        if verdict.witness is None:
            return "time" if verdict.seconds >= limit else "rounding"
        witness = verdict.witness.ravel()
        if self._judged(shape, numbers, witness) or self._ascended(shape, witness[None], numbers):
            return "violated"
        return "rounding"


def _by_box(cases: Sequence[Case]) -> list[list[int]]:
    """The numbers of the cases, those with the same box together."""
    numbers: dict[tuple[Interval, ...], list[int]] = {}
    for number, case in enumerate(cases):
        numbers.setdefault(case.box, []).append(number)
    return list(numbers.values())


def _few(shape: Shaped) -> bool:
    """Whether few inputs vary."""
    return int((shape.low < shape.high).sum()) <= FEW_INPUTS
