"""Means and linear interpolations along one axis of an image, as the share that each number before has in each after.

Average pooling, adaptive average pooling and (bi)linear interpolation act on rows and on columns one after the other.
So a matrix (after, before) for each axis describes them, and the product of two shares is that of a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import torch
from torch import Tensor


def windows(size: int, kernel: int, stride: int, before: int, behind: int, dilation: int, ceil: bool) -> int:
    """How many windows there are along an axis with so much padding before and behind; below 1 if none fits.

    With `ceil`, the last one may reach over the end, but none begins behind the numbers and the padding before them.
    """
    left = size + before + behind - dilation * (kernel - 1) - 1
    count = (-(-left // stride) if ceil else left // stride) + 1
    return count - 1 if ceil and (count - 1) * stride >= size + before else count


def averages(
    size: int, kernel: int, stride: int, sides: tuple[int, int], count: int, counted: bool, dilation: int = 1
) -> Tensor:
    """(count, size) the means of `count` windows along an axis.

    sides : zeros before and behind
    counted : whether zeros within `sides` count as numbers; what lies further out never does
    """
    before, behind = sides
    places = torch.arange(count)[:, None] * stride - before + dilation * torch.arange(kernel)
    inside = (places >= 0) & (places < size)
    countable = places < size + behind if counted else inside
    shares = inside.double() / countable.sum(1, keepdim=True).clamp(min=1)
    return torch.zeros(count, size, dtype=torch.float64).scatter_add_(1, places.clamp(0, size - 1), shares)


def adaptive_windows(size: int, count: int) -> list[range]:
    """The windows of adaptive pooling from `size` numbers to `count`."""
    return [range(k * size // count, -(-(k + 1) * size // count)) for k in range(count)]


def adaptive_averages(size: int, count: int) -> Tensor:
    """(count, size) the means of adaptive pooling."""
    shares = torch.zeros(count, size, dtype=torch.float64)
    for row, window in zip(shares, adaptive_windows(size, count)):
        row[window.start : window.stop] = 1 / len(window)
    return shares


def interpolations(size: int, places: Sequence[Fraction]) -> Tensor:
    """(len(places), size) the values at these places between numbers at 0, 1, ..., size - 1, and the ends' outside."""
    shares = torch.zeros(len(places), size, dtype=torch.float64)
    for row, place in zip(shares, places):
        inside = min(max(place, Fraction(0)), Fraction(size - 1))
        first = math.floor(inside)
        row[first] += float(1 - (inside - first))
        if inside != first:
            row[first + 1] += float(inside - first)
    return shares


def stretched(size: int, count: int, scale: float | None, align_corners: bool) -> Tensor:
    """(count, size) torch's own linear interpolation from `size` numbers to `count`, in float64.

    scale : the factor that the caller gave, if torch is to use it; else count / size
    """
    every = torch.eye(size, dtype=torch.float64)[:, None]
    values: Tensor = torch.ops.aten.upsample_linear1d(every, [count], align_corners, scale)
    return values[:, 0].T.contiguous()
