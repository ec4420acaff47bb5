"""The common parts of provably robust objectives: the perturbation set, its schedule and the worst-case cross entropy.

The largest cross entropy that any input of the set can have is at most that of the worst-case logits, minus the
lower bounds of the margins f_y - f_s (KW, Theorem 2: softmax and logarithm never fall when another class gains).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify.bounds.batches import numbers_at_once
from certify.bounds.functionals import longest
from geometry.network.network import Network, as_network
from geometry.norms import Norm, check_norm
from models.objectives.objective import Progress, Terms, activations, plain_numbers
from models.objectives.schedules import check_share, linear

# benchmarks.training_memory chose these three, so that a step takes at most a GB.
ROWS = 1 << 27  # coefficients of back-substitution that one graph may hold, at 4 bytes each
COPIES = 4  # of a row that the graph of back-substitution holds
CUT_BALL = 16  # of a row that the graph of a cut ball's extent holds

_BatchNorm = nn.modules.batchnorm._BatchNorm


@dataclass(frozen=True)
class WorstCase:
    """Options of every objective that bounds the network on a perturbation set.

    Parameters
    ----------
    eps : radius of the ball, in the units of x and the norm `p` (1, 2 or math.inf); 0 is no perturbation
    box : (lowest, highest) legal input, or None; all data must lie in it
    """

    eps: float = 0.1
    p: Norm = math.inf
    box: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.eps < math.inf:
            raise ValueError(f"eps must be finite and not negative, got {self.eps}")
        check_norm(self.p)
        if self.box is not None and not self.box[0] < self.box[1]:
            raise ValueError(f"box must be (lowest, highest), got {self.box}")

    def numbers(self, network: Network, points: int, *, back_substitution: bool = True) -> float:
        """See `models.objectives.objective.step_numbers`; measured by benchmarks.training_memory."""
        size = points_at_once(network, self.p, self.box, back_substitution=back_substitution)
        each = numbers_of_a_point(network, self.p, self.box, back_substitution=back_substitution)
        return robust_numbers(network, points, min(points, size), each)


@dataclass(frozen=True)
class Ramped(WorstCase):
    """A radius that grows to eps over the first share `ramp` of the epochs; with 0 it is eps throughout.

    `start` is the share of eps that it begins with. With a constant radius, training a convolutional network stays at
    equal probabilities, a loss of log K. KW begin with a half of eps on MNIST and a tenth on SVHN, and take half of the
    epochs (App. B.2, B.4).
    """

    ramp: float = 0.5
    start: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("ramp", self.ramp)
        check_share("start", self.start)

    def radius(self, progress: Progress) -> float:
        return linear(progress, self.start * self.eps, self.eps, (0, self.ramp))


@dataclass(frozen=True)
class WarmedUp(WorstCase):
    """Options that change over the share `ramp` of the epochs, after a share `warm_up` without perturbation."""

    warm_up: float = 0.05
    ramp: float = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("warm_up", "ramp"):
            check_share(name, getattr(self, name))
        if self.warm_up + self.ramp > 1:
            raise ValueError(f"warm_up + ramp must be at most 1, got {self.warm_up} + {self.ramp}")

    def during_ramp(self, progress: Progress, begin: float, end: float) -> float:
        return linear(progress, begin, end, (self.warm_up, self.warm_up + self.ramp))

    def radius(self, progress: Progress) -> float:
        """It grows from 0 to eps."""
        return self.during_ramp(progress, 0, self.eps)


def converted(network: nn.Sequential, x: Tensor) -> Network:
    """The network for the bounds, with BatchNorm's running statistics after an update by this batch."""
    if any(isinstance(module, _BatchNorm) for module in network.modules()):
        with torch.no_grad():
            network(x)
    return as_network(network, tuple(x.shape[1:]), compare="once")


def worst_cross_entropy(margins: Tensor, y: Tensor) -> Tensor:
    """The cross entropy of the worst-case logits: no input of the sets has more, on average over the batch.

    `margins` (n, K) are lower bounds of f_y - f_s, with 0 in the column of y.
    """
    return F.cross_entropy(-margins, y)


def robust_numbers(network: Network, points: int, held: int, each: int) -> float:
    """An estimate of the numbers that a step holds which bounds `held` points at once, with `each` numbers a point."""
    weights = sum(weight.numel() for weight in network.weights())
    return plain_numbers(network, points) + 5 * weights + 6 * activations(network, points) + 1.4 * held * each


def in_parts(
    terms: Callable[[Tensor, Tensor], Terms], x: Tensor, y: Tensor, size: int, weights: Iterable[Tensor]
) -> Terms:
    """The terms, means over a batch, with the graphs of at most `size` points in memory at any time.

    A larger batch is computed without a graph, and again in parts during the backward pass. `weights` are the tensors
    through which the terms depend on the trained parameters.
    """
    if len(x) <= size:
        return terms(x, y)
    parts = list(zip(x.split(size), y.split(size)))
    names: list[str] = []

    def part(number: int) -> Tensor:
        points, labels = parts[number]
        values = terms(points, labels)
        names[:] = values
        return torch.stack(list(values.values())) * (len(points) / len(x))

    total = _Parts.apply(part, len(parts), *weights)
    return dict(zip(names, total.unbind()))


class _Parts(torch.autograd.Function):
    """The sum of part(0), part(1), ..., which builds one graph at a time during the backward pass.

    torch.utils.checkpoint is no substitute: it keeps recomputed tensors until the whole graph is freed.
    """

    @staticmethod
    def forward(ctx: Any, part: Callable[[int], Tensor], count: int, *weights: Tensor) -> Tensor:
        ctx.part, ctx.count, ctx.weights = part, count, weights
        return torch.stack([part(number) for number in range(count)]).sum(0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        trained = [weight for weight in ctx.weights if weight.requires_grad]
        total = [torch.zeros_like(weight) for weight in trained]
        for number in range(ctx.count):
            with torch.enable_grad():
                value = (ctx.part(number) * gradients[0]).sum()
            for gradient, slope in zip(total, torch.autograd.grad(value, trained, allow_unused=True)):
                if slope is not None:
                    gradient.add_(slope)
        slopes = iter(total)
        return None, None, *(next(slopes) if weight.requires_grad else None for weight in ctx.weights)


def points_at_once(
    network: Network, p: Norm, box: tuple[float, float] | None, *, back_substitution: bool = True
) -> int:
    """The number of points whose bounds may be in memory with their graph."""
    numbers = max(1, numbers_of_a_point(network, p, box, back_substitution=back_substitution))
    return max(1, numbers_at_once(ROWS, network.layers[0].affine.bias.device) // numbers)


def numbers_of_a_point(
    network: Network, p: Norm, box: tuple[float, float] | None, *, back_substitution: bool = True
) -> int:
    """The numbers in the rows of one point's bounds, with their graph.

    Back-substitution holds a row per unit. The extent of an l1 or l2 ball that a box cuts differs between points, so
    its graph holds `CUT_BALL` copies of each row for each point: rows of the first layer without back-substitution,
    else of all layers.
    """
    affines = [layer.affine for layer in network.layers]
    sizes = [layer.units * longest(affines[: k + 1]) for k, layer in enumerate(network.layers)]
    numbers = COPIES * sum(sizes[1:]) if back_substitution else 0
    if box is not None and p != math.inf:
        numbers += CUT_BALL * sum(sizes if back_substitution else sizes[:1])
    return numbers
