"""Adversarial training: half of each batch is attacked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from geometry.network.network import class_scores
from geometry.norms import Norm
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord
from models.objectives.replay import replayed


@dataclass(frozen=True)
class Adversarial:
    """The cross entropy of a batch whose first half is moved by projected gradient ascent.

    Parameters
    ----------
    eps : radius of the ball the attack may use, in the norm `p` (math.inf or 2)
    steps : of the attack, each 2.5 eps / steps long, from a random start
    box : (lowest, highest) legal input, or None

    Source: Madry et al. (2018) for the attack; half clean and half attacked as in MMR §5.
    """

    eps: float = 0.1
    p: Norm = math.inf
    steps: int = 10
    box: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not (0 < self.eps < math.inf):
            raise ValueError(f"eps must be positive and finite, got {self.eps}")
        if self.p not in (2, math.inf):
            raise ValueError(f"adversarial training knows p = 2 and math.inf, got {self.p}")
        if not (isinstance(self.steps, int) and 1 <= self.steps <= 1000):
            raise ValueError(f"steps must be a whole number in 1..1000, got {self.steps}")
        if self.box is not None and not self.box[0] < self.box[1]:
            raise ValueError(f"box must be (lowest, highest), got {self.box}")

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        attacked = (len(x) + 1) // 2
        moved = self.attack(network, x[:attacked], y[:attacked], random)
        losses = F.cross_entropy(class_scores(network(torch.cat([moved, x[attacked:]]))), y, reduction="none") / len(x)
        return {"clean": losses[attacked:].sum(), "adversarial": losses[:attacked].sum()}

    def attack(self, network: nn.Sequential, x: Tensor, y: Tensor, random: torch.Generator) -> Tensor:
        """(n, *input_shape) points within eps of x (and in the box) where the cross entropy is large."""
        network.eval()  # BatchNorm's statistics stay those of the data
        shift = self._project(self.eps * (2 * torch.rand(x.shape, generator=random).to(x) - 1))
        moved = replayed(network, self, partial(self._climb, network), x, y, shift)
        network.train()
        return moved

    def _climb(self, network: nn.Sequential, x: Tensor, y: Tensor, shift: Tensor) -> Tensor:
        """The end point of gradient ascent from x + shift."""
        for _ in range(self.steps):
            moved = self._legal(x + shift).requires_grad_()
            (slope,) = torch.autograd.grad(F.cross_entropy(class_scores(network(moved)), y, reduction="sum"), moved)
            shift = self._project(moved.detach() - x + 2.5 * self.eps / self.steps * self._steepest(slope))
        return self._legal(x + shift)

    def _legal(self, x: Tensor) -> Tensor:
        return x if self.box is None else x.clamp(*self.box)

    def _project(self, shift: Tensor) -> Tensor:
        """The nearest shift of norm at most eps."""
        if self.p == math.inf:
            return shift.clamp(-self.eps, self.eps)
        return shift * (self.eps / _lengths(shift).clamp(min=self.eps))

    def _steepest(self, slope: Tensor) -> Tensor:
        """The direction of norm 1 along which the loss grows fastest."""
        return slope.sign() if self.p == math.inf else slope / _lengths(slope).clamp(min=1e-30)


def _lengths(vectors: Tensor) -> Tensor:
    """(n, ...) -> (n, 1, ..): l2 norms, shaped to divide the vectors."""
    return vectors.flatten(1).norm(dim=1).reshape(-1, *[1] * (vectors.dim() - 1))


ADVERSARIAL = ObjectiveRecord(
    run=Adversarial,
    title="Adversarial",
    line="Half of each batch is attacked by PGD before the network learns from it.",
    norms=(2, math.inf),
)
