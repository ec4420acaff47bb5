"""ONNX operators on images (batch, channels, height, width): convolutions, average pooling, padding."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from geometry.network.affine import Shape
from models.files.bare_weights.padding import Sides, outputs, same, symmetric
from models.files.formats.npz import real_tensor
from models.files.formats.onnx.chain import MAX_MATRIX, Array, Chain, Indices, Node, in_order
from models.files.formats.onnx.linear import times
from models.files.formats.onnx.rearranging import axes_of

MAX_STEP = 64  # of strides, dilations and zeros on one side: a limit on damaged files
MAX_POOL = 16  # rows or columns of a MaxPool2d window: the limit in models.networks.architecture
MAX_WINDOW = 64  # rows or columns of a pooling window: the limit of AvgPool2d in models.networks.architecture


def convolution(chain: Chain, node: Node) -> Indices:
    dilations, group, kernel, stride, pads, auto = node.take(
        dilations=(1, 1), group=1, kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET"
    )
    image = image_of(node)
    weight = real_tensor(node.constant(1, 4))
    if kernel is not None and tuple(kernel) != tuple(weight.shape[2:]):
        raise ValueError(f"{node.title} says its kernel is {tuple(kernel)}, its weights are {tuple(weight.shape)}")
    size = tuple(weight.shape[2:])
    padding = _padding(node, image.shape[2:], size, stride, pads, auto, dilations)
    shape = _shape_after(node, image.shape[2:], size, stride, padding, dilations)
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


def average_pool(chain: Chain, node: Node) -> Indices:
    """Add AvgPool2d, or a convolution for what it lacks: unequal padding on two sides, and dilations."""
    kernel, stride, pads, auto, ceil, counted, dilations = node.take(
        kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET", ceil_mode=0, count_include_pad=0,
        dilations=(1, 1),
    )  # fmt: skip
    image = image_of(node)
    padding, size = windows(node, image.shape[2:], kernel, MAX_WINDOW, stride, pads, auto, ceil, dilations)
    chain.image(image)
    if not any(map(sum, padding)) and tuple(dilations) == (1, 1):
        padding, counted = chain.take_padding(), True
    (top, bottom), (left, right) = padding
    if tuple(dilations) == (1, 1) and top == bottom <= kernel[0] // 2 and left == right <= kernel[1] // 2:
        chain.add(
            "AvgPool2d", (chain.shape[0], *size),
            kernel_size=list(kernel), stride=list(stride), padding=[top, left], count_include_pad=bool(counted),
        )  # fmt: skip
        return in_order((1, *chain.shape))
    return _average_by_convolution(chain, tuple(kernel), stride, padding, dilations, bool(counted), size)


class MaxWindows(NamedTuple):
    """The image of a max-pooling; the kernel, stride, padding and dilation of its windows; and how many there are."""

    image: Indices
    kernel: Shape
    stride: Shape
    padding: tuple[Sides, Sides]
    dilation: Shape
    size: Shape


def max_windows(node: Node) -> MaxWindows:
    kernel, stride, pads, auto, ceil, dilations, _ = node.take(
        kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET", ceil_mode=0, dilations=(1, 1),
        storage_order=0,
    )  # fmt: skip
    image = image_of(node)
    padding, size = windows(node, image.shape[2:], kernel, MAX_POOL, stride, pads, auto, ceil, dilations)
    return MaxWindows(image, tuple(kernel), tuple(stride), padding, tuple(dilations), size)


def max_pool(chain: Chain, node: Node) -> Indices:
    image, kernel, stride, padding, dilation, size = max_windows(node)
    (top, bottom), (left, right) = padding
    if top != bottom or left != right or top > kernel[0] // 2 or left > kernel[1] // 2:
        raise node.refuse(f"its padding {padding} is not the same on both sides, or more than half of the window")
    chain.image(image)
    chain.add(
        "MaxPool2d", (chain.shape[0], *size),
        kernel_size=list(kernel), stride=list(stride), padding=[top, left], dilation=list(dilation),
    )  # fmt: skip
    return in_order((1, *chain.shape))


def _average_by_convolution(
    chain: Chain, kernel: Shape, stride: Any, padding: tuple[Sides, Sides], dilation: Any, counted: bool, size: Shape
) -> Indices:
    """Sums of each channel, divided by the number of pixels in each window."""
    channels, before = chain.shape[0], chain.shape[1:]
    weight = torch.ones(channels, 1, *kernel)
    order = add_convolution(chain, {"weight": weight}, stride, padding, dilation, channels, size)
    if counted:
        chain.weights[f"{len(chain.specs) - 1}.weight"] /= math.prod(kernel)
        return order
    inside = [
        [sum(0 <= at * s - p[0] + d * step < n for step in range(k)) for at in range(out)]
        for n, k, s, p, d, out in zip(before, kernel, stride, padding, dilation, size)
    ]
    shares = np.broadcast_to(np.outer(inside[0], inside[1]), (channels, *size)).reshape(-1).astype(np.float32)
    chain.fold((chain.units,))
    zeros, ones = np.zeros_like(shares), np.ones_like(shares)
    chain.add("Normalize", chain.shape, {"mean": zeros, "std": np.maximum(shares, ones)}, channels=len(shares))
    return order


def global_average_pool(chain: Chain, node: Node) -> Indices:
    node.take()
    image = image_of(node)
    return _average_all(chain, node, image)


def _average_all(chain: Chain, node: Node, image: Indices) -> Indices:
    """(1, channels, height, width) -> (1, channels, 1, 1)."""
    if max(image.shape[2:]) > MAX_WINDOW:
        raise node.refuse(f"images of {image.shape[2]} by {image.shape[3]}; up to {MAX_WINDOW} by {MAX_WINDOW} are")
    chain.image(image)
    chain.add(
        "AvgPool2d", (chain.shape[0], 1, 1),
        kernel_size=list(image.shape[2:]), stride=[1, 1], padding=[0, 0], count_include_pad=True,
    )  # fmt: skip
    return in_order((1, *chain.shape))


def reduce_mean(chain: Chain, node: Node) -> Indices:
    """The mean or the sum along axes: of whole images as pooling, any other as a matrix."""
    order, axes = node.view(), axes_of(node, keepdims=1, noop_with_empty_axes=0)
    if not axes and node.attributes.get("noop_with_empty_axes", 0):
        return order
    reduced = {range(order.ndim)[axis] for axis in axes or range(order.ndim)}
    others = [axis for axis in range(order.ndim) if axis not in reduced]
    kept = [1 if axis in reduced else size for axis, size in enumerate(order.shape)]
    shape = kept if node.attributes.get("keepdims", 1) else [order.shape[axis] for axis in others]
    moved = order.transpose(*others, *sorted(reduced))
    if node.op == "ReduceMean" and order.ndim == 4 and len(reduced) == 2 and 0 in others:
        return _average_all(chain, node, moved).reshape(shape)
    rows = moved.reshape(math.prod(order.shape[axis] for axis in others), -1)
    if len(rows) * chain.units > MAX_MATRIX:
        raise node.refuse(f"it joins {chain.units:,} numbers to {len(rows):,}; use GlobalAveragePool on images")
    factor = 1 / rows.shape[1] if node.op == "ReduceMean" else 1.0
    return times(chain, node, rows, np.full((rows.shape[1], 1), factor, np.float32)).reshape(shape)


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


def windows(
    node: Node, image: Shape, kernel: Any, largest: int, stride: Any, pads: Any, auto: bytes, ceil: Any, dilation: Any
) -> tuple[tuple[Sides, Sides], Shape]:
    """The zeros around an image (rows, columns) that a pooling needs, and how many windows it has."""
    if kernel is None or len(kernel) != 2 or not 1 <= min(kernel) <= max(kernel) <= largest:
        raise node.refuse(f"its window is {kernel}; windows of up to {largest} rows and columns are")
    padding = _padding(node, image, tuple(kernel), stride, pads, auto, dilation)
    size = _shape_after(node, image, tuple(kernel), stride, padding, dilation)
    if ceil and any(
        (n + sum(p) - d * (k - 1) - 1) % s for n, k, s, p, d in zip(image, kernel, stride, padding, dilation)
    ):
        raise node.refuse("ceil_mode where windows reach over the edge; export with ceil_mode=False")
    return padding, size


def _padding(
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


def _shape_after(
    node: Node, size: Shape, kernel: Shape, stride: Any, padding: tuple[Sides, Sides], dilation: Any
) -> Shape:
    after = tuple(outputs(n, k, s, p, d) for n, k, s, p, d in zip(size, kernel, stride, padding, dilation))
    if min(after) < 1:
        raise ValueError(f"{node.title} does not fit images of {size[0]} by {size[1]}")
    return after
