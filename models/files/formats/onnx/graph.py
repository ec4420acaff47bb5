"""The architecture of an ONNX graph: the layers from the input to the logits, with constants folded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from onnx import AttributeProto, GraphProto, NodeProto, helper

from geometry.network.affine import Shape
from geometry.network.network import UnsupportedLayerError
from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.files.formats.onnx.chain import Array, Chain, ChannelsLast, Node, View
from models.files.formats.onnx.constants import COMPUTED, constant, shape_as_constant
from models.files.formats.onnx.endings import ENDINGS, LABELS
from models.files.formats.onnx.inputs import Sizes, first_view, input_sizes, looks_channels_last
from models.files.formats.onnx.layers import Branches, OneChain
from models.files.formats.onnx.operators import JOINS, LAYERS, SEGMENT_LAYERS, reason
from models.files.formats.onnx.order import needed_nodes
from models.files.formats.onnx.rearranging import REARRANGING
from models.files.formats.onnx.steps import Segment
from models.files.formats.onnx.tensors import Tensors
from models.networks.architecture import MAX_NUMBERS

ATTRIBUTES = {getattr(AttributeProto, name) for name in ("FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS")}
READ = {*LAYERS, *SEGMENT_LAYERS, *JOINS, *REARRANGING, "Split", "Shape", *ENDINGS, *LABELS}
KNOWN = {*READ, *COMPUTED, "Constant", "ConstantOfShape"}
FOREIGN = {("ai.onnx.ml", "ZipMap"), ("ai.onnx.ml", "Scaler")}  # scikit-learn's
UNFIT = (TypeError, IndexError, KeyError, OverflowError, MemoryError, ZeroDivisionError)  # of damaged files
MAX_OUTPUTS = 8  # a limit on time, as each may be tried


def layers_of_graph(graph: GraphProto, opset: int, hints: Hints) -> Architecture:
    """The layers of a graph in order, for one input.

    Of several outputs, the first that can be is read, and a note names the others.

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
        """The architecture for the likeliest input sizes with which the graph is a network: a chain, if it is one."""
        errors: list[ValueError] = []
        for branching in (False, True):
            errors.clear()  # a graph that branches is refused for what stops it as such
            for sizes in input_sizes(self._input, self._hints):
                try:
                    return self._layers(sizes, branching)
                except ValueError as error:
                    errors.append(error)
        raise errors[0]

    def _layers(self, sizes: Sizes, branching: bool) -> Architecture:
        try:
            layers, last, shape = self._walk(sizes, False, branching)
            free = self._hints.input_shape is None and not layers.channels_first
            if free and looks_channels_last(sizes.own):
                layers, last, shape = self._walk(sizes, True, branching)
        except ChannelsLast:
            layers, last, shape = self._walk(sizes, True, branching)
        specs, weights = layers.layers(last)
        notes = layers.notes
        if sizes.batch > 1:
            notes.append(f"The file fixes a batch of {sizes.batch} inputs; here each input is read by itself.")
        if sizes.batch == 0 and len(sizes.own) > 1 and self._hints.input_shape is None:
            notes.append(
                f"The first size of the file's inputs, {sizes.own[0]}, is taken for a part of each input, not for that "
                "of a batch, for which the graph does not fit."
            )
        return Architecture(specs, weights, shape, tuple(notes))

    def _walk(self, sizes: Sizes, turned: bool, branching: bool) -> tuple[OneChain | Branches, View, Shape]:
        """The layers, the view of them that is the output, and the input shape."""
        readers = Counter(name for _, entry in self._nodes if entry.op_type != "Shape" for name in entry.input)
        readers[self._name] += 1
        chain, view, shape = first_view(sizes, self._hints, turned, Segment if branching else Chain)
        layers = Branches(chain, readers[self._input.name] > 1) if isinstance(chain, Segment) else OneChain(chain)
        values: dict[str, Array | View] = {**self._initial, self._input.name: view}
        made = 0
        for place, entry in self._nodes:
            node = self._node(place, entry, values, sizes, readers)
            results: Sequence[Array | View]
            try:
                if not node.views():
                    results = constant(node, self._tensors, len(entry.output))
                elif node.op == "Shape":
                    results = [shape_as_constant(node, node.view(node.views()[0]).shape)]
                else:
                    results = layers.after(node, len(entry.output))
            except UNFIT as error:
                raise ValueError(f"{node.title} has attributes or inputs that do not go together") from error
            values.update(zip(entry.output, results))
            made += sum(0 if _is_only_seen(result, node) else _numbers(result).size for result in results)
            if made > MAX_NUMBERS:
                raise ValueError(f"the ONNX graph makes more than {MAX_NUMBERS:,} numbers, which is more than is read")
        last = values.get(self._name)
        if not isinstance(last, View):
            raise UnsupportedLayerError(f"the output {self._name[:60]!r} does not depend on the network's input")
        return layers, last, shape

    def _node(
        self, place: int, entry: NodeProto, values: dict[str, Array | View], sizes: Sizes, readers: Counter[str]
    ) -> Node:
        """An operator with its inputs, each of them a constant or a view."""
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
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in entry.attribute}
        shared = any(readers[name] > 1 for name in entry.output)
        return Node(entry.op_type, attributes, inputs, title, self._opset, max(1, sizes.batch), shared)


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
