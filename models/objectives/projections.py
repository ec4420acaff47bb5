"""Fast-Lin's hidden bounds *estimated* by random projections: not bounds, but cheap enough for wide layers.

Unrolled, a pre-activation moves around its middle by eps ||row||_q for the input and by ||row * h / 2||_1 for each
earlier layer's unstable units, whose chords lie h above the parallel line below (Tight eq. 14; KW's dual objective).
Exact norms need every unit's row. But for a row w and k random vectors r, the products <w, r> have the size of its
norm: the median of |<w, r>| estimates ||w||_1 where r is Cauchy, their root mean square ||w||_2 where r is normal.
And these products are a forward pass of k vectors, for all units at once.

Source: Wong, Schmidt, Metzen, Kolter (2018), Scaling provable adversarial defenses, §3.2.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from certify.interval import Bounds, first_layer
from certify.layerwise import unit_bounds
from certify.perturbation import Perturbation
from certify.relaxations import Lines, fast_lin
from geometry.affine import Affine, evaluate
from geometry.network import Network
from geometry.norms import Norm


@dataclass(frozen=True, eq=False)
class _Noise:
    """`vectors` (n, k, units): k random directions in which one layer's adversary can push, and their measure."""

    vectors: Tensor
    norm: Callable[[Tensor], Tensor]

    def through(self, affine: Affine) -> _Noise:
        return replace(self, vectors=affine.linear(self.vectors.flatten(0, 1)).unflatten(0, self.vectors.shape[:2]))

    def times(self, values: Tensor) -> _Noise:
        return replace(self, vectors=self.vectors * values[:, None])


def estimated_bounds(
    network: Network, ball: Perturbation, k: int, random: torch.Generator
) -> tuple[list[Bounds], list[Lines]]:
    """Estimates of what "fast-lin" gives for the hidden layers, (lower, upper) each (n, units), and lines on them.

    The first layer is exact, and so are layers of at most k units, where that is cheaper. The units' bounds may be
    too tight: what follows from them holds only as far as the estimate does.

    Raises
    ------
    ValueError
        Where no estimate is known: p = 1, and p = 2 inside a box.
    """
    check_projections(k, ball.p, ball.below is not None)
    found: list[Bounds] = []
    lines: list[Lines] = []
    noises: list[_Noise] = []
    middle = ball.center
    for i, layer in enumerate(network.hidden):
        if i == 0:
            noises = [_input_noise(ball, k, random)]
        else:
            line = lines[-1]
            middle = middle * line.upper + line.intercept / 2
            noises = [noise.times(line.upper) for noise in noises]
            noises.append(_Noise(_cauchy((k, middle.shape[1]), random, middle), _l1).times(line.intercept / 2))
        noises = [noise.through(layer.affine) for noise in noises]
        middle = evaluate(layer.affine, middle)
        if i == 0:
            found.append(first_layer(layer.affine, ball))
        elif layer.units <= k:
            found.append(unit_bounds(network, i, None, lines, ball))
        else:
            spread = torch.stack([noise.norm(noise.vectors) for noise in noises]).sum(0)
            found.append((middle - spread, middle + spread))
        lines.append(fast_lin(*found[-1], layer.slope or 0.0))
    return found, lines


def check_projections(k: int, p: Norm, boxed: bool) -> None:
    """A ValueError unless k is a number of projections (0: none) that estimate something with this norm and box."""
    if not 0 <= k <= 10_000:
        raise ValueError(f"projections must lie in 0..10000, got {k}")
    if k > 0 and (p == 1 or (p == 2 and boxed)):  # a largest entry has no such estimate, nor has a cut l2 ball
        raise ValueError(f"random projections know p = math.inf, and p = 2 without a box, got p = {p}; use 0 of them")


def _input_noise(ball: Perturbation, k: int, random: torch.Generator) -> _Noise:
    shape = (k, ball.center.shape[1])
    if ball.p == math.inf:
        return _Noise(_cauchy(shape, random, ball.center), _l1).times(ball.reach)
    normal = torch.randn(shape, generator=random).to(ball.center)
    return _Noise(normal[None], _l2).times(ball.reach)


def _cauchy(shape: tuple[int, int], random: torch.Generator, like: Tensor) -> Tensor:
    """(1, k, units) independent standard Cauchy numbers."""
    return torch.empty(shape).cauchy_(generator=random).to(like)[None]


def _l1(products: Tensor) -> Tensor:
    """(n, k, units) products with Cauchy vectors -> (n, units) estimates of l1 norms."""
    return products.abs().median(dim=1).values


def _l2(products: Tensor) -> Tensor:
    """(n, k, units) products with normal vectors -> (n, units) estimates of l2 norms."""
    return torch.linalg.vector_norm(products, dim=1) / math.sqrt(products.shape[1])
