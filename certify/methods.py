"""The methods that bound a network on a perturbation set, in one table of names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from certify.alpha_crown import AlphaCrown
from certify.interval import Bounds, interval_bounds, last_activations
from certify.layerwise import drawn, functional_bounds, layerwise_bounds, proved_functionals, unit_bounds
from certify.lp import Lp
from certify.perturbation import Perturbation
from certify.relaxations import Lines, Relaxation, crown, fast_lin
from certify.rounding import Sums
from geometry.affine import Affine, dense_matrix
from geometry.kept import kept
from geometry.network import Network
from geometry.norms import NORMS, Norm

TABLE = 1 << 20  # numbers in the margin functionals of all labels, up to which they are kept
IN_CACHE = 1 << 17  # numbers of which a few arrays stay in the cache


class Method(Protocol):
    """One family of bounds. Its values are its own, not mixed with another's.

    On a set that is `proving`, all are moved outwards by rounding.
    """

    @property
    def norms(self) -> tuple[Norm, ...]: ...

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        """(lower, upper), each (n, units), of every layer, the logits last."""
        ...

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        """(n, m) lower bounds of <weights, a> + offset of the last hidden layer's activations.

        `weights` (n, m, units) and `offset` (n, m). Without hidden layers a is the input. If the set's bounds are to be
        proofs, these are less their rounding errors; `sums` see `certify.rounding.functional_errors`.
        """
        ...


@dataclass(frozen=True)
class Interval:
    """Interval arithmetic, layer by layer (KW B.1; IBP)."""

    norms: tuple[Norm, ...] = NORMS

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        return list(interval_bounds(network.layers, ball))

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        if not network.hidden:
            return functional_bounds(network, weights, offset, [], ball, sums)
        lower, upper = last_activations(network.hidden, ball)
        least = _least(weights, lower, upper) + offset
        return proved_functionals(least, weights, offset, torch.maximum(lower.abs(), upper.abs()), ball, sums)


def _least(weights: Tensor, lower: Tensor, upper: Tensor) -> Tensor:
    """(n, m) least values of <weights, a> for a between lower and upper, in parts that stay in the cache."""
    if len(weights) > 1 and weights.numel() > IN_CACHE and not weights.is_cuda:
        return torch.cat([_least(*part) for part in zip(weights.chunk(2), lower.chunk(2), upper.chunk(2))])
    return torch.minimum(weights * lower[:, None], weights * upper[:, None]).sum(2)


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
        lines: list[Lines] = []
        for bound, layer in zip(found, network.hidden):
            lines.append(drawn(self.relaxation, bound, layer, lines[-1] if lines else None, ball))
        return found, lines

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        found, lines = self.hidden(network, ball, every_unit=True)
        return [*found, unit_bounds(network, len(network.hidden), None, lines, ball)]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        _, lines = self.hidden(network, ball, every_unit=False)
        return functional_bounds(network, weights, offset, lines, ball, sums)


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
    last, classes = network.layers[-1].affine, network.classes
    if classes**2 * math.prod(last.in_shape) > TABLE:
        return _differences(last, labels)
    every = torch.arange(classes, device=labels.device)
    weights, offset, others = kept(last, "margin functionals", lambda: _differences(last, every))
    return weights.index_select(0, labels), offset.index_select(0, labels), others.index_select(0, labels)


def _differences(last: Affine, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """`margin_functionals` of this last map."""
    matrix = dense_matrix(last)
    counted = torch.arange(len(matrix) - 1, device=labels.device).expand(len(labels), -1)
    others = counted + (counted >= labels[:, None])
    weights = matrix[labels][:, None] - matrix[others]
    return weights, last.bias[labels][:, None] - last.bias[others], others
