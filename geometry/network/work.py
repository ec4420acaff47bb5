"""The number of multiplications of an affine map."""

from __future__ import annotations

from geometry.network.affine import Affine, Conv, Dense
from geometry.network.blocks import Blocks, Taps


def multiplications(affine: Affine) -> int:
    """How many one evaluation at one point takes."""
    if isinstance(affine, Dense):
        return affine.weight.numel()
    if isinstance(affine, Conv):
        return len(affine.bias) * affine.weight[0].numel()
    if isinstance(affine, Taps):
        return affine.weight.numel()
    if isinstance(affine, Blocks):
        return sum(multiplications(block.affine) for block in affine.blocks)
    return sum(multiplications(part) for part in getattr(affine, "parts", ()))


def single_numbers(affine: Affine) -> int:
    """How many numbers one evaluation picks one by one, outside of products of matrices."""
    if isinstance(affine, Taps):
        return affine.index.numel()
    if isinstance(affine, Blocks):
        return sum(single_numbers(block.affine) for block in affine.blocks)
    return sum(single_numbers(part) for part in getattr(affine, "parts", ()))
