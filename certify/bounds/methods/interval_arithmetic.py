"""Interval arithmetic as a bounding method: every unit's range from the ranges below it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.bounds.interval import Bounds, interval_bounds, last_activations
from certify.bounds.layerwise import functional_bounds, proved_functionals
from certify.costs import MARGINS
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums
from certify.records import Bound, Style
from geometry.network.network import Network


@dataclass(frozen=True)
class Interval:
    """Interval arithmetic, layer by layer (KW B.1; IBP)."""

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
    if len(weights) > 1 and weights.numel() > tuning.IN_CACHE and not weights.is_cuda:
        return torch.cat([_least(*part) for part in zip(weights.chunk(2), lower.chunk(2), upper.chunk(2))])
    return torch.minimum(weights * lower[:, None], weights * upper[:, None]).sum(2)


INTERVAL = Bound(
    run=Interval(),
    title="Interval",
    line="Every unit's range from the ranges below it, as if units were independent.",
    place=30,
    cost=lambda work: MARGINS * 4 * (work.fixed + work.forward),
    style=Style("#8CCFA4", "dot", "circle-open"),
)
