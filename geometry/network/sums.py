"""What the sums of an affine map in float64 lose."""

from __future__ import annotations

import numpy as np
import torch

from geometry.network.affine import Affine, Chain, Conv, Dense
from geometry.network.blocks import Blocks, Taps
from geometry.network.weight_cache import cached_by_weights

EPSILON = float(np.finfo(np.float64).eps)


def gamma(affine: Affine) -> float:
    """Twice what a value of the map, or a row times its matrix, loses relatively to the sum of absolute values.

    A sum of n products in any order loses n u / (1 - n u), u = eps / 2; a few more roundings go with each.
    """
    return EPSILON * (longest_sum(affine) + 16)


def longest_sum(affine: Affine) -> int:
    """The most terms that are added up, one after the other, by the map or by rows times its matrix."""
    match affine:
        case Chain():
            return sum(longest_sum(part) for part in affine.parts)
        case Dense():
            return max(affine.weight.shape) + 2
        case Conv():
            outputs, inputs, *kernel = affine.weight.shape
            return max(outputs // affine.groups, inputs) * kernel[0] * kernel[1] + 2
        case Taps():
            return max(affine.index.shape[1], _most_reads(affine)) + 2
        case Blocks():
            beside = (affine.beside(block, inputs=True) for block in affine.blocks)
            return max((sum(longest_sum(part) for part in parts) for parts in beside), default=0) + 2
    return 3


def _most_reads(taps: Taps) -> int:
    """How many outputs read the same input, at most."""
    return cached_by_weights(taps, "reads", lambda: int(torch.bincount(taps.index.flatten()).max()))
