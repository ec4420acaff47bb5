"""Projected gradient ascent in training: points near the data where the cross entropy is large."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify.attacks.ball_projection import onto_l1_ball
from geometry.network.network import class_scores
from geometry.norms import Norm, check_norm
from models.objectives.cuda_graphs import replayed

SPARSE = 0.01  # share of the coordinates that a step in l1 moves, as in `certify.attacks.descent`


@dataclass(frozen=True)
class Ascent:
    """Steps of equal length in the norm p, the steepest ones, each followed by a projection onto the ball.

    Parameters
    ----------
    p : norm of the ball, 1, 2 or math.inf
    steps : from a random start
    box : (lowest, highest) legal input, or None; all data must lie in it
    step_size : length of a step, as a multiple of eps / steps

    A point is projected onto the ball, then onto the box: the second projection shortens the shift of every coordinate,
    so that it does not leave the ball.

    Source: Madry et al. (2018); for l1 steps along several coordinates Tramèr and Boneh (2019).
    """

    p: Norm
    steps: int
    box: tuple[float, float] | None = None
    step_size: float = 2.5

    def __post_init__(self) -> None:
        check_norm(self.p)
        if not (isinstance(self.steps, int) and 1 <= self.steps <= 1000):
            raise ValueError(f"steps must be a whole number in 1..1000, got {self.steps}")
        if self.box is not None and not self.box[0] < self.box[1]:
            raise ValueError(f"box must be (lowest, highest), got {self.box}")
        if not 0 < self.step_size < math.inf:
            raise ValueError(f"step_size must be positive and finite, got {self.step_size}")

    def attack(self, network: nn.Sequential, x: Tensor, y: Tensor, eps: float, random: torch.Generator) -> Tensor:
        """(n, *input_shape) points within eps of x, and in the box, where the cross entropy of class y is large."""
        radius, length = x.new_tensor(eps), x.new_tensor(self.step_size * eps / self.steps)
        start = eps * (2 * torch.rand(x.shape, generator=random).to(x) - 1)
        if eps == 0:
            return x
        network.eval()  # BatchNorm's statistics stay those of the data
        moved = replayed(network, self, partial(self._climb, network), x, y, start, radius, length)
        network.train()
        return moved

    def _climb(
        self, network: nn.Sequential, x: Tensor, y: Tensor, start: Tensor, eps: Tensor, length: Tensor
    ) -> Tensor:
        """The end point of gradient ascent from x + start."""
        shift = self._project(start, eps)
        for _ in range(self.steps):
            moved = self._legal(x + shift).requires_grad_()
            (slope,) = torch.autograd.grad(F.cross_entropy(class_scores(network(moved)), y, reduction="sum"), moved)
            moved = moved.detach()
            shift = self._project(moved - x + length * self._steepest(slope, moved), eps)
        return self._legal(x + shift)

    def _legal(self, x: Tensor) -> Tensor:
        return x if self.box is None else x.clamp(*self.box)

    def _project(self, shift: Tensor, eps: Tensor) -> Tensor:
        """The nearest shift of norm at most eps."""
        if self.p == math.inf:
            return shift.clamp(-eps, eps)
        if self.p == 2:
            return shift * (eps / _lengths(shift).clamp(min=eps))
        return onto_l1_ball(shift.flatten(1), eps).reshape(shift.shape)

    def _steepest(self, slope: Tensor, at: Tensor) -> Tensor:
        """The direction of norm 1 along which the loss grows fastest; in l1 spread over a few coordinates.

        In l1, coordinates that are at a side of the box and would leave it do not count: a step moves only few.
        """
        if self.p == math.inf:
            return slope.sign()
        if self.p == 2:
            return slope / _lengths(slope).clamp(min=1e-30)
        if self.box is not None:
            low, high = self.box
            slope = slope.masked_fill(((at <= low) & (slope < 0)) | ((at >= high) & (slope > 0)), 0)
        flat = slope.flatten(1)
        count = max(1, round(SPARSE * flat.shape[1]))
        steepest = flat.abs().topk(count, dim=1).indices
        return torch.zeros_like(flat).scatter(1, steepest, flat.gather(1, steepest).sign() / count).reshape(slope.shape)


def _lengths(vectors: Tensor) -> Tensor:
    """(n, ...) -> (n, 1, ..): l2 norms, shaped to divide the vectors."""
    return vectors.flatten(1).norm(dim=1).reshape(-1, *[1] * (vectors.dim() - 1))
