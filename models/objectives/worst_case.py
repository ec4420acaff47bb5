"""What all provably robust objectives share: the perturbation set, its growth, and margins that hold on all of it.

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

# A step may take a GB (benchmarks.training_memory), which chose these three.
ROWS = 1 << 27  # coefficients of back-substitution that one graph may hold, at 4 bytes each
COPIES = 4  # of a row that back-substitution holds with its graph
CUT_BALL = 16  # of a row that the extent of a cut ball holds with its graph

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
    """Radii that grow from eps / 10 to eps over the first share `ramp` of the epochs; 0 is eps from the beginning.

    Without it, training a convolutional network sticks where all classes are equally likely, at log K. KW begin with
    a tenth to a half of eps and take half of the epochs (App. B.2, B.4).
    """

    ramp: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("ramp", self.ramp)

    def radius(self, progress: Progress) -> float:
        return linear(progress, self.eps / 10, self.eps, (0, self.ramp))


def converted(network: nn.Sequential, x: Tensor) -> Network:
    """The network as the bounds see it, with BatchNorm's running statistics, which first take in this batch."""
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
    """About how many numbers a step holds that bounds `held` of so many points at once, with rows of `each` numbers."""
    weights = sum(weight.numel() for weight in network.weights())
    return plain_numbers(network, points) + 5 * weights + 6 * activations(network, points) + 1.4 * held * each


def in_parts(
    terms: Callable[[Tensor, Tensor], Terms], x: Tensor, y: Tensor, size: int, weights: Iterable[Tensor]
) -> Terms:
    """The terms, means over a batch, such that the graphs of at most `size` points are in memory at any time.

    A batch that is larger is computed without a graph, and part by part once more on the way back. `weights` are the
    tensors through which the terms depend on what is trained.
    """
    if len(x) <= size:
        return terms(x, y)
    parts = list(zip(x.split(size), y.split(size)))
    names: list[str] = []

    def part(number: int) -> Tensor:
        some, labels = parts[number]
        values = terms(some, labels)
        names[:] = values
        return torch.stack(list(values.values())) * (len(some) / len(x))

    total = _Parts.apply(part, len(parts), *weights)
    return dict(zip(names, total.unbind()))


class _Parts(torch.autograd.Function):
    """The sum of part(0), part(1), ..., of which one graph at a time is built, on the way back.

    A checkpoint of torch keeps what it has computed again until all of the graph is gone.
    """

    @staticmethod
    def forward(ctx: Any, part: Callable[[int], Tensor], count: int, *weights: Tensor) -> Tensor:
        ctx.part, ctx.count, ctx.weights = part, count, weights
        return torch.stack([part(number) for number in range(count)]).sum(0)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        wanted = [weight for weight in ctx.weights if weight.requires_grad]
        total = [torch.zeros_like(weight) for weight in wanted]
        for number in range(ctx.count):
            with torch.enable_grad():
                value = (ctx.part(number) * gradients[0]).sum()
            for gathered, slope in zip(total, torch.autograd.grad(value, wanted, allow_unused=True)):
                if slope is not None:
                    gathered.add_(slope)
        slopes = iter(total)
        return None, None, *(next(slopes) if weight.requires_grad else None for weight in ctx.weights)


def points_at_once(
    network: Network, p: Norm, box: tuple[float, float] | None, *, back_substitution: bool = True
) -> int:
    """How many points' bounds may be in memory with their graph."""
    numbers = max(1, numbers_of_a_point(network, p, box, back_substitution=back_substitution))
    return max(1, numbers_at_once(ROWS, network.layers[0].affine.bias.device) // numbers)


def numbers_of_a_point(
    network: Network, p: Norm, box: tuple[float, float] | None, *, back_substitution: bool = True
) -> int:
    """How many numbers the rows of one point's bounds are, with their graph.

    Back-substitution from every unit holds a row per unit. A ball of l1 or l2 that a box cuts has another extent for
    each point, so every row is held for each point, and several times over: from the first layer on without
    back-substitution, else from all.
    """
    affines = [layer.affine for layer in network.layers]
    sizes = [layer.units * longest(affines[: k + 1]) for k, layer in enumerate(network.layers)]
    numbers = COPIES * sum(sizes[1:]) if back_substitution else 0
    if box is not None and p != math.inf:
        numbers += CUT_BALL * sum(sizes if back_substitution else sizes[:1])
    return numbers
