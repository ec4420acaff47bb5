"""Paddings that torch's Conv2d lacks, TensorFlow's SAME and unequal sides, rewritten as symmetric padding."""

from __future__ import annotations

from typing import TypeAlias

import torch.nn.functional as F
from torch import Tensor

from geometry.network.network import UnsupportedLayerError

Sides: TypeAlias = tuple[int, int]  # zeros before and after rows or columns


def same(size: int, kernel: int, stride: int, dilation: int = 1) -> Sides:
    """Zeros so that ceil(size / stride) outputs come out; an odd one is last (TensorFlow's SAME, ONNX's SAME_UPPER)."""
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size)
    return total // 2, total - total // 2


def outputs(size: int, kernel: int, stride: int, padding: Sides, dilation: int = 1) -> int:
    """The number of outputs of a kernel along an axis of `size` with padding; below 1 if it does not fit."""
    return (size + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1


def symmetric(weight: Tensor, rows: Sides, columns: Sides, dilation: Sides = (1, 1)) -> tuple[Tensor, tuple[int, int]]:
    """The same convolution with equal padding on both sides: the kernel grows zeros where there was less.

    A kernel that begins with a row of zeros reads as if it began one row later; so (1, 2) zeros around an image
    and a kernel w are (2, 2) zeros and the kernel (0, w), at every stride.

    Parameters
    ----------
    weight : (out, in / groups, kh, kw)
    rows, columns : zeros before and after

    Returns
    -------
    The kernel, and the padding of rows and of columns.

    Raises
    ------
    UnsupportedLayerError
        If the difference of the sides is no multiple of the dilation.
    """
    grown = []
    for (before, behind), step in ((columns, dilation[1]), (rows, dilation[0])):
        more, rest = divmod(abs(behind - before), step)
        if rest:
            raise UnsupportedLayerError(
                f"a convolution with a padding of {before} before and {behind} behind at dilation {step} is not "
                "supported; use the same padding on both sides"
            )
        grown += [more, 0] if behind > before else [0, more]
    return F.pad(weight, grown), (max(rows), max(columns))
