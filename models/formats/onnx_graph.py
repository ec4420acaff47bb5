"""ONNX graphs as an architecture: a chain of operators from the input to the logits, constants computed on the way."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, ValueInfoProto, helper

from geometry.affine import Shape
from geometry.network import UnsupportedLayerError
from models.formats.onnx_chain import MAX_ACTIVATIONS, Array, Chain, Node, small
from models.formats.onnx_file import array
from models.formats.onnx_layers import LAYERS
from models.formats.readings import Hints
from models.formats.recognise import Architecture

ATTRIBUTES = {getattr(AttributeProto, name) for name in ("FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS")}


def layers_of_graph(graph: GraphProto, hints: Hints) -> Architecture:
    """The layers that the graph's nodes are, in order."""
    if graph.sparse_initializer:
        raise UnsupportedLayerError("sparse weights are not supported; save them as usual ones")
    constants = {tensor.name: array(tensor) for tensor in graph.initializer}
    inputs = [entry for entry in graph.input if entry.name not in constants]
    if len(inputs) != 1 or len(graph.output) != 1:
        raise ValueError(f"the network has {len(inputs)} inputs and {len(graph.output)} outputs; one of each is read")
    shape = _input_shape(inputs[0], hints)
    chain, current = Chain(shape), inputs[0].name
    for place, entry in enumerate(graph.node):
        node = _node(entry, place, constants, current)
        try:
            if current not in entry.input:
                constants[entry.output[0]] = _constant(node)
            elif node.op == "Shape":
                node.take()
                constants[entry.output[0]] = np.array([-1, *chain.shape])
            else:
                LAYERS[node.op](chain, node)
                current = entry.output[0]
        except (TypeError, IndexError, KeyError, OverflowError, MemoryError) as error:
            raise ValueError(f"{node.title} has attributes or inputs that do not go together") from error
    if current != graph.output[0].name:
        raise UnsupportedLayerError("the graph's output is not that of its last node; branches are not supported")
    return Architecture(chain.specs, chain.weights, shape)


def _node(entry: NodeProto, place: int, constants: dict[str, Array], current: str) -> Node:
    """An operator with its inputs, if it is supported and follows the one before it."""
    title = f"node {entry.name[:60] or place} ({entry.op_type[:40]})"
    unknown = entry.domain not in ("", "ai.onnx") or entry.op_type not in {*LAYERS, *CONSTANTS, "Constant", "Shape"}
    if unknown or (current in entry.input and entry.op_type not in {*LAYERS, "Shape"}):
        raise UnsupportedLayerError(f"{title} is not supported; use {', '.join(LAYERS)}")
    names = list(entry.input)
    while names and not names[-1]:  # optional inputs that are left out
        names.pop()
    if not entry.output or names.count(current) > 1 or any(n not in constants and n != current for n in names):
        raise UnsupportedLayerError(f"{title} does not follow the node before it; branches are not supported")
    if any(attribute.type not in ATTRIBUTES for attribute in entry.attribute):
        raise UnsupportedLayerError(f"{title} has an attribute that is neither number nor text")
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in entry.attribute}
    return Node(entry.op_type, attributes, [constants.get(name) for name in names], title)


def _input_shape(entry: ValueInfoProto, hints: Hints) -> Shape:
    """The shape of one input: what the file says, without the batch, or else the caller."""
    dims = list(entry.type.tensor_type.shape.dim)
    sizes = tuple(int(dim.dim_value) for dim in dims[1:])
    if len(dims) > 1 and all(size > 0 for size in sizes):
        if math.prod(sizes) > MAX_ACTIVATIONS:
            raise ValueError(f"the file says inputs are {sizes}; at most {MAX_ACTIVATIONS:,} numbers are read")
        if hints.input_shape is not None and math.prod(hints.input_shape) != math.prod(sizes):
            raise ValueError(f"the file says inputs are {sizes}, which is not input_shape={tuple(hints.input_shape)}")
        return sizes
    if hints.input_shape is None:
        raise ValueError("the ONNX file does not say what shape its inputs have; give input_shape, as in (1, 28, 28)")
    return tuple(hints.input_shape)


CONSTANTS: dict[str, Callable[[Node, Array], Array]] = {
    "Identity": lambda node, value: value,
    "Transpose": lambda node, value: value.transpose(node.take(perm=None)[0]),
    "Reshape": lambda node, value: value.reshape(node.constant(1, 1).astype(int)),
    "Flatten": lambda node, value: value.reshape(math.prod(value.shape[: node.take(axis=1)[0]]), -1),
    "Unsqueeze": lambda node, value: np.expand_dims(value, _axes(node)),
    "Squeeze": lambda node, value: np.squeeze(value, _axes(node)),
    "Gather": lambda node, value: small(np.take(small(value), small(node.constant(1)), node.take(axis=0)[0])),
    "Concat": lambda node, value: small(np.concatenate([small(node.constant(k)) for k in range(len(node.inputs))])),
}


def _axes(node: Node) -> tuple[int, ...]:
    (axes,) = node.take(axes=None)
    return tuple(int(axis) for axis in (axes if axes is not None else node.constant(1, 1)))


def _constant(node: Node) -> Array:
    if node.op == "Constant":
        if len(node.attributes) != 1:
            raise node.refuse("it has no single value")
        ((name, value),) = node.attributes.items()
        return array(value) if name == "value" else np.asarray(value)
    if node.op not in CONSTANTS:
        raise node.refuse("none of its inputs depends on the network's")
    try:
        return CONSTANTS[node.op](node, node.constant(0))
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"{node.title} does not fit its input: {error}") from error
