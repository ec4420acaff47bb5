"""ONNX operators that only rearrange numbers, for constants and for views of activations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from onnx import TensorProto

from geometry.network.network import UnsupportedLayerError
from models.files.formats.onnx.batches import for_one_input
from models.files.formats.onnx.chain import Array, Node, View, small
from models.files.formats.onnx.resizing import resized, upsampled

Rearrange = Callable[[Node, Array], Array]


def _transpose(node: Node, value: Array) -> Array:
    (perm,) = node.take(perm=None)
    return value.transpose(perm)


def _reshape(node: Node, value: Array) -> Array:
    """Reshape: -1 is the remaining size, 0 the size before. A fixed batch size becomes 1."""
    (allow_zero,) = node.take(allowzero=0)
    if isinstance(node.inputs[1], View):
        raise node.refuse("its shape depends on the input")
    target = [int(size) for size in small(node.constant(1, 1))]
    if not allow_zero:
        target = [value.shape[place] if size == 0 else size for place, size in enumerate(target)]
    if isinstance(node.inputs[0], View):
        target = for_one_input(node, target, value.size)
    return value.reshape(target)


def _flatten(node: Node, value: Array) -> Array:
    (axis,) = node.take(axis=1)
    if not -value.ndim <= axis <= value.ndim:
        raise ValueError(f"{node.title} has no axis {axis} in the shape {value.shape}")
    axis = axis + value.ndim if axis < 0 else axis
    return value.reshape(math.prod(value.shape[:axis]), -1)


def _unsqueeze(node: Node, value: Array) -> Array:
    return np.expand_dims(value, axes_of(node) or ())


def _squeeze(node: Node, value: Array) -> Array:
    axes = axes_of(node)
    return np.squeeze(value, axes)


def axes_of(node: Node, place: int = 1, **defaults: object) -> tuple[int, ...] | None:
    """The axes, an attribute in older files and an input in newer ones; None if there are none."""
    attributes = node.take(axes=None, **defaults)
    axes = attributes[0] if attributes[0] is not None else node.optional(place)
    return None if axes is None else tuple(int(axis) for axis in np.asarray(axes).reshape(-1))


def _slice(node: Node, value: Array) -> Array:
    starts, ends, axes = node.take(starts=None, ends=None, axes=None)
    if starts is None:
        starts, ends, axes = node.constant(1, 1), node.constant(2, 1), node.optional(3)
    axes = range(len(starts)) if axes is None else axes
    given_steps = node.optional(4)
    steps = [1] * len(starts) if given_steps is None else given_steps.tolist()
    if not len(starts) == len(ends) == len(axes) == len(steps):
        raise ValueError(f"{node.title} has {len(starts)} starts, {len(ends)} ends, {len(axes)} axes")
    slices = [slice(None)] * value.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps):
        slices[int(axis)] = slice(int(start), int(end), int(step))
    return value[tuple(slices)]


def _gather(node: Node, value: Array) -> Array:
    (axis,) = node.take(axis=0)
    places = node.constant(1)
    node.check_size(value.size // max(1, value.shape[axis]) * places.size)
    if places.dtype.kind not in "iu":
        raise ValueError(f"{node.title} chooses by {places.dtype}, not by whole numbers")
    return np.take(value, places, axis)


def _gather_nd(node: Node, value: Array) -> Array:
    """GatherND: each row of the last axis of `places` chooses along the first axes after those of a batch."""
    (ahead,) = node.take(batch_dims=0)
    places = node.constant(1)
    if places.dtype.kind not in "iu" or places.ndim == 0:
        raise ValueError(
            f"{node.title} chooses by {places.dtype} of shape {places.shape}, not by rows of whole numbers"
        )
    depth = places.shape[-1]
    if not 0 <= ahead < min(value.ndim, places.ndim) or depth > value.ndim - ahead:
        raise ValueError(f"{node.title} chooses along {depth} axes after {ahead}, of {value.ndim}")
    node.check_size(math.prod(places.shape[:-1]) * math.prod(value.shape[ahead + depth :]))
    shape = places.shape[:-1]
    before = [np.arange(shape[axis]).reshape(-1, *[1] * (len(shape) - axis - 1)) for axis in range(ahead)]
    return value[(*before, *np.moveaxis(places, -1, 0))]


def _tile(node: Node, value: Array) -> Array:
    node.take()
    repeats = [int(count) for count in small(node.constant(1, 1))]
    if len(repeats) != value.ndim or min(repeats, default=1) < 0:
        raise ValueError(f"{node.title} repeats {repeats} times")
    node.check_size(value.size * math.prod(repeats))
    return np.tile(value, repeats)


def _depth_to_space(node: Node, value: Array) -> Array:
    """Channels of each pixel become a block of pixels; in mode DCR the block's place comes first in the channels."""
    size, mode = node.take(blocksize=None, mode=b"DCR")
    n, _, rows, columns = value.shape
    blocks = (size, size, -1) if mode == b"DCR" else (-1, size, size)
    parts = value.reshape(n, *blocks, rows, columns)
    down, across, depth = (1, 2, 3) if mode == b"DCR" else (2, 3, 1)
    return parts.transpose(0, depth, 4, down, 5, across).reshape(n, -1, rows * size, columns * size)


