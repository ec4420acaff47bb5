"""Tight's regularizers: training networks whose convex relaxation is tight, so that certificates succeed more often.

Both evaluate the network at the relaxation's optimal input x + d* (see `certify.bounds.tightness`): d is the margin
there minus the bound, r the distance of the unstable units from the values in Proposition 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from certify.bounds.methods import METHODS, margin_functionals
from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.relaxations import Lines
from certify.bounds.tightness import Optimum, distance, optimum
from certify.perturbation.perturbation import Perturbation, perturbation
from certify.records import Bounds
from geometry.network.network import Network
from models.objectives.objective import Progress, Terms, activations
from models.objectives.random_projections import check_projections, estimated_bounds
from models.objectives.record import LAMBDA, ObjectiveRecord, Option
from models.objectives.schedules import check_share, linear
from models.objectives.worst_case import Ramped, converted, in_parts, points_at_once, worst_cross_entropy

BOUNDS = {"fast-lin": "fast-lin", "crown-ibp": "crown-interval"}  # the papers' names, and certify's


@dataclass(frozen=True)
class Tight(Ramped):
    """Robust cross entropy + lam * sum_t d_t + gamma * sum_t r_t, on average over the batch (Tight eq. 4).

    Parameters
    ----------
    eps, p, box : the perturbation set; see `WorstCase`
    ramp, start : share of the epochs over which eps grows, and share of eps it begins with; see `Ramped`. Tight's ramp
        is a quarter
    bound : "fast-lin" or "crown-ibp", the relaxation that bounds the margins and is made tight
    lam, gamma : weights of d = p'_O - p_C (eq. 2) and of r (eq. 3), summed over the wrong classes t
    warm_up : share of the epochs over which both weights grow from 0
    projections : as for `KW`, with "fast-lin" only; the bounds and both regularizers are then estimates

    The gradient treats the optimal input as constant, as adversarial training treats its points.
    """

    ramp: float = 0.25
    bound: str = "fast-lin"
    lam: float = 0.0
    gamma: float = 0.0
    warm_up: float = 0.25
    projections: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bound not in BOUNDS:
            raise ValueError(f"bound must be one of {', '.join(BOUNDS)}, got {self.bound!r}")
        for name, weight in (("lam", self.lam), ("gamma", self.gamma)):
            if not 0 <= weight < math.inf:
                raise ValueError(f"{name} must be finite and not negative, got {weight}")
        check_share("warm_up", self.warm_up)
        check_projections(self.projections, self.p, self.box is not None)
        if self.projections and self.bound != "fast-lin":
            raise ValueError(f"random projections estimate fast-lin bounds, got bound = {self.bound!r}")

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        exact, radius = converted(network, x), self.radius(progress)
        grown = linear(progress, 0, 1, (0, self.warm_up))
        seed = int(torch.randint(2**31, (), generator=random)) if self.projections else 0

        def terms(x: Tensor, y: Tensor) -> Terms:
            ball = perturbation(x, radius, self.p, self.box, exact.input_shape)
            hidden, lines = self._relaxation(exact, ball, torch.Generator().manual_seed(seed))
            weights, offset, others = margin_functionals(exact, y)
            best = optimum(exact.hidden, weights, offset, lines, ball)
            margins = best.value.new_zeros(len(x), exact.classes).scatter(1, others, best.value)
            d, r = regularizers(exact, y, others, best, hidden, lines)
            return {
                "robust": worst_cross_entropy(margins, y),
                "d": grown * self.lam * d.sum(1).mean(),
                "r": grown * self.gamma * r.sum(1).mean(),
            }

        return in_parts(terms, x, y, points_at_once(exact, self.p, self.box), exact.weights())

    def numbers(self, network: Network, points: int, *, back_substitution: bool = True) -> float:
        """As for KW, plus the activations at the optimal inputs of all margins."""
        reached = 12 * (network.classes - 1) * activations(network, points)
        return super().numbers(network, points, back_substitution=back_substitution) + reached

    def _relaxation(
        self, network: Network, ball: Perturbation, random: torch.Generator
    ) -> tuple[list[Bounds], list[Lines]]:
        """Bounds of the hidden layers, and the relaxation's lines."""
        if self.projections:
            return estimated_bounds(network, ball, self.projections, random)
        method = METHODS[BOUNDS[self.bound]].run
        assert isinstance(method, BackSubstitution)
        return method.hidden(network, ball, every_unit=False)


@dataclass(frozen=True)
class TightD(Tight):
    """Tight's robust training with the regularizer d: a penalty on the gap between margin and bound."""

    lam: float = 5e-3


@dataclass(frozen=True)
class TightR(Tight):
    """Tight's robust training with the regularizer r: a penalty on unstable units off Proposition 1's values."""

    gamma: float = 0.5


def regularizers(
    network: Network, y: Tensor, others: Tensor, best: Optimum, hidden: list[Bounds], lines: list[Lines]
) -> tuple[Tensor, Tensor]:
    """d and r, (n, K - 1) each, of the margins f_y - f_s for the classes s in `others` (n, K - 1)."""
    n, m = others.shape
    reached = [z.unflatten(0, (n, m)) for z in network.preactivations(best.point.flatten(0, 1))]
    logits = reached[-1]
    own = logits.gather(2, y[:, None, None].expand(n, m, 1))
    margins = (own - logits.gather(2, others[:, :, None])).squeeze(2)
    return margins - best.value, distance(reached, hidden, lines, best.upper_line)


WEIGHT = Option("weight", "γ", "gamma", "Weight of the regularizer r.")
TIGHT_D = ObjectiveRecord(
    run=TightD,
    title="Tight, d",
    line="Robust loss, and a penalty on how far its bound is from what the network does.",
    options=(LAMBDA,),
)
TIGHT_R = ObjectiveRecord(
    run=TightR,
    title="Tight, r",
    line="Robust loss, and a penalty on unstable units where the relaxation can be wrong.",
    options=(WEIGHT,),
)
