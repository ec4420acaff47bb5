"""ONNX operators on images (batch, channels, height, width): convolutions and padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from geometry.network.affine import Shape
from models.files.bare_weights.padding import Sides, outputs, same, symmetric
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import Array, Chain, Indices, Node, in_order

MAX_STEP = 64  # of strides, dilations and zeros on one side: a limit on damaged files


def convolution(chain: Chain, node: Node) -> Indices:
    dilations, group, kernel, stride, pads, auto = node.take(
        dilations=(1, 1), group=1, kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET"
    )
    image = image_of(node)
    weight = real_tensor(node.constant(1, 4))
    if kernel is not None and tuple(kernel) != tuple(weight.shape[2:]):
        raise ValueError(f"{node.title} says its kernel is {tuple(kernel)}, its weights are {tuple(weight.shape)}")
    size = tuple(weight.shape[2:])
    padding = padding_of(node, image.shape[2:], size, stride, pads, auto, dilations)
    shape = shape_after(node, image.shape[2:], size, stride, padding, dilations)
    weights: dict[str, Array | Tensor] = {"weight": weight}
    if node.given(2):
        weights["bias"] = node.constant(2, 1)
    chain.image(image)
    (top, bottom), (left, right) = chain.take_padding()
    rows, columns = padding
    padding = ((rows[0] + top, rows[1] + bottom), (columns[0] + left, columns[1] + right))
    return add_convolution(chain, weights, stride, padding, dilations, group, shape)


def add_convolution(
    chain: Chain, weights: dict[str, Array | Tensor], stride: Any, padding: tuple[Sides, Sides], dilation: Any,
    groups: int, size: Shape,
) -> Indices:  # fmt: skip
    weight, zeros = symmetric(torch.as_tensor(weights["weight"]), *padding, dilation=tuple(dilation))
    chain.add(
        "Conv2d", (len(weight), *size), {**weights, "weight": weight},
        in_channels=weight.shape[1] * groups, out_channels=len(weight), kernel_size=list(weight.shape[2:]),
        stride=list(stride), padding=list(zeros), dilation=list(dilation), groups=groups, bias="bias" in weights,
    )  # fmt: skip
    return in_order((1, *chain.shape))


def pad(chain: Chain, node: Node) -> Indices:
    """Zeros around images, as a 1 x 1 convolution. A convolution that follows takes them over."""
    image = image_of(node)
    mode, sides, filling = pads_of(node, image)
    if not sides.any():
        return image
    if mode != "constant" or filling != 0:
        raise node.refuse("only zeros around images are")
    if sides[:2].any() or sides.min() < 0:
        raise node.refuse(f"pads {tuple(map(tuple, sides.tolist()))}; zeros around rows and columns are")
    chain.image(image)
    (top, bottom), (left, right) = sides[2:].tolist()
    channels, height, width = before = chain.shape
    shape = (height + top + bottom, width + left + right)
    padding = ((top, bottom), (left, right))
    weights: dict[str, Array | Tensor] = {"weight": torch.ones(channels, 1, 1, 1)}
    order = add_convolution(chain, weights, (1, 1), padding, (1, 1), channels, shape)
    chain.padded = (len(chain.specs), before, padding)
    return order


def pads_of(node: Node, order: Indices) -> tuple[str, Array, float]:
    """The mode of a Pad; the numbers before and behind every axis (axes, 2), negative where some are cut off; and the
    number that is filled in.
    """
    mode, pads, filling = node.take(mode=b"constant", pads=None, value=0.0)
    pads = np.asarray(node.constant(1, 1) if pads is None else pads)
    filling = node.optional(2) if node.given(2) else filling
    given_axes = node.optional(3)
    axes = list(range(order.ndim)) if given_axes is None else given_axes.tolist()
    sides = np.zeros((order.ndim, 2), int)
    if len(pads) != 2 * len(axes):
        raise ValueError(f"{node.title} has {len(pads)} pads for {len(axes)} axes")
    for axis, before, behind in zip(axes, pads[: len(axes)], pads[len(axes) :]):
        sides[int(axis)] = before, behind
    if abs(sides).max(initial=0) > MAX_STEP:
        raise node.refuse(f"pads {tuple(pads.tolist())[:8]}; up to {MAX_STEP} on a side are")
    if mode not in (b"constant", b"reflect", b"edge"):
        raise node.refuse(f"the mode {mode[:20]!r}; constant, reflect and edge are")
    return mode.decode(), sides, float(np.asarray(filling).reshape(()))


def image_of(node: Node) -> Indices:
    image = node.view()
    if image.ndim != 4 or image.shape[0] != 1:
        raise node.refuse(f"it must act on images (batch, channels, height, width), these are {image.shape}")
    return image


def padding_of(
    node: Node, size: Shape, kernel: Shape, stride: Any, pads: Any, auto: bytes, dilation: Any
) -> tuple[Sides, Sides]:
    """The zeros before and after rows and columns. ONNX lists those before all axes, then those after."""
    pads = tuple(pads or (0, 0, 0, 0))
    if (len(stride), len(dilation), len(pads)) != (2, 2, 4):
        raise node.refuse("it must have two strides, two dilations and four pads")
    if min(*stride, *dilation) < 1 or min(pads) < 0 or max(*stride, *dilation, *pads) > MAX_STEP:
        raise node.refuse(f"strides {tuple(stride)}, dilations {tuple(dilation)} or pads {pads}")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        upper = [same(n, k, s, d) for n, k, s, d in zip(size, kernel, stride, dilation)]
        rows, columns = upper if auto == b"SAME_UPPER" else [(behind, before) for before, behind in upper]
        return rows, columns
    top, left, bottom, right = pads if auto in (b"NOTSET", b"") else (0, 0, 0, 0)
    return (top, bottom), (left, right)


def shape_after(
    node: Node, size: Shape, kernel: Shape, stride: Any, padding: tuple[Sides, Sides], dilation: Any
) -> Shape:
    after = tuple(outputs(n, k, s, p, d) for n, k, s, p, d in zip(size, kernel, stride, padding, dilation))
    if min(after) < 1:
        raise ValueError(f"{node.title} does not fit images of {size[0]} by {size[1]}")
    return after
