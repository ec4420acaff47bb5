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
    weights, limits = gains**2, limit**2
    with torch.no_grad():
        used = torch.zeros(torch.broadcast_shapes(gains.shape, limit.shape), dtype=torch.bool, device=gains.device)
        square = torch.zeros_like(_square(weights, limits, eps, used))
        while True:
            square = torch.maximum(square, _square(weights, limits, eps, used))
            more = used | (square * weights >= limits)
            if bool((more == used).all()):
                break
            used = more
    root = _square(weights, limits, eps, used)
    return torch.where(root < square, square, root)  # of equal values the one with a gradient


def _square(weights: Tensor, limits: Tensor, eps: Tensor, used: Tensor) -> Tensor:
    """(..., 1) the squared level if exactly the coordinates `used` are filled to their limit."""
    left = eps**2 - (limits * used).sum(-1, keepdim=True)
    rate = (weights * ~used).sum(-1, keepdim=True)
    return torch.where(rate > 0, left.clamp(min=0) / torch.where(rate > 0, rate, 1), torch.finfo(rate.dtype).max)