def _space_to_depth(node: Node, value: Array) -> Array:
    """Blocks of pixels become channels of one pixel."""
    (size,) = node.take(blocksize=None)
    n, channels, rows, columns = value.shape
    parts = value.reshape(n, channels, rows // size, size, columns // size, size)
    return parts.transpose(0, 3, 5, 1, 2, 4).reshape(n, -1, rows // size, columns // size)


def _expand(node: Node, value: Array) -> Array:
    node.take()
    shape = np.broadcast_shapes(value.shape, tuple(int(size) for size in small(node.constant(1, 1))))
    node.check_size(math.prod(shape))
    return np.broadcast_to(value, shape)


def _cast(node: Node, value: Array) -> Array:
    """Cast: activations and constants to real numbers, shapes also to integers."""
    kind, _, _ = node.take(to=None, saturate=1, round_mode=b"up")
    if kind in (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16):
        if isinstance(node.inputs[0], View):
            return value
        return value.astype("float64" if kind == TensorProto.DOUBLE else "float32")
    whole = {TensorProto.INT32: "int32", TensorProto.INT64: "int64", TensorProto.BOOL: "bool"}
    if isinstance(node.inputs[0], View) or kind not in whole:
        raise node.refuse("activations are real numbers; only casts between float types are read")
    return small(value).astype(whole[kind])


def _concat(node: Node, value: Array) -> Array:
    (axis,) = node.take(axis=None)
    parts = [part.order if isinstance(part, View) else part for part in node.inputs if part is not None]
    node.check_size(sum(part.size for part in parts))
    return np.concatenate(parts, axis)


def _unchanged(node: Node, value: Array) -> Array:
    """Identity, and Dropout as in inference."""
    return value


REARRANGING: dict[str, Rearrange] = {
    "Identity": _unchanged,
    "Dropout": _unchanged,
    "Cast": _cast,
    "Transpose": _transpose,
    "Reshape": _reshape,
    "Flatten": _flatten,
    "Unsqueeze": _unsqueeze,
    "Squeeze": _squeeze,
    "Slice": _slice,
    "Gather": _gather,
    "GatherND": _gather_nd,
    "Tile": _tile,
    "DepthToSpace": _depth_to_space,
    "SpaceToDepth": _space_to_depth,
    "Expand": _expand,
    "Concat": _concat,
    "Resize": resized,
    "Upsample": upsampled,
}


def split(node: Node, value: Array, outputs: int) -> list[Array]:
    """The parts of a Split: of given sizes, or `outputs` of the same size, the last of them smaller if need be."""
    axis, sizes, _ = node.take(axis=0, split=None, num_outputs=None)
    sizes = node.optional(1) if sizes is None else np.asarray(sizes)
    if not -value.ndim <= axis < value.ndim:
        raise ValueError(f"{node.title} has no axis {axis} in the shape {value.shape}")
    whole = value.shape[axis]
    if sizes is None:
        each = -(-whole // outputs)
        sizes = np.array([max(0, min(each, whole - k * each)) for k in range(outputs)])
    if sizes.ndim != 1 or len(sizes) != outputs or (sizes < 0).any() or sizes.sum() != whole:
        raise ValueError(f"{node.title} divides {whole} into {outputs} parts of the sizes {str(sizes)[:60]}")
    return np.split(value, np.cumsum(sizes)[:-1].astype(int), axis)


def rearranged(node: Node, value: Array) -> Array:
    """The numbers as the operator leaves them; a ValueError if it does not fit them."""
    try:
        return REARRANGING[node.op](node, value)
    except UnsupportedLayerError:
        raise
    except (ValueError, TypeError, IndexError, ArithmeticError) as error:
        raise ValueError(f"{node.title} does not fit its input of shape {value.shape}: {str(error)[:100]}") from error
