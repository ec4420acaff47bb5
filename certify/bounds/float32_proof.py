"""Proofs computed in float32, on a CPU or a GPU, that hold for the network's float64 weights.

The weights rounded to float32 are another network. In each layer the two differ by at most u (|W| |a| + |b|),
u = 2^-24, which is less than what a float32 pass of the rounded network may lose. So a bound that covers every such
pass (`FLOAT32` in `certify.perturbation.arithmetic`) covers the float64 network, too. It is computed in float32 itself:
its own rounding is that of `certify.perturbation.rounding` at this precision. The perturbation set is enclosed by one
with float32 numbers. What float32 leaves open is for float64 to decide.

Products must be those of IEEE arithmetic: no TF32, no Winograd convolution (`ieee_products`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from certify.bounds.methods import METHODS
from certify.bounds.proof import proved_margins
from certify.perturbation.arithmetic import FLOAT32, REAL
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.points import Points, Radii
from certify.perturbation.rounding import gamma, proves_positive
from geometry.network.network import Network
from geometry.network.weight_cache import cached_by_weights

ONLY_FLOAT64 = ("lp",)  # methods whose solver computes in float64


@torch.no_grad()
def proved_in_float32(points: Points, eps: Radii, method: str, device: torch.device | str = "cpu") -> NDArray[np.bool_]:
    """(n,) points whose class `method` proves at eps in float32 on the device; others are open. Checked arguments."""
    if len(points) == 0 or method in ONLY_FLOAT64:
        return np.zeros(len(points), dtype=bool)
    place = torch.device(device)
    with ieee_products():
        network, ball = rounded(points.exact, place), enclosed(points.ball(eps), place)
        labels = torch.from_numpy(points.labels).to(place)
        least = proved_margins(network, ball, labels, METHODS[method].run, FLOAT32)
    return np.asarray(proves_positive(least).all(1).cpu().numpy(), dtype=bool)


def rounded(network: Network, device: torch.device) -> Network:
    """A float64 network with its weights rounded to float32, on the device."""

    def cast() -> Network:
        layers = (replace(layer, affine=layer.affine.to(torch.float32, device)) for layer in network.layers)
        return replace(network, layers=tuple(layers), source=None)

    return cached_by_weights(network, ("float32", str(device)), cast)


def enclosed(ball: Perturbation, device: torch.device) -> Perturbation:
    """Sets of float32 numbers that hold these sets of float64 numbers, on the device.

    The center moves by its rounding; the radius grows by the length of that step, and each side by its size. Both are
    computed in float64, and rounded up.
    """
    exact = ball.proving(REAL)  # holds the set as it is without rounding
    center = exact.center.float()
    moved = (exact.center - center.double()).abs()
    slack = 1 + gamma(center.shape[1] + 16, torch.float64)
    eps = _up(slack * (exact.eps + torch.linalg.vector_norm(moved, ball.p, dim=1)))
    if exact.below is None or exact.above is None:
        return Perturbation(center.to(device), eps.to(device), ball.p)
    below, above = (_up(slack * (limit + moved)).to(device) for limit in (exact.below, exact.above))
    return Perturbation(center.to(device), eps.to(device), ball.p, below, above)


def _up(values: Tensor) -> Tensor:
    """float64 values >= 0 -> the least float32 numbers that are no smaller, or the next ones; at least the smallest."""
    cast = values.float()
    infinity = torch.full_like(cast, torch.inf)
    return torch.where(cast.double() < values, cast.nextafter(infinity), cast)


@contextmanager
def ieee_products() -> Iterator[None]:
    """Products and convolutions of float32 numbers in this process as sums of rounded products, in any order.

    cuDNN and oneDNN may choose convolutions that lose more (Winograd), and TF32 or bfloat16 products if a program has
    allowed them. Without these libraries a convolution is a matrix product of patches.
    """
    before = bool(torch.backends.cudnn.enabled), bool(torch.backends.mkldnn.enabled)
    precision = torch.get_float32_matmul_precision()
    _set(False, False, "highest")
    try:
        yield
    finally:
        _set(*before, precision)


def _set(cudnn: bool, mkldnn: bool, precision: str) -> None:
    torch.backends.cudnn.enabled, torch.backends.mkldnn.enabled = cudnn, mkldnn  # type: ignore[assignment]
    torch.set_float32_matmul_precision(precision)
