"""What all provably robust objectives share: the perturbation set, its growth, and margins that hold on all of it.

The largest cross entropy that any input of the set can have is at most that of the worst-case logits, minus the
lower bounds of the margins f_y - f_s (KW, Theorem 2: softmax and logarithm never fall when another class gains).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from certify.batches import numbers_at_once
from certify.rows import longest
from geometry.network import Network, as_network
from geometry.norms import Norm, check_norm
from models.objectives.objective import Progress, Terms
from models.objectives.schedules import check_share, linear

ROWS = 1 << 27  # coefficients of back-substitution that one graph may hold: about 2 GB with what follows from them

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
    return as_network(network, tuple(x.shape[1:]))


def worst_cross_entropy(margins: Tensor, y: Tensor) -> Tensor:
    """The cross entropy of the worst-case logits: no input of the sets has more, on average over the batch.

    `margins` (n, K) are lower bounds of f_y - f_s, with 0 in the column of y.
    """
    return F.cross_entropy(-margins, y)


def in_parts(terms: Callable[[Tensor, Tensor], Terms], x: Tensor, y: Tensor, size: int) -> Terms:
    """The terms, means over a batch, such that the graphs of at most `size` points are in memory at any time.

    Where a batch is larger, what a part's gradient needs is forgotten and computed again on the way back.
    """
    if len(x) <= size:
        return terms(x, y)
    total: Terms = {}
    for some, labels in zip(x.split(size), y.split(size)):
        part = checkpoint(terms, some, labels, use_reentrant=False, preserve_rng_state=False)
        for name, value in part.items():
            total[name] = total.get(name, value.new_zeros(())) + value * (len(some) / len(x))
    return total


def points_at_once(network: Network) -> int:
    """How many points' back-substitution from every unit may be in memory with its graph."""
    affines = [layer.affine for layer in network.layers]
    rows = sum(layer.units * longest(affines[: k + 1]) for k, layer in enumerate(network.layers) if k > 0)
    return max(1, numbers_at_once(ROWS, affines[0].bias.device) // max(1, rows))
