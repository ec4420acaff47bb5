"""What is known so far of one point's minimal perturbation: a lower bound, an upper bound, and who gets to stop it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import torch

from certify.bounds import bounds
from certify.perturbation import perturbation
from certify.points import margins_at
from certify.rounding import bound_errors
from geometry.network import Network
from geometry.norms import Array, Norm

OPTIMALITY = 1e-5  # relative gap below which the minimal perturbation counts as found
RIM = 1e-8  # how far beyond eps one looks, relatively, to say that nothing is within eps
ROUNDED = 1e-12  # relative: what rounding may have added to a distance
WIDENED = 1e-9  # relative slack on bounds of units, besides their rounding error: for solvers with tolerances
OVERSHOOT = np.geomspace(1e-12, 1e-5, 15)  # relative steps further out
REPORT_EVERY = 0.05  # seconds between two reports to the caller

Progress = Callable[[float, float], None]  # (lower, upper)


class Bracket:
    """lower <= min ||delta||_p <= upper over perturbations that reach another class; every method narrows it.

    `upper` belongs to `witness`, a point of the box at which a float64 forward pass gives f_label - f_s <= 0 for
    some s, by more than rounding or with equal logits; nothing else lowers it. `lower` never falls and never passes
    `upper`.

    Parameters
    ----------
    network : float64, on the CPU
    x : (input_units,) float64 array
    label : the class to be left
    p : 1, 2 or math.inf
    low, high : (input_units,) arrays, infinite where there is no box
    eps : if given, all that is asked is whether the minimal perturbation is larger
    deadline : time.perf_counter() at which to stop
    progress : called with (lower, upper) when they change, at most every 0.05 s
    cancelled : asked often; True stops the search
    """

    def __init__(
        self,
        network: Network,
        x: Array,
        label: int,
        p: Norm,
        low: Array,
        high: Array,
        *,
        eps: float | None = None,
        deadline: float = math.inf,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self.network, self.x, self.label, self.p, self.low, self.high = network, x, label, p, low, high
        self.eps, self.deadline, self._progress, self._cancelled = eps, deadline, progress, cancelled
        self.lower, self.upper = 0.0, math.inf
        self.witness: Array | None = None
        self._reported, self._shown = -math.inf, (-1.0, math.inf)
        self.offer(x[None])
        if network.classes == 1:
            self.raise_lower(math.inf)

    @property
    def boxed(self) -> bool:
        return bool(np.isfinite(self.low).any() or np.isfinite(self.high).any())

    @property
    def image(self) -> torch.Tensor:
        """(1, *input_shape) the point as the batch functions take it."""
        return torch.from_numpy(self.x.reshape(1, *self.network.input_shape))

    @property
    def box(self) -> tuple[Array, Array] | None:
        """(lo, hi) of the input shape, None where nothing is bounded."""
        shape = self.network.input_shape
        return (self.low.reshape(shape), self.high.reshape(shape)) if self.boxed else None

    @property
    def optimal(self) -> bool:
        """Whether the bounds have met, up to OPTIMALITY."""
        return self.lower >= (1 - OPTIMALITY) * self.upper if math.isfinite(self.upper) else math.isinf(self.lower)

    @property
    def settled(self) -> bool:
        """Whether the bracket says all that is asked."""
        return self.optimal or self.safe or (self.eps is not None and self.upper <= self.eps)

    @property
    def safe(self) -> bool:
        """Whether nothing of another class is within eps, by more than rounding."""
        return self.eps is not None and self.lower > self.eps * (1 + RIM / 2)

    @property
    def cutoff(self) -> float:
        """The distance from which on nothing matters."""
        return self.upper if self.eps is None else min(self.upper, self.eps * (1 + RIM))

    @property
    def stopped(self) -> bool:
        """Out of time or cancelled."""
        return time.perf_counter() >= self.deadline or (self._cancelled is not None and self._cancelled())

    def seconds_left(self) -> float:
        return max(0.0, self.deadline - time.perf_counter())

    def unit_bounds(self, radius: float) -> list[tuple[Array, Array]]:
        """Per hidden layer (lower, upper) of every unit, (units,), while x moves by at most `radius` inside the box.

        The better of CROWN and intervals, widened by more than rounding could have taken away.
        """
        network, box = self.network, self.box
        interval, crown = (bounds(network, self.image, radius, self.p, method, box) for method in ("interval", "crown"))
        errors = bound_errors(network, perturbation(self.image, radius, self.p, box, network.input_shape))
        found = []
        for naive, tight, error in zip(interval[:-1], crown[:-1], errors):
            lower = torch.maximum(naive[0], tight[0]).flatten().numpy()
            upper = torch.minimum(naive[1], tight[1]).flatten().numpy()
            slack = error[0].numpy() + WIDENED * np.maximum(np.abs(lower), np.abs(upper))
            found.append((lower - slack, upper + slack))
        return found

    def offer(self, points: Array) -> bool:
        """Take the nearest of `points` (m, input_units) as the witness if it is adversarial and nearer than before."""
        points = np.clip(points, self.low, self.high)
        distances = np.linalg.norm(points - self.x, ord=self.p, axis=1)
        nearer = np.flatnonzero(distances < self.upper)
        if not len(nearer):
            return False
        margins, errors = margins_at(self.network, points[nearer], np.full(len(nearer), self.label))
        sure = margins < -errors
        adversarial = nearer[sure if sure.any() else margins == 0]
        if not len(adversarial):
            return False
        best = adversarial[distances[adversarial].argmin()]
        self.witness, self.upper = points[best], float(distances[best])
        self.lower = min(self.lower, self.upper)
        self.report()
        return True

    def offer_beyond(self, point: Array) -> bool:
        """Offer a point (input_units,) on the decision boundary, a little further out should rounding be against it."""
        return self.offer(point[None]) or self.offer(self.x + np.outer(1 + OVERSHOOT, point - self.x))

    def raise_lower(self, bound: float) -> None:
        """No perturbation smaller than `bound` changes the class, but for rounding of the bound."""
        bound = bound * (1 - ROUNDED)
        if bound > self.lower:
            self.lower = min(float(bound), self.upper)
            self.report()

    def report(self, *, last: bool = False) -> None:
        """Tell the caller what is known, unless it was told a moment ago."""
        if self._progress is None or (self.lower, self.upper) == self._shown:
            return
        now = time.perf_counter()
        if last or now - self._reported >= REPORT_EVERY:
            self._reported, self._shown = now, (self.lower, self.upper)
            self._progress(self.lower, self.upper)
