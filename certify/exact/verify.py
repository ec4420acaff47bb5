"""Whether the class is safe within eps: methods in the order of their cost, until one of them decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import torch
from torch import nn

from certify.attacks import attacked
from certify.bounds.batches import largest_product
from certify.bounds.methods import DEFAULT_METHODS
from certify.bounds.proof import proved
from certify.exact import tuning
from certify.exact.bisection import L2_BOUND, l2_bound_applies
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.minimal_perturbation import LARGEST_REGION
from certify.exact.mip import MixedInteger
from certify.exact.region_search import RegionSearch
from certify.perturbation.arithmetic import REAL, Arithmetic, Covers, arithmetic
from certify.perturbation.perturbation import Numbers, checked_radii
from certify.perturbation.points import Points, checked_points
from certify.perturbation.rounding import proves_positive
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled, CancelScope, check_cancelled, seconds_left
from geometry.computation.cores import by_work
from geometry.network.network import Network
from geometry.norms import Array, Norm

Status = Literal["robust", "vulnerable", "unknown"]


@dataclass(frozen=True, eq=False)
class Verdict:
    """Whether any x' with ||x' - x||_p <= eps inside the box has another class than the label.

    "robust": none has, proved by a margin above its own rounding error. "vulnerable": `witness` (input_shape) float64
    has one, by a forward pass: f_label - f_s <= 0 for another class s. "unknown": the time limit ended the search.
    `method` decided, or ran last; `timings` are all methods that ran, with their seconds.
    """

    status: Status
    witness: Array | None
    method: str
    seconds: float
    timings: tuple[tuple[str, float], ...]


def verify(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    *,
    box: BoxLike | None = None,
    time_limit: float = 10.0,
    cancelled: Cancelled | None = None,
    covers: Covers = "real",
) -> list[Verdict]:
    """Decide per point: interval, Fast-Lin, CROWN, an attack, then exact methods.

    These are a search of the nearest regions and the linear relaxation, where they are cheap, in l2 SDP-CROWN, then
    branch and bound, and at last all regions. Verdicts are decided in float64.

    Parameters
    ----------
    network : torch module or Network
    x : (n, *input_shape)
    labels : (n,) integers
    eps : number or (n,), in the units of x
    p : 1, 2 or math.inf
    box : (lo, hi), optional; only perturbations inside it count
    time_limit : seconds per point; with 0 only the point itself is tested
    cancelled : called often; with True the remaining points are unknown
    covers : "real": of the float64 weights in real arithmetic. "float32": "robust" also holds for every forward pass of
        the converted network in float32, in any order of summation (see `certify.bounds.proof`). Only interval,
        Fast-Lin and CROWN prove that; other points are unknown. "vulnerable" is of real arithmetic in both

    Raises
    ------
    ValueError
        For a norm, eps, shape, label, box or time limit that does not fit, NaN in x, or an x outside the box.
    """
    if not time_limit >= 0:
        raise ValueError(f"time_limit must be at least 0 seconds, got {time_limit}")
    covered = arithmetic(covers)
    points = checked_points(network, x, labels, p, box).in_float64()
    radii = checked_radii(torch.as_tensor(eps, dtype=torch.float64), len(points)).numpy()
    basis = row_space(points.exact) if p == 2 and not points.boxed and len(points) else None
    verdicts = []
    for i in range(len(points)):
        if cancelled is not None and cancelled():
            verdicts.append(Verdict("unknown", None, "none", 0.0, ()))
        else:
            with by_work(largest_product(points.exact, 1)):
                climb = _Climb(points.point(i), float(radii[i]), time_limit, cancelled, basis, covered)
                verdicts.append(climb.verdict())
    return verdicts


@dataclass
class _Climb:
    """One point's search for a verdict, method by method."""

    point: Points
    eps: float
    time_limit: float
    cancelled: Cancelled | None
    basis: Array | None
    covered: Arithmetic
    started: float = field(default_factory=time.perf_counter)
    timings: list[tuple[str, float]] = field(default_factory=list)

    def verdict(self) -> Verdict:
        self.bracket = Bracket(self.point, eps=self.eps)
        safe = self._tried("prediction", self._witnessed)
        if safe is None and self.time_limit > 0:
            with CancelScope(self.cancelled, self.started + self.time_limit, partial=True):
                safe = self._climbed()
        return self._verdict("unknown" if safe is None else "robust" if safe else "vulnerable")

    def _climbed(self) -> bool | None:
        for name, rung in self._rungs():
            check_cancelled()
            safe = self._tried(name, rung)
            if safe and self.covered is not REAL and name not in DEFAULT_METHODS:
                return None  # proved in real arithmetic only, not for float32
            if safe is not None:
                return safe
        return None

    def _tried(self, name: str, rung: Callable[[], bool | None]) -> bool | None:
        """The rung's verdict; its time is recorded, also if it is cancelled."""
        before = time.perf_counter()
        try:
            return rung()
        finally:
            self.timings.append((name, time.perf_counter() - before))

    def _rungs(self) -> Iterator[tuple[str, Callable[[], bool | None]]]:
        network = self.bracket.network
        size = network.input_units * sum(network.widths)
        for name in DEFAULT_METHODS:
            yield name, partial(self._bound, name)
        yield "pgd", self._attack
        if size > LARGEST_REGION:
            return
        self.by_pattern = RegionsByPattern(network, self.bracket.x, self.basis)
        self.search = RegionSearch(self.bracket, self.by_pattern)
        if size <= tuning.SEARCHABLE or network.input_units == 2:
            yield "region search", self._near
            if self.bracket.p != 2:
                yield "lp", self._relaxation
        if l2_bound_applies(network, self.bracket.p):
            yield L2_BOUND, partial(self._bound, L2_BOUND)
        yield "branch and bound", self._branch
        yield "region search", self._regions

    def _verdict(self, status: Status) -> Verdict:
        witness = None
        if status == "vulnerable" and self.bracket.witness is not None:
            witness = self.bracket.witness.reshape(self.bracket.network.input_shape)
        method = self.timings[-1][0] if self.timings else "none"
        return Verdict(status, witness, method, time.perf_counter() - self.started, tuple(self.timings))

    def _witnessed(self) -> bool | None:
        """False if a witness within eps is known, else None."""
        return False if self.bracket.upper <= self.eps else None

    def _bound(self, name: str) -> bool | None:
        """True if the method's least margin is above its rounding error."""
        return True if proved(self.point, self.eps, name, self.covered)[0] else None

    def _attack(self) -> bool | None:
        bracket = self.bracket
        for method in ("pgd", "deepfool"):
            attempt = attacked(self.point, method, self.eps if method == "pgd" else None)
            bracket.offer(attempt.points.reshape(1, -1).numpy())
            if self._witnessed() is False:
                return False
        return None

    def _near(self) -> bool | None:
        """The nearest regions; on the plane all of them."""
        if self.bracket.network.input_units == 2:
            return self._regions()
        self.search.run(tuning.SEARCHED_FIRST, until=self._after(tuning.SEARCH_SHARE))
        return self._searched()

    def _relaxation(self) -> bool | None:
        """The least margins of the linear relaxation, from its dual."""
        program = MixedInteger(self.bracket, self.eps)
        others = (s for s in range(self.bracket.network.classes) if s != self.bracket.label)
        return True if all(proves_positive(program.relaxed_margin(s), program.error) for s in others) else None

    def _branch(self) -> bool | None:
        """Branch and bound, for most of the time left."""
        return BranchAndBound(self.bracket, self.eps, self.by_pattern).run(until=self._after(1 - tuning.SEARCH_SHARE))

    def _regions(self) -> bool | None:
        """All regions within eps."""
        self.search.run()
        return self._searched()

    def _searched(self) -> bool | None:
        return True if self.bracket.safe else self._witnessed()

    def _after(self, share: float) -> float:
        """The time at which this share of the time left is over."""
        return time.perf_counter() + share * seconds_left()
