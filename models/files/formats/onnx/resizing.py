"""Resize and Upsample. By the nearest number each result is one of the numbers before, so nothing is computed.

Linear interpolation is a matrix along each axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np

from geometry.network.resampling import interpolations
from models.files.formats.onnx.chain import Array, Chain, Indices, Node, small
from models.files.formats.onnx.linear import along_axis

MAX_SIDE = 4_096  # numbers along an axis: a limit on time
HALF = Fraction(1, 2)
# ONNX's coordinate_transformation_mode: the place in the input of place x of `after`, with `scale` = after / before
COORDINATES: dict[bytes, Callable[[int, Fraction, int, int], Fraction]] = {
    b"asymmetric": lambda x, scale, before, after: x / scale,
    b"half_pixel": lambda x, scale, before, after: (x + HALF) / scale - HALF,
    b"pytorch_half_pixel": lambda x, scale, before, after: (x + HALF) / scale - HALF if after > 1 else Fraction(0),
    b"align_corners": lambda x, scale, before, after: Fraction(x * (before - 1), max(1, after - 1)),
}
ROUNDING: dict[bytes, Callable[[Fraction], int]] = {
    b"round_prefer_floor": lambda place: math.ceil(place - HALF),
    b"round_prefer_ceil": lambda place: math.floor(place + HALF),
    b"floor": math.floor,
    b"ceil": math.ceil,
}


def upsampled(node: Node, value: Array) -> Array:
    """Upsample by the nearest number."""
    return _nearest(node, value, *_upsampling(node, value, b"nearest"))


def resized(node: Node, value: Array) -> Array:
    """Resize by the nearest number, by scales or to sizes."""
    return _nearest(node, value, *_resizing(node, value, b"nearest"))


def is_linear(node: Node) -> bool:
    """Whether the node interpolates, so that it is a layer."""
    return node.op in ("Resize", "Upsample") and node.attributes.get("mode") in (b"linear", b"bilinear")


def interpolated(chain: Chain, node: Node) -> Indices:
    """Resize and Upsample by linear interpolation along every axis that changes."""
    order = node.view()
    rule = _upsampling if node.op == "Upsample" else _resizing
    after, ratios, coordinates, _ = rule(node, order, node.attributes["mode"])
    for axis, (count, ratio) in enumerate(zip(after, ratios)):
        before = order.shape[axis]
        if count == before and ratio == 1:
            continue
        node.check_matrix(before, count)
        places = [COORDINATES[coordinates](x, ratio, before, count) for x in range(count)]
        order = along_axis(chain, node, order, axis, interpolations(before, places).numpy())
    return order


Resizing: TypeAlias = tuple[list[int], list[Fraction], bytes, bytes]  # sizes after, ratios, coordinates and rounding


def _upsampling(node: Node, value: Array, mode: bytes) -> Resizing:
    """Of Upsample: the scales are an attribute, or an input in newer files."""
    said, scales = node.take(mode=b"nearest", scales=None)
    _check_mode(node, said, mode)
    scales = small(node.constant(1, 1)) if scales is None else scales
    return _sizes(node, value, scales, None, b"asymmetric", b"floor")


def _resizing(node: Node, value: Array, mode: bytes) -> Resizing:
    said, coordinates, rounding, axes, policy, antialias, *_ = node.take(
        mode=b"nearest", coordinate_transformation_mode=b"half_pixel", nearest_mode=b"round_prefer_floor", axes=None,
        keep_aspect_ratio_policy=b"stretch", antialias=0, cubic_coeff_a=-0.75, exclude_outside=0,
        extrapolation_value=0.0,
    )  # fmt: skip
    _check_mode(node, said, mode)
    if axes is not None or policy != b"stretch":
        raise node.refuse("axes, or a policy for the aspect ratio; scales or sizes of all axes are")
    if antialias and mode != b"nearest":
        raise node.refuse("antialias; linear interpolation without it is")
    if node.opset < 11:
        return _sizes(node, value, small(node.constant(1, 1)), None, b"asymmetric", b"floor")
    scales = small(node.constant(2)) if node.given(2) and node.constant(2).size else None
    sizes = small(node.constant(3)) if node.given(3) and node.constant(3).size else None
    return _sizes(node, value, scales, sizes, coordinates, rounding)


def _check_mode(node: Node, said: Any, mode: bytes) -> None:
    if said != mode:
        raise node.refuse(f"the mode {str(said)[:20]}; nearest and linear are")


def _sizes(node: Node, value: Array, scales: Any, sizes: Any, coordinates: bytes, rounding: bytes) -> Resizing:
    if (scales is None) == (sizes is None) or len(scales if sizes is None else sizes) != value.ndim:
        raise ValueError(f"{node.title} must have one scale or one size for each of {value.ndim} axes")
    if coordinates not in COORDINATES or rounding not in ROUNDING:
        raise node.refuse(f"the modes {str(coordinates)[:30]} and {str(rounding)[:30]}")
    ratios = [Fraction(float(s)) for s in scales] if sizes is None else [
        Fraction(int(size), before) for size, before in zip(sizes, value.shape)
    ]  # fmt: skip
    after = [math.floor(before * ratio) for before, ratio in zip(value.shape, ratios)]
    if min(after, default=1) < 1 or max(after, default=1) > MAX_SIDE:
        raise node.refuse(f"from {value.shape[:8]} to {tuple(after)[:8]}; 1 to {MAX_SIDE:,} numbers along an axis are")
    node.check_size(math.prod(after))
    return after, ratios, coordinates, rounding


def _nearest(
    node: Node, value: Array, after: list[int], ratios: list[Fraction], coordinates: bytes, rounding: bytes
) -> Array:
    for axis, (count, ratio) in enumerate(zip(after, ratios)):
        before = value.shape[axis]
        if count == before and ratio == 1:
            continue
        places = [ROUNDING[rounding](COORDINATES[coordinates](x, ratio, before, count)) for x in range(count)]
        value = np.take(value, np.clip(places, 0, before - 1), axis)
    return value
