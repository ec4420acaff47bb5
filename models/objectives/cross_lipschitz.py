"""Cross-Lipschitz regularization: a penalty on differences between the gradients of the logits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from geometry.network.network import Network
from models.objectives.mmr import losses_and_pieces
from models.objectives.objective import Progress, Terms, activations, plain_numbers
from models.objectives.record import LAMBDA, ObjectiveRecord


@dataclass(frozen=True)
class CrossLipschitz:
    """Cross entropy + λ / (n K²) times the sum over points and class pairs of ||∇f_l(x) - ∇f_m(x)||_2².

    Parameters
    ----------
    lam : λ, the weight of the regularizer

    Source: Hein & Andriushchenko (2017), eq. (6).
    """

    lam: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.lam < math.inf:
            raise ValueError(f"lam must be 0 or above and finite, got {self.lam}")

    def numbers(self, network: Network, points: int) -> float:
        """See `models.objectives.objective.step_numbers`: a row for each class, on all layers, with its graph."""
        return plain_numbers(network, points) + 6 * network.classes * activations(network, points)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        cross_entropy, pieces = losses_and_pieces(network, x, y)
        classes = pieces.network.classes
        like = pieces.logits
        apart = torch.eye(classes, dtype=like.dtype, device=like.device) - 1 / classes  # each logit minus their mean
        # The squares of all K² differences add up to 2 K times the squares of the distances to the mean.
        squares = pieces.logit_rows(apart[None]).square().sum()
        return {"cross entropy": cross_entropy.mean(), "cross-Lipschitz": 2 * self.lam / (len(x) * classes) * squares}


CROSS_LIPSCHITZ = ObjectiveRecord(
    run=CrossLipschitz,
    title="Cross-Lipschitz",
    line="Keeps the gradients of the classes' differences small.",
    options=(LAMBDA,),
)
