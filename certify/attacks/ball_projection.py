"""Euclidean projections onto an l_p ball cut by a box, exact up to rounding and inside both."""

from __future__ import annotations

import math

import torch
from torch import Tensor

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
    shrink divides by 1 + t for l2 and soft-thresholds at t for l1 (for l-infinity both sets are boxes). Its norm falls
    with t, so halving finds the smallest t that stays in the ball.
    """
    lowest, highest = low - x, high - x
    if p == math.inf:
        radius = eps[:, None]
        step = (z - x).clamp(lowest.maximum(-radius), highest.minimum(radius))
        return inside(x, step, eps, p, low, high)
    wanted = z - x

    def shrunk(t: Tensor) -> Tensor:
        step = wanted / (1 + t) if p == 2 else wanted.sign() * (wanted.abs() - t).clamp(min=0)
        return step.clamp(lowest, highest)

    zero = torch.zeros_like(eps)[:, None]
    outside = torch.linalg.vector_norm(shrunk(zero), p, dim=1) > eps
    step, radius = shrunk(zero), eps[:, None]
    if p == 2:  # the ball's own nearest point, where it lies in the box
        length = torch.linalg.vector_norm(wanted, 2, dim=1, keepdim=True)
        nearest = wanted * (radius / torch.where(length > 0, length, 1)).clamp(max=1)
        direct = outside & ((nearest >= lowest) & (nearest <= highest)).all(dim=1)
        step, outside = torch.where(direct[:, None], nearest, step), outside & ~direct
    if bool(outside.any()):
        largest = wanted.abs().amax(dim=1, keepdim=True)
        if p == 2:  # with t >= ||z - x|| / eps the step is inside before any clipping
            largest = torch.where(radius > 0, length / radius, length)
        below, above = zero, largest.where(outside[:, None], zero)
        for _ in range(MULTIPLIER_HALVINGS):
            middle = (below + above) / 2
            fits = torch.linalg.vector_norm(shrunk(middle), p, dim=1, keepdim=True) <= radius
            below, above = below.where(fits, middle), middle.where(fits, above)
        step = torch.where(outside[:, None], shrunk(above), step)
    return inside(x, step, eps, p, low, high)


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
