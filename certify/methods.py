"""The methods that bound a network on a perturbation set, in one table of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from certify.alpha_crown import AlphaCrown
from certify.interval import Bounds, interval_bounds
from certify.layerwise import functional_bounds, layerwise_bounds, unit_bounds
from certify.lp import Lp
from certify.perturbation import Perturbation
from certify.relaxations import Lines, Relaxation, crown, fast_lin
from geometry.affine import dense_matrix
from geometry.network import Network
from geometry.norms import NORMS, Norm


class Method(Protocol):
    """One family of bounds. Its values are its own, not mixed with another's."""

    @property
    def norms(self) -> tuple[Norm, ...]: ...

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        """(lower, upper), each (n, units), of every layer, the logits last."""
        ...

    def functionals(self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor) -> Tensor:
        """(n, m) lower bounds of <weights, a> + offset of the last hidden layer's activations.

        `weights` (n, m, units) and `offset` (n, m). Without hidden layers a is the input.
        """
        ...


@dataclass(frozen=True)
class Interval:
    """Interval arithmetic, layer by layer (KW B.1; IBP)."""

    norms: tuple[Norm, ...] = NORMS

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        return list(interval_bounds(network.layers, ball))

    def functionals(self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor) -> Tensor:
        if not network.hidden:
            return functional_bounds(network, weights, offset, [], ball)
        for lower, upper in interval_bounds(network.hidden, ball):
            bounds = lower, upper  # the last layer's remain
        lower, upper = (network.hidden[-1].activate(bound) for bound in bounds)
        half = (upper - lower) * 0.5
        return (weights @ (lower + half)[:, :, None] - weights.abs() @ half[:, :, None]).squeeze(2) + offset


@dataclass(frozen=True)
class BackSubstitution:
    """Lines from one relaxation, pulled back to the input; hidden bounds by the same means, or by intervals."""

    relaxation: Relaxation
    hidden_by_interval: bool = False
    norms: tuple[Norm, ...] = NORMS

    def hidden(self, network: Network, ball: Perturbation, every_unit: bool) -> tuple[list[Bounds], list[Lines]]:
        """Bounds of the hidden layers and the lines drawn from them; see `layerwise_bounds` for `every_unit`."""
        if not network.hidden:
            return [], []
        if not self.hidden_by_interval:
            return layerwise_bounds(network, ball, self.relaxation, every_unit)
        found = list(interval_bounds(network.hidden, ball))
        return found, [self.relaxation(*bound, layer.slope or 0.0) for bound, layer in zip(found, network.hidden)]

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        found, lines = self.hidden(network, ball, every_unit=True)
        return [*found, unit_bounds(network, len(network.hidden), None, lines, ball)]

    def functionals(self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor) -> Tensor:
        _, lines = self.hidden(network, ball, every_unit=False)
        return functional_bounds(network, weights, offset, lines, ball)


_FAMILIES: dict[str, Method] = {
    "interval": Interval(),
    "fast-lin": BackSubstitution(fast_lin),
    "crown": BackSubstitution(crown),
    "crown-interval": BackSubstitution(crown, hidden_by_interval=True),
    "alpha-crown": AlphaCrown(),
}
METHODS: dict[str, Method] = {**_FAMILIES, "lp": Lp(tuple(_FAMILIES.values()))}


def margin_functionals(network: Network, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """f_label - f_s for the classes s other than each label, as functionals of the last hidden activations.

    Returns
    -------
    weights (n, K - 1, units), offset (n, K - 1), and the classes s (n, K - 1)
    """
    last = network.layers[-1].affine
    matrix, classes = dense_matrix(last), network.classes
    counted = torch.arange(classes - 1, device=labels.device).expand(len(labels), -1)
    others = counted + (counted >= labels[:, None])
    weights = matrix[labels][:, None] - matrix[others]
    return weights, last.bias[labels][:, None] - last.bias[others], others
