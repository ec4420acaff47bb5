"""Constant folding: the nodes of an ONNX graph that do not depend on its input."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from models.files.formats.onnx.chain import MAX_SHAPE, Array, Node, small
from models.files.formats.onnx.rearranging import REARRANGING, axes_of, rearranged, split
from models.files.formats.onnx.tensors import Tensors


def _shape(node: Node) -> Array:
    return shape_as_constant(node, node.constant(0).shape)


def shape_as_constant(node: Node, shape: tuple[int, ...]) -> Array:
    """The result of the operator Shape, for a constant or for activations of one input."""
    start, end = node.take(start=0, end=None)
    return np.array(shape[start:end], np.int64)


def _range(node: Node) -> Array:
    start, limit, step = (int(node.constant(place).reshape(())) for place in range(3))
    return small(np.array(range(start, limit, step)[: MAX_SHAPE + 1], np.int64))


def _product(node: Node) -> Array:
    axes, keep = axes_of(node, keepdims=1, noop_with_empty_axes=0), node.attributes.get("keepdims", 1)
    return np.asarray(np.prod(small(node.constant(0)), axis=axes, keepdims=bool(keep)))


def _binary(compute: Callable[[Array, Array], Array]) -> Callable[[Node], Array]:
    """An operator on two constants, with broadcasting."""

    def of(node: Node) -> Array:
        node.take()
        first, second = node.constant(0), node.constant(1)
        node.check_size(math.prod(np.broadcast_shapes(first.shape, second.shape)))
        return np.asarray(compute(first, second))

    return of


def _mod(node: Node) -> Array:
    (like_c,) = node.take(fmod=0)
    first, second = small(node.constant(0)), small(node.constant(1))
    return np.asarray(np.fmod(first, second) if like_c else np.mod(first, second))


def _where(node: Node) -> Array:
    node.take()
    condition, first, second = (small(node.constant(place)) for place in range(3))
    return small(np.where(condition, first, second))


def _clip(node: Node) -> Array:
    node.take()
    low, high = node.optional(1), node.optional(2)
    value = node.constant(0)
    value = value if low is None else np.maximum(value, low)
    return np.asarray(value if high is None else np.minimum(value, high))


def _unary(compute: Callable[[Array], Array]) -> Callable[[Node], Array]:
    """An operator on one constant."""

    def of(node: Node) -> Array:
        node.take()
        return np.asarray(compute(node.constant(0)))

    return of


def _quotient(first: Array, second: Array) -> Array:
    """The quotient; integers are divided towards zero."""
    if first.dtype.kind == "i" and second.dtype.kind == "i":
        return np.asarray(np.sign(first) * np.sign(second) * (abs(first) // abs(second)))
    return np.asarray(first / second)


COMPUTED: dict[str, Callable[[Node], Array]] = {
    "Shape": _shape,
    "Range": _range,
    "ReduceProd": _product,
    "Add": _binary(np.add),
    "Sub": _binary(np.subtract),
    "Mul": _binary(np.multiply),
    "Div": _binary(_quotient),
    "Pow": _binary(lambda base, exponent: np.power(base, exponent).astype(base.dtype)),
    "Mod": _mod,
    "Equal": _binary(np.equal),
    "Where": _where,
    "Max": _binary(np.maximum),
    "Min": _binary(np.minimum),
    "Neg": _unary(np.negative),
    "Abs": _unary(np.absolute),
    "Clip": _clip,
    "Sqrt": _unary(np.sqrt),
    "Reciprocal": _unary(lambda value: 1 / value),
    "Floor": _unary(np.floor),
    "Ceil": _unary(np.ceil),
}


def constant(node: Node, tensors: Tensors, outputs: int) -> list[Array]:
    """The results of a node whose inputs are all constants: one, of Split several.

    Raises
    ------
    UnsupportedLayerError
        If the operator is not supported for constants.
    ValueError
        If its inputs do not fit.
    """
    return split(node, node.constant(0), outputs) if node.op == "Split" else [_one(node, tensors)]


def _one(node: Node, tensors: Tensors) -> Array:
    if node.op == "Constant":
        if len(node.attributes) != 1:
            raise node.refuse("it has no single value")
        ((name, value),) = node.attributes.items()
        if name == "value":
            return tensors.read(value)
        return np.asarray(value, np.float32 if "float" in name else None)
    if node.op == "ConstantOfShape":
        shape = tuple(int(size) for size in small(node.constant(0, 1)))
        node.check_size(math.prod(shape) if min(shape, default=1) >= 0 else -1)
        (value,) = node.take(value=None)
        return np.full(shape, 0 if value is None else tensors.read(value).reshape(()), None if value else np.float32)
    if node.op in REARRANGING:
        return rearranged(node, node.constant(0))
    with np.errstate(all="ignore"):
        if node.op in COMPUTED:
            return COMPUTED[node.op](node)
    raise node.refuse("none of its inputs depends on the network's")
