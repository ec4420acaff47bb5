"""ConvTranspose as a convolution: of the image with zeros between its pixels, by the kernel turned around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from models.files.bare_weights.padding import Sides
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import MAX_ACTIVATIONS, Array, Chain, Indices, Node
from models.files.formats.onnx.images import MAX_STEP, add_convolution, image_of

Layer: TypeAlias = Callable[[Chain, Indices], Indices]
ZERO = -1  # in place of a pixel


def transposed_convolution(node: Node, order: Indices) -> tuple[Indices, Layer]:
    """The places (1, channels, height, width) of the pixels among zeros, ZERO for these; and the layer that follows.

    Source: Dumoulin and Visin, A guide to convolution arithmetic for deep learning (2016), section 4.
    """
    dilation, groups, kernel, shape, more, pads, stride, auto = node.take(
        dilations=(1, 1), group=1, kernel_shape=None, output_shape=None, output_padding=(0, 0), pads=None,
        strides=(1, 1), auto_pad=b"NOTSET",
    )  # fmt: skip
    image_of(node)
    weight, bias = node.constant(1, 4), node.constant(2, 1) if node.given(2) else None
    if kernel is not None and tuple(kernel) != weight.shape[2:]:
        raise ValueError(f"{node.title} says its kernel is {tuple(kernel)}, its weights are {weight.shape}")
    if (len(stride), len(dilation), len(more)) != (2, 2, 2) or groups < 1:
        raise node.refuse("it must have two strides, dilations and output paddings")
    spans = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation)]
    pads = _pads(node, order.shape[2:], spans, stride, more, pads, shape, auto)
    if len(pads) != 4:
        raise node.refuse("it must have four pads")
    if min(*stride, *dilation) < 1 or min(*pads, *more) < 0 or max(*stride, *dilation, *pads, *more) > MAX_STEP:
        raise node.refuse(f"strides {tuple(stride)}, dilations {tuple(dilation)}, pads {pads} or {tuple(more)}")
    if weight.shape[0] != order.shape[1] or weight.shape[0] % groups or 0 in weight.shape:
        raise ValueError(f"{node.title} with weights {weight.shape} does not fit activations of {order.shape}")
    sides = [
        (d * (k - 1) - pads[axis], d * (k - 1) - pads[axis + 2] + more[axis])
        for axis, (k, d) in enumerate(zip(weight.shape[2:], dilation))
    ]
    grid = _spread(node, order.shape, stride, sides)
    turned = _turned(weight, int(groups))

    def layer(chain: Chain, image: Indices) -> Indices:
        chain.image(image)
        size = tuple(n - d * (k - 1) for n, k, d in zip(image.shape[2:], weight.shape[2:], dilation))
        if min(size) < 1:
            raise ValueError(f"{node.title} leaves nothing of images of {order.shape[2:]}")
        weights: dict[str, Array | Tensor] = {"weight": real_tensor(turned)}
        if bias is not None:
            weights["bias"] = bias
        none: tuple[Sides, Sides] = ((0, 0), (0, 0))
        return add_convolution(chain, weights, (1, 1), none, tuple(dilation), int(groups), size)

    return grid, layer


def _pads(
    node: Node, sizes: tuple[int, ...], spans: list[int], stride: Any, more: Any, pads: Any, shape: Any, auto: bytes
) -> tuple[int, ...]:
    """The rows and columns that are cut off, before both axes and then behind: given, or so that a shape comes out."""
    if shape is None and auto not in (b"SAME_UPPER", b"SAME_LOWER"):
        return (0, 0, 0, 0) if pads is None else tuple(pads)
    wanted = [n * s for n, s in zip(sizes, stride)] if shape is None else [int(size) for size in shape][-2:]
    whole = [s * (n - 1) + o + span for n, s, o, span in zip(sizes, stride, more, spans)]
    cut = [size - want for size, want in zip(whole, wanted)]
    if len(wanted) != 2 or min(wanted) < 1 or min(cut) < 0:
        raise node.refuse(f"an output of {tuple(wanted)[:4]}, as its kernel reaches {tuple(whole)}")
    less, rest = [c // 2 for c in cut], [c - c // 2 for c in cut]
    return (*less, *rest) if auto == b"SAME_UPPER" else (*rest, *less)


def _spread(node: Node, shape: tuple[int, ...], stride: tuple[int, int], sides: list[Sides]) -> Indices:
    """Places of pixels, `stride` apart, with ZERO between and around them; a negative side cuts rows off."""
    channels, *sizes = shape[1:]
    spans = [(n - 1) * s + 1 for n, s in zip(sizes, stride)]
    whole = [span + max(0, a) + max(0, b) for span, (a, b) in zip(spans, sides)]
    if channels * whole[0] * whole[1] > MAX_ACTIVATIONS:
        raise ValueError(f"{node.title} makes images of {whole[0]} by {whole[1]}, which is more than is read")
    grid = np.full((1, channels, *whole), ZERO)
    (top, _), (left, _) = [(max(0, a), b) for a, b in sides]
    pixels = np.arange(channels * sizes[0] * sizes[1]).reshape(1, channels, *sizes)
    grid[:, :, top : top + spans[0] : stride[0], left : left + spans[1] : stride[1]] = pixels
    rows, columns = (slice(max(0, -a), n - max(0, -b)) for n, (a, b) in zip(whole, sides))
    return grid[:, :, rows, columns]


def _turned(weight: Array, groups: int) -> Array:
    """ConvTranspose's (in, out / groups, height, width) -> (out, in / groups, height, width), turned around."""
    inputs, outputs, height, width = weight.shape
    parts = weight.reshape(groups, inputs // groups, outputs, height, width).swapaxes(1, 2)
    return parts.reshape(groups * outputs, inputs // groups, height, width)[:, :, ::-1, ::-1].copy()
