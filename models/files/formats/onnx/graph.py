"""The architecture of an ONNX graph: a chain of layers from the input to the logits, with constants folded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, helper

from geometry.network.affine import Shape
from geometry.network.network import UnsupportedLayerError
from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.files.formats.onnx.batches import joins_inputs
from models.files.formats.onnx.chain import Array, Chain, ChannelsLast, Indices, Node, View
from models.files.formats.onnx.constants import COMPUTED, constant, shape_as_constant
from models.files.formats.onnx.endings import ENDINGS, LABELS, after_ending, leave_off, with_complement
from models.files.formats.onnx.inputs import Sizes, first_view, input_sizes, looks_channels_last
from models.files.formats.onnx.layers import LAYERS, reason
from models.files.formats.onnx.order import needed_nodes
from models.files.formats.onnx.rearranging import REARRANGING, rearranged
from models.files.formats.onnx.tensors import Tensors
from models.networks.architecture import MAX_NUMBERS

ATTRIBUTES = {getattr(AttributeProto, name) for name in ("FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS")}
KNOWN = {*LAYERS, *REARRANGING, *COMPUTED, *ENDINGS, "Constant", "ConstantOfShape", "Shape", *LABELS}
FOREIGN = {("ai.onnx.ml", "ZipMap"), ("ai.onnx.ml", "Scaler")}  # scikit-learn's
MAX_OUTPUTS = 8  # a limit on time, as each may be tried


def layers_of_graph(graph: GraphProto, opset: int, hints: Hints) -> Architecture:
    """The layers of a graph in order, for one input.

    Of several outputs, the first that is a chain of layers is read, and a note names the others.

    Raises
    ------
    UnsupportedLayerError
        Naming the node, the reason and the alternatives.
    ValueError
        If the graph is damaged, too large, or has several inputs.
    """
    if graph.sparse_initializer:
        raise UnsupportedLayerError("sparse weights are not supported; save them as usual ones")
    names = [output.name for output in graph.output]
    if not 1 <= len(names) <= MAX_OUTPUTS:
        raise ValueError(f"the network has {len(names)} outputs; 1 to {MAX_OUTPUTS} are read, of which one is taken")
    tensors = Tensors(hints.second_file)
    tensors.check_sizes(graph.initializer)
    tensors.check_sizes(value.t for node in graph.node for value in node.attribute if value.type == value.TENSOR)
    initial = {tensor.name: tensors.read(tensor) for tensor in graph.initializer}
    errors: list[ValueError] = []
    for name in names:
        try:
            layers = _Output(graph, opset, hints, tensors, initial, name).layers()
        except ValueError as error:
            errors.append(error)
            continue
        others = ", ".join(repr(other[:60]) for other in names if other != name)
        note = (f"The file has {len(names)} outputs; {name[:60]!r} is read, and {others} left out.",) if others else ()
        return replace(layers, notes=(*note, *layers.notes))
    raise errors[0]


class _Output:
    """One output of a graph, with the nodes and the input that it depends on."""

    def __init__(
        self, graph: GraphProto, opset: int, hints: Hints, tensors: Tensors, initial: dict[str, Array], name: str
    ) -> None:
        self._opset, self._hints, self._tensors, self._initial, self._name = opset, hints, tensors, initial, name
        places = needed_nodes(graph.node, name)
        self._nodes = [(place, graph.node[place]) for place in places]
        needed = {name, *(used for _, entry in self._nodes for used in entry.input)}
        inputs = [entry for entry in graph.input if entry.name not in initial]
        used = [entry for entry in inputs if entry.name in needed]
        if len(used) != 1:
            names = ", ".join(repr(entry.name[:60]) for entry in (used or inputs)[:MAX_OUTPUTS])
            raise ValueError(f"the network's output depends on {len(used)} inputs; one is read, of {names or 'none'}")
        self._input = used[0]
        for place, entry in sorted(self._nodes, key=lambda node: node[0]):
            _check_operator(entry, place)

    def layers(self) -> Architecture:
        """The architecture for the likeliest input sizes with which the graph is a network."""
        errors: list[ValueError] = []
        for sizes in input_sizes(self._input, self._hints):
            try:
                return self._layers(sizes)
            except ValueError as error:
                errors.append(error)
        raise errors[0]

    def _layers(self, sizes: Sizes) -> Architecture:
        try:
            chain, shape = self._walk(sizes, turned=False)
            free = self._hints.input_shape is None and not chain.channels_first
            if free and looks_channels_last(sizes.own):
                chain, shape = self._walk(sizes, turned=True)
        except ChannelsLast:
            chain, shape = self._walk(sizes, turned=True)
        if sizes.batch > 1:
            chain.notes.append(f"The file fixes a batch of {sizes.batch} inputs; here each input is read by itself.")
        if sizes.batch == 0 and len(sizes.own) > 1 and self._hints.input_shape is None:
            chain.notes.append(
                f"The first size of the file's inputs, {sizes.own[0]}, is taken for a part of each input, not for that "
                "of a batch, for which the graph does not fit."
            )
        return Architecture(chain.specs, chain.weights, shape, tuple(chain.notes))

    def _walk(self, sizes: Sizes, turned: bool) -> tuple[Chain, Shape]:
        """The chain of layers and its input shape."""
        chain, view, shape = first_view(sizes, self._hints, turned)
        values: dict[str, Array | View] = {**self._initial, self._input.name: view}
        made, ending = 0, ""
        for place, entry in self._nodes:
            node = self._node(place, entry, values, chain, sizes)
            try:
                if not node.views():
                    result: Array | View = constant(node, self._tensors)
                elif node.op == "Shape":
                    result = shape_as_constant(node, node.view().shape)
                elif node.op in ENDINGS and not ending:
                    leave_off(chain, node)
                    result, ending = View(node.view(), chain.age), node.op
                else:
                    order = after_ending(node, ending) if ending else _order(chain, node)
                    result = View(order, chain.age)
            except (TypeError, IndexError, KeyError, OverflowError, MemoryError, ZeroDivisionError) as error:
                raise ValueError(f"{node.title} has attributes or inputs that do not go together") from error
            values[entry.output[0]] = result
            made += 0 if _is_only_seen(result, node) else _numbers(result).size
            if made > MAX_NUMBERS:
                raise ValueError(f"the ONNX graph makes more than {MAX_NUMBERS:,} numbers, which is more than is read")
        last = values.get(self._name)
        if not isinstance(last, View) or last.age != chain.age:
            raise UnsupportedLayerError(f"the output {self._name[:60]!r} is not what the network's last layer gives")
        if chain.age == 0:
            raise ValueError("the ONNX graph has no layers: its output is its input, in another order at most")
        chain.settle(with_complement(chain, last.order))
        chain.fold((chain.units,))
        return chain, shape

    def _node(self, place: int, entry: NodeProto, values: dict[str, Array | View], chain: Chain, sizes: Sizes) -> Node:
        """An operator with its inputs, each of them a constant or an up-to-date view."""
        title = _title(entry, place)
        names = list(entry.input)
        while names and not names[-1]:  # optional inputs that are left out
            names.pop()
        unknown = next((name for name in names if name and name not in values), None)
        if unknown is not None:
            raise ValueError(f"{title} takes {unknown[:60]!r}, which nothing in the file makes")
        if any(attribute.type not in ATTRIBUTES for attribute in entry.attribute):
            raise UnsupportedLayerError(f"{title} has an attribute that is neither number nor text")
        inputs = [values[name] if name else None for name in names]
        if entry.op_type != "Shape" and any(isinstance(v, View) and v.age != chain.age for v in inputs):
            raise UnsupportedLayerError(self._joined(title))
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in entry.attribute}
        return Node(entry.op_type, attributes, inputs, title, self._opset, max(1, sizes.batch))

    def _joined(self, title: str) -> str:
        """The message for a branching graph, with the node at which the branches meet."""
        moving = {self._input.name}
        for place, entry in self._nodes:
            used = [name for name in entry.input if name in moving]
            if used and entry.op_type != "Shape":
                moving.update(entry.output)
            if len(used) > 1:
                title = _title(entry, place)
                break
        return (
            f"{title} is not supported: it joins two results of the network; branches, such as residual connections, "
            "are not read yet, one chain of layers is"
        )


def _order(chain: Chain, node: Node) -> Indices:
    """The view after a node, which adds a layer to the chain if it is one."""
    first = next(value for value in node.inputs if isinstance(value, View))
    if joins_inputs(node, first.order):
        raise node.refuse(f"it joins the {node.batch} inputs of a batch; export the network for a batch of 1")
    if node.op in LAYERS:
        return LAYERS[node.op](chain, node)
    if node.op not in REARRANGING or (node.op != "Concat" and not isinstance(node.inputs[0], View)):
        raise UnsupportedLayerError(f"{node.title} is not supported on the network's activations{reason(node.op)}")
    if node.op == "Concat" and len(node.views()) != len(node.inputs):
        raise node.refuse("it joins activations and constants")
    return rearranged(node, node.view())


def _is_only_seen(result: Array | View, node: Node) -> bool:
    """Whether the result shares its memory with an input."""
    return any(value is not None and np.may_share_memory(_numbers(result), _numbers(value)) for value in node.inputs)


def _numbers(value: Array | View) -> Array:
    return value.order if isinstance(value, View) else value


def _title(entry: NodeProto, place: int) -> str:
    return f"node {entry.name[:60] or place} ({entry.op_type[:40]})"


def _check_operator(entry: NodeProto, place: int) -> None:
    """An UnsupportedLayerError with the reason if an operator is not supported."""
    foreign = entry.domain not in ("", "ai.onnx") and (entry.domain, entry.op_type) not in FOREIGN
    if foreign or entry.op_type not in KNOWN:
        raise UnsupportedLayerError(f"{_title(entry, place)} is not supported{reason(entry.op_type)}")
    if not entry.output:
        raise ValueError(f"{_title(entry, place)} has no output; the file is damaged, export the model again")
