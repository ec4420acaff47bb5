"""How far a vector can be stretched whose coordinates stop at limits, until it has a given length (l2)."""

from __future__ import annotations

import torch
from torch import Tensor


def squared_level(gains: Tensor, limit: Tensor, eps: Tensor) -> Tensor:
    """(..., 1) the squared level at which t = min(limit, level * gains) has length eps, or one at which t = limit.

    `gains` and `limit` (..., d), not negative; `eps` broadcastable to (..., 1).

    The squared length is concave and piecewise linear in the squared level. So Newton's steps from below never pass
    the root. Each step fills more coordinates to their limit, and the first that does not ends, exactly, at the root.
    The level must not fall by rounding: where filled coordinates have all the length, it would fall to 0.
    """
    weights = gains**2
    with torch.no_grad():
        square = _level_from_below(weights, limit, eps)
    if not (torch.is_grad_enabled() and (gains.requires_grad or limit.requires_grad or eps.requires_grad)):
        return square
    limits = limit**2
    used = (square * weights >= limits).detach()
    root = _square((limits * used).sum(-1, keepdim=True), (weights * ~used).sum(-1, keepdim=True), eps)
    higher = root + (square - root).clamp(min=0).detach()  # not below the level by rounding, with the root's gradient
    return torch.where(2 * root < square, square, higher)


def _level_from_below(weights: Tensor, limit: Tensor, eps: Tensor) -> Tensor:
    """Newton's steps, on the coordinates that a step can fill: their limits are neither 0 nor eps or more."""
    free = limit >= eps
    fillable = (limit > 0) & ~free
    always = (weights * free).sum(-1, keepdim=True)
    columns = fillable.flatten(0, -2).any(0)
    if 2 * int(columns.sum()) < len(columns):  # an image has few grey pixels
        weights, limit, fillable = (values[..., columns] for values in (weights, limit, fillable))
    weights, limits = weights * fillable, limit**2 * fillable
    square = _square(torch.zeros_like(always), always + weights.sum(-1, keepdim=True), eps)
    used = square * weights >= limits
    while True:
        filled, rate = (limits * used).sum(-1, keepdim=True), always + (weights * ~used).sum(-1, keepdim=True)
        square = torch.maximum(square, _square(filled, rate, eps))
        more = used | (square * weights >= limits)
        if bool((more == used).all()):
            return square
        used = more


def _square(filled: Tensor, rate: Tensor, eps: Tensor) -> Tensor:
    """(..., 1) the squared level if the coordinates filled have the squared length `filled`, the others this rate."""
    left = (eps**2 - filled).clamp(min=0)
    return torch.where(rate > 0, left / torch.where(rate > 0, rate, 1), torch.finfo(rate.dtype).max)
