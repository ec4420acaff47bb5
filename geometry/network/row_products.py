"""Matrices that act on every row of the last dimension, as nn.Linear does."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from geometry.network.affine import Affine, Conv, Dense, Shape
from geometry.network.blocks import Taps
from geometry.network.composition import compose


def row_product(weight: Tensor, bias: Tensor | None, shape: Shape) -> Affine:
    """Rows of activations of this shape times a matrix (out, in), and a bias (out,) or of one number added."""
    *rows, inputs = shape
    count, outputs = math.prod(rows), len(weight)
    if weight.shape[1] != inputs:
        raise ValueError(f"a matrix of shape {tuple(weight.shape)} does not fit activations of shape {shape}")
    shift = weight.new_zeros(outputs) if bias is None else torch.broadcast_to(bias.flatten(), (outputs,))
    if count == 1:
        return Dense(weight, shift, shape, (*rows, outputs))
    # as a convolution of one pixel over the rows: (rows, in) -> (in, rows, 1)
    images = (inputs, count, 1), (outputs, count, 1)
    kernel = weight[:, :, None, None]
    conv = Conv(kernel, shift.repeat_interleave(count), *images, (1, 1), (0, 0, 0, 0), (1, 1), 1)
    first = _swapped((count, inputs), shape, images[0], weight)
    return compose([first, conv, _swapped((outputs, count), images[1], (*rows, outputs), weight)])


def last_two_swapped(shape: Shape, like: Tensor) -> Taps:
    """The transposition of the last two dimensions of activations of this shape."""
    *ahead, rows, columns = shape
    return _swapped((math.prod(ahead), rows, columns), shape, (*ahead, columns, rows), like)


def _swapped(sizes: Shape, before: Shape, after: Shape, like: Tensor) -> Taps:
    """The transposition of the last two of `sizes`, between these shapes."""
    index = torch.arange(math.prod(before), device=like.device).reshape(sizes).transpose(-1, -2).flatten()
    return Taps(index[:, None], like.new_ones(len(index), 1), like.new_zeros(len(index)), before, after)
