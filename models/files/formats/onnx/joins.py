"""ONNX operators that join several results of a network, and those that need a join to be computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TypeAlias

import numpy as np

from models.files.formats.onnx.chain import Array, Indices, Node, View, has_each_once, in_order
from models.files.formats.onnx.images import image_of, pads_of
from models.files.formats.onnx.one_dimensional import joining_signals_too
from models.files.formats.onnx.pooling import MAX_POOL
from models.files.formats.onnx.rearranging import axes_of
from models.files.formats.onnx.steps import Steps
from models.files.formats.onnx.transposed import transposed_convolution

Operand: TypeAlias = View | Array
Join: TypeAlias = Callable[[Steps, Node], View | None]  # None where the readers of chains do it


def paired(graph: Steps, node: Node, layer: str, first: Operand, second: Operand) -> View:
    """A step with two operands, which broadcast; at least one is a view.

    The numbers keep the arrangement of a view that has each of its segment's outputs once.
    """
    try:
        shape = np.broadcast_shapes(_numbers(first).shape, _numbers(second).shape)
    except ValueError as error:
        raise ValueError(f"{node.title} joins {_numbers(first).shape} and {_numbers(second).shape}") from error
    node.check_size(math.prod(shape))
    views = [operand for operand in (first, second) if isinstance(operand, View)]
    lead = next((view for view in views if _is_one_to_one(view, math.prod(shape))), None)
    if lead is None:
        own = graph.own(views[0].chain)
        own.settle(np.broadcast_to(views[0].order, shape).reshape(-1))
        own.fold((math.prod(shape),))
        lead, order = views[0], in_order(shape)
    else:
        own, order = graph.own(lead.chain), lead.order.reshape(shape)
    values, place = {id(lead): graph.ended(own)}, np.empty(order.size, np.int64)
    place[order.reshape(-1)] = np.arange(order.size)
    for operand in (first, second):
        if id(operand) not in values:
            flat = np.broadcast_to(_numbers(operand), shape).reshape(-1)[place]
            part = graph.own(operand.chain) if isinstance(operand, View) else graph.constant(flat)
            part.settle(flat if isinstance(operand, View) else in_order(flat.shape))
            part.fold(own.shape)
            values[id(operand)] = graph.ended(part)
    joined = graph.join(layer, [values[id(first)], values[id(second)]], own.shape)
    return View(order, joined.age, joined)


def concatenated(graph: Steps, node: Node, operands: Sequence[Operand]) -> list[Indices]:
    """The orders of operands as views of one segment, the last of all: the operands' segments one after the other."""
    chains = list({id(operand.chain): operand.chain for operand in operands if isinstance(operand, View)}.values())
    constants = [graph.constant(operand) for operand in operands if not isinstance(operand, View)]
    values = [graph.ended(part) for part in (*chains, *constants)]
    sizes = [part.units for part in (*chains, *constants)]
    node.check_size(sum(sizes))
    starts = dict(zip(map(id, (*chains, *constants)), accumulate(sizes, initial=0)))
    graph.join("Concat", values, (sum(sizes),))
    left = iter(constants)
    return [
        operand.order + starts[id(operand.chain)]
        if isinstance(operand, View)
        else in_order(operand.shape) + starts[id(next(left))]
        for operand in operands
    ]


def add(graph: Steps, node: Node) -> View | None:
    """Add or Sub of two results."""
    node.take()
    if len(node.inputs) != 2 or len(node.views()) != 2:
        return None
    first, second = _operands(node)
    return paired(graph, node, "Add" if node.op == "Add" else "Subtract", first, second)


def total(graph: Steps, node: Node) -> View:
    """Sum of any number of results and constants."""
    node.take()
    views, constants = _sorted(node)
    result = views[0]
    others: list[Operand] = [*views[1:], *constants]
    for operand in others:
        result = paired(graph, node, "Add", result, operand)
    return result


def extreme(graph: Steps, node: Node) -> View:
    """Max or Min of any number of results and constants; of a result and one number, a clip with one end."""
    node.take()
    views, constants = _sorted(node)
    larger = node.op == "Max"
    result = views[0]
    for operand in views[1:]:
        result = paired(graph, node, "Maximum" if larger else "Minimum", result, operand)
    for constant in constants:
        if constant.size and (constant == constant.flat[0]).all():
            result = _clipped(graph, node, result, constant, larger)
        else:
            result = paired(graph, node, "Maximum" if larger else "Minimum", result, constant)
    return result


def _clipped(graph: Steps, node: Node, view: View, constant: Array, larger: bool) -> View:
    own, end = graph.own(view.chain), float(constant.flat[0])
    try:
        shape = np.broadcast_shapes(constant.shape, view.order.shape)
    except ValueError as error:
        raise ValueError(f"{node.title} compares {view.order.shape} with {constant.shape}") from error
    node.check_size(math.prod(shape))
    order = np.broadcast_to(view.order, shape)
    if not _is_one_to_one(view, order.size):
        own.settle(order.reshape(-1))
        order = in_order(shape)
    if larger and end == 0:
        own.add("ReLU", own.shape)
    else:
        own.add("Clamp", own.shape, low=end if larger else None, high=None if larger else end)
    return View(order, own.age, own)


