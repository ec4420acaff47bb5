"""How much arithmetic an affine map takes."""

from __future__ import annotations

from geometry.network.affine import Affine, Conv, Dense


def multiplications(affine: Affine) -> int:
    """Of one evaluation at one point."""
    if isinstance(affine, Dense):
        return affine.weight.numel()
    if isinstance(affine, Conv):
        return len(affine.bias) * affine.weight[0].numel()
    return sum(multiplications(part) for part in getattr(affine, "parts", ()))
