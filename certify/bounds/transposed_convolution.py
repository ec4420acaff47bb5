"""Fast transposed convolutions: back-substitution through a convolution, for rows on whole images."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from geometry.network.affine import Conv
from geometry.network.weight_cache import cached_by_weights


def transpose(conv: Conv, rows: Tensor) -> Tensor:
    """(m, out_units) -> (m, in_units): rows @ W, as `conv.transpose`.

    With stride s, input pixels of one remainder modulo s see a stride-1 convolution of the outputs with every s-th
    tap of the kernel. So all remainders together are one ordinary convolution with s * s times the channels, which
    single precision libraries run several times faster than a strided transposed one; its pixels are put in place then.
    """
    s = conv.stride[0]
    plain = conv.stride == (s, s) and s > 1 and conv.groups == 1 and conv.dilation == (1, 1)
    if not plain or rows.dtype != torch.float32:
        return conv.transpose(rows)
    kernel = cached_by_weights(conv, "by remainder", lambda: _by_remainder(conv.weight, s))
    images = rows.reshape(-1, *conv.out_shape)
    coarse = F.conv2d(images, kernel, padding=(kernel.shape[2] - 1, kernel.shape[3] - 1)).unflatten(1, (-1, s, s))
    left, _, top, _ = conv.padding
    _, height, width = conv.in_shape
    complete = top + height <= s * coarse.shape[4] and left + width <= s * coarse.shape[5]
    fine = (coarse.new_empty if complete else coarse.new_zeros)(len(rows), *conv.in_shape)
    for i in range(s):
        for j in range(s):  # the pixels at i, j modulo s, counted with the padding
            pixels = fine[:, :, (i - top) % s :: s, (j - left) % s :: s]
            seen = coarse[:, :, i, j, -((i - top) // s) :, -((j - left) // s) :]
            seen = seen[:, :, : pixels.shape[2], : pixels.shape[3]]
            pixels[:, :, : seen.shape[2], : seen.shape[3]] = seen
    return fine.flatten(1)


def _by_remainder(weight: Tensor, s: int) -> Tensor:
    """(out, in, kh, kw) -> (in * s * s, out, ceil(kh / s), ceil(kw / s)): a kernel for each remainder modulo s."""
    taps = [-(-size // s) for size in weight.shape[2:]]
    weight = F.pad(weight, (0, taps[1] * s - weight.shape[3], 0, taps[0] * s - weight.shape[2]))
    outputs, inputs = weight.shape[:2]
    split = weight.reshape(outputs, inputs, taps[0], s, taps[1], s).permute(1, 3, 5, 0, 2, 4)
    return split.reshape(inputs * s * s, outputs, *taps).flip(2, 3)
