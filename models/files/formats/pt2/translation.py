"""The calls of an exported program as ONNX's operators, which `models.files.formats.onnx.walk` reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from geometry.network.network import UnsupportedLayerError
from geometry.network.reasons import reason_for
from models.files.formats.onnx.operators import QUANTISED
from models.files.formats.onnx.tensors import Tensors
from models.files.formats.onnx.walk import Operator, Program
from models.files.formats.pt2.arithmetic import ARITHMETIC
from models.files.formats.pt2.exported_graph import Call, ExportedGraph
from models.files.formats.pt2.layers import LAYERS
from models.files.formats.pt2.operators import Operators, Translate, refused
from models.files.formats.pt2.pooling import POOLING
from models.files.formats.pt2.rearranging import REARRANGING
from models.files.formats.pt2.signs import by_sign
from models.files.formats.pt2.writes import Writes, in_place, tensors_in

OPSET = 18  # of the ONNX operators that are written
TRANSLATED: dict[str, Translate] = {**LAYERS, **ARITHMETIC, **POOLING, **REARRANGING, "where": by_sign}


def programs(graph: ExportedGraph) -> Iterator[Program]:
    """The programs that an exported graph may be: for a batch of the size that the file fixes, and for no batch."""
    for batch in dict.fromkeys((_batch(graph), 1)):
        yield translated(graph, batch)


def translated(graph: ExportedGraph, batch: int) -> Program:
    """The program of an exported graph for inputs of a batch of this size, or of any size if it is 1.

    Raises
    ------
    ValueError
        If an argument is missing or of another kind, or a tensor is made twice.
    """
    operators = Operators(graph.constants, graph.sizes, batch)
    writes = Writes(graph)
    for name in graph.inputs:
        operators.begin(name)
    for place, call in enumerate(graph.calls):
        if not call.outputs:
            continue  # a check, or arithmetic on sizes
        writes.check(place, call)
        _add(operators, call)
    inputs = {name: graph.sizes[name] for name in graph.inputs}
    outputs = [operators.current(name) for name in graph.outputs if name in operators.values]
    missing = next((name for name in graph.outputs if name not in operators.values), None)
    if missing is not None:
        raise ValueError(f"the graph of torch.export gives {missing[:60]!r}, which nothing in it makes")
    return Program(
        operators.made, inputs, outputs, operators.constants, OPSET, Tensors(lambda name: None), graph.double,
        operators.shapes,
    )  # fmt: skip


def _add(operators: Operators, call: Call) -> None:
    """Add the ONNX operators of a call, or one that says why there are none."""
    if call.target.startswith("higher_order."):
        raise refused(call, "control flow that depends on the input's values, or a part of the graph by itself")
    function = TRANSLATED.get(in_place(call) or call.op) if call.target.startswith("aten.") else None
    try:
        found = function(operators, call) if function is not None else _refuse(call)
        results = [found] if isinstance(found, str) else found
    except UnsupportedLayerError as error:  # which does not matter where no output depends on the call
        inputs = [operators.value(call, name) for name in tensors_in(call)]
        operators.made.append(Operator("", inputs, list(call.outputs), {}, call.title, str(error)))
        results = list(call.outputs)
    operators.finish(call, results)
    if in_place(call):
        operators.values[str(call.arguments["self"])] = operators.values[call.outputs[0]]


def _refuse(call: Call) -> NoReturn:
    if call.op in ("item", "_local_scalar_dense"):
        raise refused(call, "the forward pass reads the values of its activations")
    supported = ", ".join(sorted(name for name in TRANSLATED if not name.startswith("_")))
    why = f": {QUANTISED}" if "quant" in call.target else reason_for(call.op) or f"; supported are {supported}"
    raise UnsupportedLayerError(f"{call.title} is not supported{why}")


def _batch(graph: ExportedGraph) -> int:
    """The size of the batch that the inputs have, if it is one; 1 if it is open."""
    sizes = [graph.sizes[name] for name in graph.inputs if graph.sizes[name]]
    return (sizes[0][0] or 1) if sizes and len(sizes[0]) > 1 else 1
