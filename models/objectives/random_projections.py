"""Estimates of Fast-Lin's hidden bounds by random projections. They are not bounds, but cheap for wide layers.

Unrolled, a pre-activation moves around its middle by eps ||row||_q for the input and by ||row * h / 2||_1 for each
earlier layer's unstable units, whose chords lie h above the parallel line below (Tight eq. 14; KW's dual objective).
Exact norms need every unit's row. But for a row w and k random vectors r, the products <w, r> have the size of its
norm: the median of |<w, r>| estimates ||w||_1 where r is Cauchy, their root mean square ||w||_2 where r is normal.
And these products are a forward pass of k vectors, for all units at once.

Source: Wong, Schmidt, Metzen, Kolter (2018), Scaling provable adversarial defenses, §3.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from certify.bounds.interval import Bounds, first_layer
from certify.bounds.layerwise import unit_bounds
from certify.bounds.methods.fast_lin import fast_lin
from certify.bounds.relaxations import Lines
from certify.perturbation.perturbation import Perturbation
from geometry.network.affine import Affine, evaluate
from geometry.network.network import Network
from geometry.norms import Norm


def estimated_bounds(
    network: Network, ball: Perturbation, k: int, random: torch.Generator
) -> tuple[list[Bounds], list[Lines]]:
    """Estimates of what "fast-lin" gives for the hidden layers, (lower, upper) each (n, units), and lines on them.

    The first layer is exact, and so are layers of at most k units. Estimated bounds may be too tight, so nothing
    computed from them is a proof.

    Raises
    ------
    ValueError
        If no estimate exists: for p = 1, and for p = 2 inside a box.
    """
    check_projections(k, ball.p, ball.below is not None)
    bounds: list[Bounds] = []
    lines: list[Lines] = []
    noisy = _at_input(ball, k, random)
    estimated = [i for i, layer in enumerate(network.hidden) if i > 0 and layer.units > k]
    last = max(estimated, default=0)
    for i, layer in enumerate(network.hidden):
        if 0 < i <= last:
            noisy = noisy.activated(lines[-1], k, random).through(layer.affine)
        elif i < last:
            noisy = noisy.through(layer.affine)
        if i in estimated:
            spread = torch.stack([noise.size() for noise in noisy.noises]).sum(0)
            bounds.append((noisy.middle - spread, noisy.middle + spread))
        else:
            bounds.append(unit_bounds(network, i, None, lines, ball) if i > 0 else first_layer(layer.affine, ball))
        lines.append(fast_lin(*bounds[-1], layer.below))
    return bounds, lines


def check_projections(k: int, p: Norm, boxed: bool) -> None:
    """A ValueError unless k is a number of projections (0: none) for which this norm and box have an estimate."""
    if not (isinstance(k, int) and 0 <= k <= 10_000):
        raise ValueError(f"projections must be a whole number in 0..10000, got {k}")
    if k > 0 and (p == 1 or (p == 2 and boxed)):  # a largest entry has no such estimate, nor has a cut l2 ball
        raise ValueError(f"random projections know p = math.inf, and p = 2 without a box, got p = {p}; use 0 of them")


@dataclass(frozen=True, eq=False)
class _Noise:
    """The perturbations of one layer: the products <w, r> of each unit's row w with k random vectors r.

    `vectors` (n or 1, k, units) are the products. Their size times `scale` (n, 1) estimates the norm of the row.
    """

    vectors: Tensor
    scale: Tensor
    q: Norm  # 1: Cauchy, 2: normal

    def size(self) -> Tensor:
        """(n, units) estimates of the rows' l_q norms."""
        if self.q == 1:
            return self.scale * self.vectors.abs().median(dim=1).values
        return self.scale * (torch.linalg.vector_norm(self.vectors, dim=1) / math.sqrt(self.vectors.shape[1]))

    def through(self, affine: Affine) -> _Noise:
        return replace(self, vectors=affine.linear(self.vectors.flatten(0, 1)).unflatten(0, self.vectors.shape[:2]))

    def times(self, values: Tensor) -> _Noise:
        return replace(self, vectors=self.vectors * values[:, None])


@dataclass(frozen=True, eq=False)
class _Noisy:
    """The relaxation in a forward pass: the `middle` (n, units) of a layer's values, and the noises around it."""

    middle: Tensor
    noises: list[_Noise]

    def through(self, affine: Affine) -> _Noisy:
        return _Noisy(evaluate(affine, self.middle), [noise.through(affine) for noise in self.noises])

    def activated(self, lines: Lines, k: int, random: torch.Generator) -> _Noisy:
        """After parallel lines: the middle between them, with a new noise that reaches either line."""
        half = lines.intercept / 2
        chord = _Noise(_cauchy((k, half.shape[1]), random, half), half.new_ones(1, 1), 1).times(half)
        return _Noisy(self.middle * lines.upper + half, [*(noise.times(lines.upper) for noise in self.noises), chord])


def _at_input(ball: Perturbation, k: int, random: torch.Generator) -> _Noisy:
    shape, radius = (k, ball.center.shape[1]), ball.eps[:, None]
    if ball.p == 2:
        noise = _Noise(torch.randn(shape, generator=random).to(ball.center)[None], radius, 2)
    else:
        noise = _Noise(_cauchy(shape, random, ball.center), radius, 1)
        if ball.above is not None:
            noise = replace(noise, scale=torch.ones_like(radius)).times(ball.above)
    return _Noisy(ball.center, [noise])


def _cauchy(shape: tuple[int, int], random: torch.Generator, like: Tensor) -> Tensor:
    """(1, k, units) independent standard Cauchy numbers."""
    return torch.empty(shape).cauchy_(generator=random).to(like)[None]