def concat(graph: Steps, node: Node) -> View | None:
    """Concat of several segments or constants."""
    operands = _operands(node)
    if len({id(operand.chain) if isinstance(operand, View) else 0 for operand in operands}) == 1:
        return None
    (axis,) = node.take(axis=None)
    node.check_size(sum(_numbers(operand).size for operand in operands))
    try:
        order = np.concatenate(concatenated(graph, node, operands), axis)
    except ValueError as error:
        shapes = [_numbers(operand).shape for operand in operands][:4]
        raise ValueError(f"{node.title} does not fit its inputs of shapes {shapes}") from error
    return _last(graph, order)


def pad(graph: Steps, node: Node) -> View | None:
    """Pads that no convolution takes over: other numbers than zero, other axes, fewer rows, copies of the edge."""
    view = _view(node)
    mode, sides, filling = pads_of(node, view.order)
    image = view.order.ndim == 4 and view.order.shape[0] == 1 and not sides[:2].any() and sides.min() >= 0
    if mode == "constant" and filling == 0 and image:
        return None
    size = math.prod(max(0, n + int(a) + int(b)) for n, (a, b) in zip(view.order.shape, sides))
    node.check_size(size)
    cut = [slice(max(0, -int(a)), n - max(0, -int(b))) for n, (a, b) in zip(view.order.shape, sides)]
    inner, sides = view.order[tuple(cut)], np.maximum(sides, 0)
    if size == 0 or inner.size == 0:
        raise node.refuse("it leaves no numbers")
    if mode != "constant":
        return View(np.pad(inner, sides, mode=mode), view.age, view.chain)  # type: ignore[call-overload]
    inner, around = concatenated(graph, node, [replace(view, order=inner), np.full((), filling)])
    return _last(graph, np.pad(inner, sides, constant_values=int(around)))


def largest(graph: Steps, node: Node) -> View | None:
    """ReduceMax, ReduceMin or GlobalMaxPool of large images: pairs, then pairs of the winners, and so on."""
    view = _view(node)
    order, keep = view.order, 1
    if node.op == "GlobalMaxPool":
        node.take()
        if max(image_of(node).shape[2:]) <= MAX_POOL:
            return None
        reduced = set(range(2, order.ndim))
    else:
        axes = axes_of(node, keepdims=1, noop_with_empty_axes=0)
        if not axes and node.attributes.get("noop_with_empty_axes", 0):
            return view
        reduced = {range(order.ndim)[axis] for axis in axes or range(order.ndim)}
        keep = node.attributes.get("keepdims", 1)
    others = [axis for axis in range(order.ndim) if axis not in reduced]
    kept = [1 if axis in reduced else size for axis, size in enumerate(order.shape)]
    shape = kept if keep else [order.shape[axis] for axis in others]
    rows = order.transpose(*others, *sorted(reduced)).reshape(math.prod(order.shape[axis] for axis in others), -1)
    layer = "Minimum" if node.op == "ReduceMin" else "Maximum"
    view = replace(view, order=rows)
    while view.order.shape[1] > 1:
        half = view.order.shape[1] // 2
        graph.ended(view.chain)
        first, second, left = (replace(view, order=part) for part in np.split(view.order, [half, 2 * half], 1))
        view = paired(graph, node, layer, first, second)
        if left.order.size:
            view = _last(graph, np.concatenate(concatenated(graph, node, [view, left]), 1))
    return replace(view, order=view.order.reshape(shape))


def transposed(graph: Steps, node: Node) -> View:
    """ConvTranspose: a convolution of the image with zeros between its pixels."""
    view = _view(node)
    spread, layer = transposed_convolution(node, view.order)
    inner, zero = concatenated(graph, node, [view, np.zeros((), np.float32)])
    own = graph.last()
    order = layer(own, np.where(spread < 0, int(zero), inner.reshape(-1)[np.maximum(spread, 0)]))
    return View(order, own.age, own)


def _last(graph: Steps, order: Indices) -> View:
    segment = graph.last()
    return View(order, segment.age, segment)


def _is_one_to_one(view: View, size: int) -> bool:
    return view.order.size == size and has_each_once(view.order, view.chain.units)


def _operands(node: Node) -> list[Operand]:
    if any(value is None for value in node.inputs):
        raise ValueError(f"{node.title} leaves out one of its inputs")
    return [value for value in node.inputs if value is not None]


def _sorted(node: Node) -> tuple[list[View], list[Array]]:
    """The views and the constants among the operands."""
    operands = _operands(node)
    views = [operand for operand in operands if isinstance(operand, View)]
    return views, [operand for operand in operands if not isinstance(operand, View)]


def _view(node: Node) -> View:
    view = node.inputs[0]
    if not isinstance(view, View) or len(node.views()) != 1:
        raise node.refuse("its first input must be the activations, and no other")
    return view


def _numbers(operand: Operand) -> Array:
    return operand.order if isinstance(operand, View) else operand


JOINS: dict[str, Join] = {
    "Add": add,
    "Sub": add,
    "Sum": total,
    "Max": extreme,
    "Min": extreme,
    "Concat": concat,
    "Pad": pad,
    "GlobalMaxPool": joining_signals_too(largest),
    "ReduceMax": largest,
    "ReduceMin": largest,
    "ConvTranspose": joining_signals_too(transposed),
}
