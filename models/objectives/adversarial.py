"""Adversarial training: half of each batch is attacked."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from geometry.network.network import class_scores
from geometry.norms import Norm
from models.objectives.ascent import Ascent
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord


@dataclass(frozen=True)
class Adversarial:
    """The cross entropy of a batch whose first half is moved by projected gradient ascent.

    Parameters
    ----------
    eps : radius of the ball the attack may use, in the norm `p` (1, 2 or math.inf)
    steps : of the attack, from a random start
    box : (lowest, highest) legal input, or None
    step_size : length of a step, as a multiple of eps / steps; 2.5 is Madry et al.'s, MMR's is 2

    Source: Madry et al. (2018) for the attack; half clean and half attacked as in MMR §5.
    """

    eps: float = 0.1
    p: Norm = math.inf
    steps: int = 10
    box: tuple[float, float] | None = None
    step_size: float = 2.5

    def __post_init__(self) -> None:
        if not (0 < self.eps < math.inf):
            raise ValueError(f"eps must be positive and finite, got {self.eps}")
        self._ascent()

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        attacked = (len(x) + 1) // 2
        moved = self.attack(network, x[:attacked], y[:attacked], random)
        losses = F.cross_entropy(class_scores(network(torch.cat([moved, x[attacked:]]))), y, reduction="none") / len(x)
        return {"clean": losses[attacked:].sum(), "adversarial": losses[:attacked].sum()}

    def attack(self, network: nn.Sequential, x: Tensor, y: Tensor, random: torch.Generator) -> Tensor:
        """(n, *input_shape) points within eps of x (and in the box) where the cross entropy is large."""
        return self._ascent().attack(network, x, y, self.eps, random)

    def _ascent(self) -> Ascent:
        return Ascent(self.p, self.steps, self.box, self.step_size)


ADVERSARIAL = ObjectiveRecord(
    run=Adversarial,
    title="Adversarial",
    line="Half of each batch is attacked by PGD before the network learns from it.",
)
