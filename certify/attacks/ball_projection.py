"""Euclidean projections onto an l_p ball cut by a box, exact up to rounding and inside both."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from certify.perturbation.clipped_length import squared_level
from geometry.norms import Norm

ATTEMPTS = 8  # at rounding into the ball at most, each four times as far in as the one before
MULTIPLIER_HALVINGS = 80  # of the multiplier's interval: to the last bit of a float64


def project(z: Tensor, x: Tensor, eps: Tensor, p: Norm, low: Tensor, high: Tensor) -> Tensor:
    """The point nearest to z (l2) with ||. - x||_p <= eps and low <= . <= high.

    Parameters
    ----------
    z, x : (n, d), x inside the box
    eps : (n,), may be infinite
    low, high : (d,), may be infinite

    By the conditions of optimality the step is clip(shrink(z - x, t), low - x, high - x) with one t >= 0 per point:
    shrink multiplies by a factor up to 1 for l2 and soft-thresholds at t for l1 (for l-infinity both sets are boxes).
    Its length rises with the factor, and falls with t. The factor solves a piecewise linear equation; halving finds
    the smallest t that stays in the ball.
    """
    if p == math.inf:
        return torch.clamp(z, *interval(x, eps, low, high))
    return inside(x, nearest_step(z, x, eps, p, low, high), eps, p, low, high)


def nearest_step(z: Tensor, x: Tensor, eps: Tensor, p: Norm, low: Tensor, high: Tensor) -> Tensor:
    """The step from x to `project`'s point for p = 1 and 2, but for rounding, which may leave the ball by some bits."""
    wanted, lowest, highest, radius = z - x, low - x, high - x, eps[:, None]
    step = wanted.clamp(lowest, highest)
    outside = torch.linalg.vector_norm(step, p, dim=1) > eps
    if bool(outside.any()):
        shrunk = _stretched if p == 2 else _soft_thresholded
        step = torch.where(outside[:, None], shrunk(wanted, lowest, highest, radius), step)
    return step


def interval(x: Tensor, eps: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """Two (n, d): the ends of the box ||. - x||_inf <= eps within low <= . <= high."""
    radius = eps[:, None]
    below, above = (low - x).maximum(-radius), (high - x).minimum(radius)
    return inside(x, below, eps, math.inf, low, high), inside(x, above, eps, math.inf, low, high)


def _stretched(wanted: Tensor, lowest: Tensor, highest: Tensor, radius: Tensor) -> Tensor:
    """Steps clip(factor * wanted, lowest, highest) of l2 length `radius`, where the clipped steps wanted are longer."""
    largest = wanted.abs().amax(dim=1, keepdim=True)
    size = torch.where(largest > 0, largest, 1)  # so that no square underflows
    gains = wanted.abs() / size
    limit = torch.where(wanted > 0, highest, -lowest).clamp(min=0) / size
    square = squared_level(gains, limit.clamp(max=torch.finfo(limit.dtype).max ** 0.25), radius / size)
    return (wanted * square.sqrt()).clamp(lowest, highest)


def _soft_thresholded(wanted: Tensor, lowest: Tensor, highest: Tensor, radius: Tensor) -> Tensor:
    """The same for l1 length, soft-thresholded by the smallest t with a length up to `radius`."""
    above = wanted.abs().amax(dim=1, keepdim=True)
    below = torch.zeros_like(above)

    def at(t: Tensor) -> Tensor:
        return (wanted.sign() * (wanted.abs() - t).clamp(min=0)).clamp(lowest, highest)

    for _ in range(MULTIPLIER_HALVINGS):
        middle = (below + above) / 2
        fits = torch.linalg.vector_norm(at(middle), 1, dim=1, keepdim=True) <= radius
        below, above = below.where(fits, middle), middle.where(fits, above)
    return at(above)


def onto_l1_ball(shift: Tensor, eps: Tensor) -> Tensor:
    """The points nearest to `shift` (n, d) (l2) with l1 norm up to eps, up to rounding.

    The nearest point is shift soft-thresholded at t >= 0. Sorted by size, |shift| exceeds t in its first k coordinates,
    k the largest number with k |shift|_(k) > |shift|_(1) + ... + |shift|_(k) - eps. No step depends on the values, so
    that a CUDA graph can hold it; `project` handles a box too.

    Source: Duchi et al. (2008), Efficient projections onto the l1-ball, Fig. 1.
    """
    sizes = shift.abs()
    largest = sizes.sort(dim=1, descending=True).values
    excess = largest.cumsum(1) - eps
    counts = torch.arange(1, shift.shape[1] + 1, dtype=shift.dtype, device=shift.device)
    above = (counts * largest > excess).sum(1, keepdim=True).clamp(min=1)
    threshold = (excess.gather(1, above - 1) / above).clamp(min=0)
    return shift.sign() * (sizes - threshold).clamp(min=0)


def inside(x: Tensor, step: Tensor, eps: Tensor, p: Norm, low: Tensor, high: Tensor) -> Tensor:
    """x + step, moved back by the last bits by which rounding may leave the ball or the box."""
    limit = eps * (1 - x.shape[1] * torch.finfo(torch.float64).eps)  # norms summed in another order differ by less
    last_bit = torch.finfo(x.dtype).eps * torch.maximum(x.abs(), step.abs()).amax(dim=1)
    moved = (x + step).clamp(low, high)
    for _ in range(ATTEMPTS):
        length = torch.linalg.vector_norm(moved.double() - x.double(), p, dim=1)
        over = length > limit
        if not bool(over.any()):
            return moved
        factor = ((limit - last_bit).clamp(min=0) / length).to(x.dtype)
        moved = torch.where(over[:, None], (x + (moved - x) * factor[:, None]).clamp(low, high), moved)
        last_bit = last_bit * 4
    return torch.where(over[:, None], x, moved)
