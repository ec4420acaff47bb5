"""ONNX operators that pool images (batch, channels, height, width), and means and sums along axes."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from geometry.network.affine import Shape
from geometry.network.resampling import averages
from geometry.network.resampling import windows as count_windows
from models.files.bare_weights.padding import Sides
from models.files.formats.onnx.chain import MAX_MATRIX, Chain, Indices, Node, in_order
from models.files.formats.onnx.images import image_of, padding_of
from models.files.formats.onnx.linear import along_axis, times
from models.files.formats.onnx.rearranging import axes_of

MAX_POOL = 16  # rows or columns of a MaxPool2d window: the limit in models.networks.architecture
MAX_WINDOW = 64  # rows or columns of a pooling window: the limit of AvgPool2d in models.networks.architecture


def average_pool(chain: Chain, node: Node) -> Indices:
    """Add AvgPool2d; or for what it lacks, such as unequal padding, the means along rows and then along columns."""
    kernel, stride, pads, auto, ceil, counted, dilations = node.take(
        kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET", ceil_mode=0, count_include_pad=0,
        dilations=(1, 1),
    )  # fmt: skip
    image = image_of(node)
    padding, size, over = windows(node, image.shape[2:], kernel, MAX_WINDOW, stride, pads, auto, ceil, dilations)
    plain = tuple(dilations) == (1, 1) and not over
    if plain and not any(map(sum, padding)):
        chain.image(image)
        padding, counted = chain.take_padding(), True
        image = in_order((1, *chain.shape))
    (top, bottom), (left, right) = padding
    if plain and top == bottom <= kernel[0] // 2 and left == right <= kernel[1] // 2:
        chain.image(image)
        chain.add(
            "AvgPool2d", (chain.shape[0], *size),
            kernel_size=list(kernel), stride=list(stride), padding=[top, left], count_include_pad=bool(counted),
        )  # fmt: skip
        return in_order((1, *chain.shape))
    for axis in (2, 3):
        k = axis - 2
        node.check_matrix(image.shape[axis], max(size[k], kernel[k]))
        shares = averages(image.shape[axis], kernel[k], stride[k], padding[k], size[k], bool(counted), dilations[k])
        image = along_axis(chain, node, image, axis, shares.numpy())
    return image


class MaxWindows(NamedTuple):
    """The image of a max-pooling; the kernel, stride, padding and dilation of its windows; how many there are; and
    whether some reach over the padding.
    """

    image: Indices
    kernel: Shape
    stride: Shape
    padding: tuple[Sides, Sides]
    dilation: Shape
    size: Shape
    over: bool


def max_windows(node: Node) -> MaxWindows:
    kernel, stride, pads, auto, ceil, dilations, _ = node.take(
        kernel_shape=None, strides=(1, 1), pads=None, auto_pad=b"NOTSET", ceil_mode=0, dilations=(1, 1),
        storage_order=0,
    )  # fmt: skip
    image = image_of(node)
    padding, size, over = windows(node, image.shape[2:], kernel, MAX_POOL, stride, pads, auto, ceil, dilations)
    return MaxWindows(image, tuple(kernel), tuple(stride), padding, tuple(dilations), size, over)


def max_pool(chain: Chain, node: Node) -> Indices:
    image, kernel, stride, padding, dilation, size, over = max_windows(node)
    (top, bottom), (left, right) = padding
    if over or top != bottom or left != right or top > kernel[0] // 2 or left > kernel[1] // 2:
        raise node.refuse(f"its padding {padding} is not the same on both sides, or more than half of the window")
    chain.image(image)
    chain.add(
        "MaxPool2d", (chain.shape[0], *size),
        kernel_size=list(kernel), stride=list(stride), padding=[top, left], dilation=list(dilation),
    )  # fmt: skip
    return in_order((1, *chain.shape))


def side_by_side(node: Node) -> tuple[Indices, Shape]:
    """The windows of a max-pooling side by side, and their size: what lies outside the image is another pixel of it
    that is in the same window.
    """
    image, kernel, stride, padding, dilation, size, _ = max_windows(node)
    node.check_size(math.prod(image.shape[:2]) * math.prod(kernel) * math.prod(size))
    for axis, (k, s, (before, _), d, count) in enumerate(zip(kernel, stride, padding, dilation, size), 2):
        places = np.arange(count)[:, None] * s - before + d * np.arange(k)
        inside = (places >= 0) & (places < image.shape[axis])
        if not inside.any(1).all():
            raise node.refuse("one of its windows lies outside of the image")
        first = places[np.arange(count), inside.argmax(1)][:, None]
        image = np.take(image, np.where(inside, places, first).reshape(-1), axis)
    return image, kernel


def global_average_pool(chain: Chain, node: Node) -> Indices:
    node.take()
    image = image_of(node)
    return _average_all(chain, node, image)


def _average_all(chain: Chain, node: Node, image: Indices) -> Indices:
    """(1, channels, height, width) -> (1, channels, 1, 1)."""
    if max(image.shape[2:]) > MAX_WINDOW:
        for axis in (2, 3):
            image = along_axis(chain, node, image, axis, np.full((1, image.shape[axis]), 1 / image.shape[axis]))
        return image
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
    return times(chain, node, rows, np.full((rows.shape[1], 1), factor)).reshape(shape)


def windows(
    node: Node, image: Shape, kernel: Any, largest: int, stride: Any, pads: Any, auto: bytes, ceil: Any, dilation: Any
) -> tuple[tuple[Sides, Sides], Shape, bool]:
    """The zeros around an image (rows, columns) that a pooling needs; how many windows it has; and whether some reach
    over these zeros.
    """
    if kernel is None or len(kernel) != 2 or not 1 <= min(kernel) <= max(kernel) <= largest:
        raise node.refuse(f"its window is {kernel}; windows of up to {largest} rows and columns are")
    padding = padding_of(node, image, tuple(kernel), stride, pads, auto, dilation)
    counts = [
        tuple(count_windows(n, k, s, *p, d, up) for n, k, s, p, d in zip(image, kernel, stride, padding, dilation))
        for up in (bool(ceil), False)
    ]
    if min(counts[0]) < 1:
        raise ValueError(f"{node.title} does not fit images of {image[0]} by {image[1]}")
    return padding, counts[0], counts[0] != counts[1]
