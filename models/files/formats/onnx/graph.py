"""The architecture of an ONNX graph: the layers from the input to the logits, with constants folded."""

from __future__ import annotations

from onnx import AttributeProto, GraphProto, NodeProto, ValueInfoProto, helper

from geometry.network.network import UnsupportedLayerError
from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.files.formats.onnx.constants import COMPUTED
from models.files.formats.onnx.endings import ENDINGS, LABELS
from models.files.formats.onnx.operators import JOINS, LAYERS, SEGMENT_LAYERS, reason
from models.files.formats.onnx.rearranging import REARRANGING
from models.files.formats.onnx.tensors import Tensors
from models.files.formats.onnx.walk import Operator, Program, layers_of_program

ATTRIBUTES = {getattr(AttributeProto, name) for name in ("FLOAT", "INT", "STRING", "TENSOR", "FLOATS", "INTS")}
READ = {*LAYERS, *SEGMENT_LAYERS, *JOINS, *REARRANGING, "Split", "Shape", *ENDINGS, *LABELS}
KNOWN = {*READ, *COMPUTED, "Constant", "ConstantOfShape"}
FOREIGN = {("ai.onnx.ml", "ZipMap"), ("ai.onnx.ml", "Scaler")}  # scikit-learn's


def layers_of_graph(graph: GraphProto, opset: int, hints: Hints) -> Architecture:
    """The layers of a graph in order, for one input; errors as of `layers_of_program`."""
    if graph.sparse_initializer:
        raise UnsupportedLayerError("sparse weights are not supported; save them as usual ones")
    tensors = Tensors(hints.second_file)
    tensors.check_sizes(graph.initializer)
    tensors.check_sizes(value.t for node in graph.node for value in node.attribute if value.type == value.TENSOR)
    initial = {tensor.name: tensors.read(tensor) for tensor in graph.initializer}
    operators = [_operator(entry, place) for place, entry in enumerate(graph.node)]
    inputs = {entry.name: _sizes(entry) for entry in graph.input if entry.name not in initial}
    return layers_of_program(
        Program(operators, inputs, [output.name for output in graph.output], initial, opset, tensors), hints
    )


def _sizes(entry: ValueInfoProto) -> list[int | None]:
    return [int(dim.dim_value) if dim.dim_value else None for dim in entry.type.tensor_type.shape.dim]


def _operator(entry: NodeProto, place: int) -> Operator:
    title = f"node {entry.name[:60] or place} ({entry.op_type[:40]})"
    foreign = entry.domain not in ("", "ai.onnx") and (entry.domain, entry.op_type) not in FOREIGN
    refusal, attributes = "", {}
    if foreign or entry.op_type not in KNOWN:
        refusal = f"{title} is not supported{reason(entry.op_type)}"
    elif any(attribute.type not in ATTRIBUTES for attribute in entry.attribute):
        refusal = f"{title} has an attribute that is neither number nor text"
    else:
        attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in entry.attribute}
    return Operator(entry.op_type, list(entry.input), list(entry.output), attributes, title, refusal)
