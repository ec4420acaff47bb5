"""ReLU stability: a reward for units that are stable in the whole ball, which makes a network easier to verify."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify.bounds.functionals import substitute, unit_functionals
from certify.bounds.interval import Bounds, first_layer, interval_bounds
from certify.perturbation.perturbation import Perturbation, perturbation
from geometry.network.network import Network, as_network, class_scores
from geometry.norms import Norm, check_norm
from models.objectives.adversarial import Adversarial
from models.objectives.objective import Progress, Terms
from models.objectives.record import LAMBDA, ObjectiveRecord
from models.objectives.worst_case import in_parts, numbers_of_a_point, points_at_once, robust_numbers


@dataclass(frozen=True)
class ReluStability:
    """Cross entropy - λ mean over points of the sum over hidden units of tanh(1 + lower · upper).

    The product is negative exactly where a unit is unstable, that is where its bounds have different signs.

    Parameters
    ----------
    eps, p, box : the ball in which units should be stable, cut by the box (lowest, highest) if there is one
    lam : λ, the weight of the regularizer
    bounds : "interval", naive interval arithmetic, or "improved": units that are active in the whole ball are
        substituted by their affine functions, which keeps their dependence (see `improved_bounds`)
    steps : of the PGD attack on the batch for the cross entropy, as in the paper; 0 trains on clean points. Stability
        always refers to balls around the clean points

    Source: Xiao et al. (2019), "Training for Faster Adversarial Robustness Verification via Inducing ReLU Stability".
    """

    eps: float = 0.1
    p: Norm = math.inf
    lam: float = 1e-3
    bounds: str = "interval"
    steps: int = 0
    box: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        check_norm(self.p)
        if not 0 < self.eps < math.inf:
            raise ValueError(f"eps must be positive and finite, got {self.eps}")
        if not 0 <= self.lam < math.inf:
            raise ValueError(f"lam must be 0 or above and finite, got {self.lam}")
        if self.bounds not in ARITHMETICS:
            raise ValueError(f"bounds must be one of {', '.join(ARITHMETICS)}, got {self.bounds!r}")
        if self.box is not None and not self.box[0] < self.box[1]:
            raise ValueError(f"box must be (lowest, highest), got {self.box}")
        if self.steps != 0:
            self._adversarial()

    def numbers(self, network: Network, points: int) -> float:
        """See `models.objectives.objective.step_numbers`; measured by benchmarks.training_memory."""
        back_substitution = self.bounds == "improved"
        size = points_at_once(network, self.p, self.box, back_substitution=back_substitution)
        each = numbers_of_a_point(network, self.p, self.box, back_substitution=back_substitution)
        return robust_numbers(network, points, min(points, size), each)

    def _adversarial(self) -> Adversarial:
        return Adversarial(eps=self.eps, p=self.p, steps=self.steps, box=self.box)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        moved = x if self.steps == 0 else self._adversarial().attack(network, x, y, random)
        loss = F.cross_entropy(class_scores(network(moved)), y)
        shape = tuple(x.shape[1:])
        converted = as_network(network, shape, compare="once")

        def stability(x: Tensor, _: Tensor) -> Terms:
            ball = perturbation(x, self.eps, self.p, self.box, shape)
            of_units = ARITHMETICS[self.bounds](converted, ball)
            stable = sum((torch.tanh(1 + lower * upper).sum() for lower, upper in of_units), loss.new_zeros(()))
            return {"ReLU stability": -self.lam / len(x) * stable}

        size = points_at_once(converted, self.p, self.box, back_substitution=self.bounds == "improved")
        return {"cross entropy": loss, **in_parts(stability, x, y, size, converted.weights())}


def improved_bounds(network: Network, ball: Perturbation) -> Iterator[Bounds]:
    """Per hidden layer bounds of the pre-activations, each (n, units), by Xiao et al.'s improved interval arithmetic.

    A unit's row goes back through units that are active in the whole ball; what it has on the others is bounded at
    once, by their own intervals. Without active units this is `interval_bounds`; it costs a back-substitution.
    """
    bounds: list[Bounds] = []
    for k, layer in enumerate(network.hidden):
        if k == 0:
            bounds.append(first_layer(layer.affine, ball))
            yield bounds[0]
            continue
        rows = unit_functionals(layer.affine)
        lower = upper = layer.affine.bias[None]
        for j in reversed(range(k)):
            below, (low, high) = network.layers[j], bounds[j]
            active = (low > 0).to(low)
            low, high = below.activate(low), below.activate(high)
            middle, half = (high + low) / 2, (high - low) / 2
            others, rows = rows.times(1 - active), rows.times(active)
            absolute = others.with_coefficients(others.coefficients.abs())
            shift, spread = others.dot(middle) + rows.dot(below.affine.bias[None]), absolute.dot(half)
            lower, upper = lower + shift - spread, upper + shift + spread
            rows = substitute(rows, below.affine)
        clean = rows.cleaned()
        center, (fall, rise) = clean.dot(ball.center), ball.extent(clean)
        bounds.append((lower + center - fall, upper + center + rise))
        yield bounds[-1]


ARITHMETICS: dict[str, Callable[[Network, Perturbation], Iterator[Bounds]]] = {
    "interval": lambda network, ball: interval_bounds(network.hidden, ball),
    "improved": improved_bounds,
}


RELU_STABILITY = ObjectiveRecord(
    run=ReluStability,
    title="ReLU stability",
    line="Rewards units that keep their sign within ε of each point.",
    options=(LAMBDA,),
)
