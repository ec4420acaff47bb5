"""A bracket of one point's minimal perturbation: a lower bound, an upper bound, and its witness."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import torch

from certify.bounds.proof import proved_unit_bounds
from certify.perturbation.points import Points
from certify.regions.witnesses import Witnesses
from geometry.network.affine import Dense
from geometry.network.rounding import EPSILON
from geometry.norms import Array, row_norms

OPTIMALITY = 1e-5  # relative gap between the bounds at which the minimal perturbation counts as exact
RIM = 1e-8  # relative width searched beyond eps: any positive share will do, a larger one costs more regions
TINY = 1e-290  # width searched beyond eps where eps is 0
HORIZON = 2.0**32  # in units of 1 + |x|: where a search ends without a box or a witness
STRETCHES_BEYOND = np.ldexp(1.0, np.arange(-52, -16))  # relative steps further out, from the last bit up
NEGLIGIBLE = OPTIMALITY / 10  # a relative gain in the upper bound that is not worth exact arithmetic
REPORT_EVERY = 0.05  # seconds between two reports to the caller: a limit of 20 a second

Progress = Callable[["Bracket"], None]


def bounds_meet(lower: float, upper: float) -> bool:
    """Whether bounds of the minimal perturbation differ by at most OPTIMALITY, relatively."""
    return lower >= (1 - OPTIMALITY) * upper if math.isfinite(upper) else math.isinf(lower)


class Bracket:
    """lower <= min ||delta||_p <= upper over perturbations that reach another class; every method narrows it.

    `upper` is the distance, rounded up, of `witness`, a point of the box at which f_label - f_s <= 0 for some s in real
    arithmetic, by more than the rounding error of a float64 forward pass or by exact arithmetic. Nothing else
    lowers it. `lower` never falls and never passes `upper`; it takes bounds that hold in real arithmetic.

    Parameters
    ----------
    point : one, with the class to be left
    eps : if given, the search only decides whether the minimal perturbation is larger
    progress : called with the bracket when a bound changes, at most every 0.05 s
    """

    def __init__(
        self,
        point: Points,
        *,
        eps: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.point, self.network, self.p, self.low, self.high = point, point.exact, point.p, point.low, point.high
        self.x, self.label = point.x64[0], int(point.labels[0])
        self.eps, self._progress = eps, progress
        self.lower, self.upper = 0.0, math.inf
        self.witness: Array | None = None
        corner = np.maximum(np.maximum(self.high - self.x, self.x - self.low), 0)
        farthest = self._rounded_up(row_norms(corner[None], self.p))
        self.farthest = float(farthest[0])  # point of the box, infinite without one
        scale = HORIZON * (1 + float(np.abs(self.x).max(initial=0)))
        self.horizon = 2 * self.farthest if math.isfinite(self.farthest) else scale
        self._witnesses = Witnesses(self.network)
        self._reported, self._shown = -math.inf, (-1.0, math.inf)
        self.offer(self.x[None])
        if self._constant():
            self.raise_lower(math.inf)

    @property
    def optimal(self) -> bool:
        """Whether the bounds meet."""
        return bounds_meet(self.lower, self.upper)

    @property
    def settled(self) -> bool:
        """Whether the search can end: the bounds have met, or decide about eps."""
        return self.optimal or self.safe or self.lower >= self.horizon or self.vulnerable

    @property
    def vulnerable(self) -> bool:
        """Whether the witness is within eps."""
        return self.eps is not None and self.upper <= self.eps

    @property
    def safe(self) -> bool:
        """Whether nothing of another class is within eps."""
        return self.eps is not None and self.lower > self.eps

    @property
    def cutoff(self) -> float:
        """The distance from which on regions and witnesses do not matter."""
        nearest = min(self.upper, self.horizon)
        return nearest if self.eps is None else min(nearest, self.eps * (1 + RIM) + TINY)

    def unit_bounds(self, radius: float) -> list[tuple[Array, Array]]:
        """Per hidden layer (lower, upper) of every unit, (units,), while x moves by at most `radius` inside the box.

        The better of CROWN and intervals, widened by their rounding errors.
        """
        ball = self.point.ball(radius)
        interval, crown = (proved_unit_bounds(self.network, ball, method) for method in ("interval", "crown"))
        tightest = []
        for naive, tight in zip(interval, crown):
            lower = torch.maximum(naive[0], tight[0]).flatten().numpy()
            upper = torch.minimum(naive[1], tight[1]).flatten().numpy()
            tightest.append((lower, upper))
        return tightest

    def offer(self, points: Array, *, exactly: bool = True) -> bool:
        """Take the nearest of `points` (m, input_units) as the witness if it is adversarial and nearer than before.

        Where floats cannot decide, exact arithmetic does (`exactly`), if that may gain something and a forward pass
        shows the other class, so that users can reproduce it. At x itself the forward pass need not show it.
        """
        points = np.clip(points, self.low, self.high)
        distances = self._rounded_up(row_norms(points - self.x, self.p))
        nearer = np.flatnonzero(distances < self.upper)
        if not len(nearer):
            return False
        nearer = nearer[np.argsort(distances[nearer])]
        sure, open_ = self._witnesses.judged(points[nearer], self.label)
        adversarial = nearer[sure][:1]
        best = float(distances[adversarial].min(initial=self.upper))
        candidates = nearer[open_]
        candidates = candidates[distances[candidates] < best * (1 - NEGLIGIBLE)]
        if exactly and len(candidates):
            seen = (self._witnesses.margins(points[candidates], self.label)[0] <= 0).any(axis=1)
            candidates = candidates[seen | (distances[candidates] == 0)]
            lost = candidates[self._witnesses.exactly(points[candidates], self.label)]
            adversarial = lost[:1] if len(lost) else adversarial
        if not len(adversarial):
            return False
        self.witness, self.upper = points[adversarial[0]], float(distances[adversarial[0]])
        self.lower = min(self.lower, self.upper)
        self.report()
        return True

    def offer_beyond(self, point: Array) -> bool:
        """Offer a point (input_units,) on the decision boundary, or further out where rounding has kept its class."""
        if self.offer(point[None], exactly=False):
            return True
        return self.offer(self.x + np.outer(1 + np.append(0.0, STRETCHES_BEYOND), point - self.x))

    def raise_lower(self, bound: float) -> None:
        """Raise the lower bound to `bound`; to infinity where it exceeds the farthest point of the box."""
        bound = math.inf if bound > self.farthest else float(bound)
        if bound > self.lower:
            self.lower = min(bound, self.upper)
            self.report()

    def _rounded_up(self, lengths: Array) -> Array:
        """At least the exact norms of computed differences.

        There are at most d + 4 roundings, in l-infinity one. Two more may be of numbers near zero, where a rounding is
        half of the smallest number: `nextafter` covers these.
        """
        roundings = 1 if self.p == math.inf else len(self.x) + 4
        return np.where(lengths == 0, 0.0, np.nextafter(lengths * (1 + roundings * EPSILON), math.inf))

    def _constant(self) -> bool:
        """Whether the label's logit is above every other by a positive constant: their last weights are the same."""
        last = self.network.layers[-1].affine
        if not isinstance(last, Dense):
            return False
        weight, bias = last.weight.detach().numpy(), last.bias.detach().numpy()
        others = np.delete(np.arange(len(bias)), self.label)
        return bool((weight[others] == weight[self.label]).all() and (bias[others] < bias[self.label]).all())

    def report(self, *, last: bool = False) -> None:
        """Call `progress` if a bound has changed, at most every REPORT_EVERY seconds."""
        if self._progress is None or (self.lower, self.upper) == self._shown:
            return
        now = time.perf_counter()
        if last or now - self._reported >= REPORT_EVERY:
            self._reported, self._shown = now, (self.lower, self.upper)
            self._progress(self)
