"""Projected gradient steps, steepest in the norm of the ball: FGSM takes one, I-FGSM and PGD many."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from certify.attacks.problem import Problem, margins_of
from geometry.computation.cancellation import check_cancelled

Loss = Callable[[Tensor, Tensor], Tensor]  # (logits (n, classes), labels (n,)) -> (n,), to be made large
SPARSE = 0.01  # share of the coordinates that an l1 step moves


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    return F.cross_entropy(logits, labels, reduction="none")


def lost_margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Minus the margin: unlike the cross entropy it does not saturate on confident networks."""
    return -margins_of(logits, labels)


def gradient(problem: Problem, z: Tensor, loss: Loss) -> Tensor:
    """(n, d) gradients of the loss by the input."""
    check_cancelled()
    with torch.enable_grad():
        z = z.detach().requires_grad_()
        return torch.autograd.grad(loss(problem.network.scores(z), problem.labels).sum(), z)[0]


def ascend(problem: Problem, start: Tensor, steps: int, size: float, loss: Loss) -> Tensor:
    """`steps` projected steps of length `size` * eps; per point the first adversarial iterate, else the last one.

    One forward pass of a point serves both the loss and the question whether the class is lost.
    """
    z, chosen = start, start
    lost = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for step in range(steps + 1):
        check_cancelled()
        chosen = torch.where(lost[:, None], chosen, z)
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            logits = problem.network.scores(z)
            lost = lost | (logits.argmax(dim=1) != problem.labels)
            if step == steps or bool(lost.all()):
                break
            (slope,) = torch.autograd.grad(loss(logits, problem.labels).sum(), z)
        z = z.detach()
        z = problem.nearly_projected(z + size * problem.eps[:, None] * steepest(slope, z, problem))
    return problem.inside(chosen)


def steepest(gradients: Tensor, z: Tensor, problem: Problem) -> Tensor:
    """The direction of l_p length 1 with the largest slope, spread over some coordinates for l1.

    Coordinates at a side of the box that would leave it are left out; in l-infinity the projection stops them.
    """
    if problem.p == math.inf:
        return gradients.sign()
    blocked = ((z <= problem.low) & (gradients < 0)) | ((z >= problem.high) & (gradients > 0))
    gradients = gradients.masked_fill(blocked, 0)
    if problem.p == 2:
        largest = gradients.abs().amax(dim=1, keepdim=True)
        scaled = gradients / torch.where(largest > 0, largest, 1)
        length = torch.linalg.vector_norm(scaled, 2, dim=1, keepdim=True)
        return scaled / torch.where(length > 0, length, 1)
    count = max(1, round(SPARSE * gradients.shape[1]))
    chosen = gradients.abs().topk(count, dim=1).indices
    return torch.zeros_like(gradients).scatter(1, chosen, gradients.gather(1, chosen).sign() / count)
