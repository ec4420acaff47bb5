"""Patches of an image that units of a convolution depend on, and back-substitution of coefficients on them."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from certify.bounds import tuning
from geometry.network.affine import Conv, Shape

PATCH_MATRIX = 1 << 20  # numbers up to which a convolution is written out as a matrix from patch to patch: 8 MB


def grown(size: tuple[int, int], conv: Conv) -> tuple[int, int] | None:
    """The patch of inputs that a patch of the convolution's outputs depends on; None if it is as large as the image."""
    kernel = [d * (k - 1) + 1 for k, d in zip(conv.weight.shape[2:], conv.dilation)]
    height, width = ((n - 1) * s + k for n, s, k in zip(size, conv.stride, kernel))
    covers = height * width >= math.prod(conv.in_shape[1:])
    return None if covers and math.prod(size) > 1 else (height, width)


def patch_index(
    image: Shape,
    grid: tuple[int, int],
    size: tuple[int, int],
    stride: tuple[int, int],
    overlap: tuple[int, int],
    device: torch.device,
) -> Tensor:
    """(places, length) positions of each place's patch in the flat image, counted from 1; 0 outside."""
    spans = []
    for axis, before in ((0, overlap[1]), (1, overlap[0])):
        start = torch.arange(grid[axis], device=device)[:, None] * stride[axis] - before
        spans.append(start + torch.arange(size[axis], device=device))
    rows, columns = spans[0][:, None, :, None], spans[1][None, :, None, :]
    inside = (rows >= 0) & (rows < image[1]) & (columns >= 0) & (columns < image[2])
    flat = torch.where(inside, rows * image[2] + columns + 1, 0).reshape(-1, 1, size[0] * size[1])
    channels = torch.arange(image[0], device=device)[:, None] * (image[1] * image[2])
    return torch.where(flat > 0, flat + channels, 0).flatten(1)


def transpose_patches(conv: Conv, coefficients: Tensor, size: tuple[int, int], grown: tuple[int, int]) -> Tensor:
    """(..., length) rows on patches of the convolution's output -> (..., length) on patches of its input."""

    def transposed(patches: Tensor) -> Tensor:
        images = patches.reshape(-1, conv.out_shape[0], *size)
        return F.conv_transpose2d(images, conv.weight, None, conv.stride, 0, 0, conv.groups, conv.dilation).flatten(1)

    before, after = coefficients.shape[-1], conv.in_shape[0] * math.prod(grown)
    rows = coefficients.reshape(-1, before)
    taps = conv.weight.shape[1] * math.prod(conv.weight.shape[2:])
    if before * after <= PATCH_MATRIX and after <= tuning.PATCH_WASTE * taps and len(rows) > before:
        pulled_back = rows @ transposed(torch.eye(before, dtype=rows.dtype, device=rows.device))
    else:
        pulled_back = transposed(rows)
    return pulled_back.reshape(*coefficients.shape[:-1], after)
