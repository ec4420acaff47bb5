"""The walk over a graph of ONNX's operators: each adds its layers, and the last one's are the network.

Graphs come from ONNX files (`models.files.formats.onnx.graph`), and from torch.export's, whose operators are written as
ONNX's first (`models.files.formats.pt2`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from onnx import TensorProto

from geometry.network.affine import Shape
from geometry.network.network import UnsupportedLayerError
from models.files.bare_weights.readings import Hints
from models.files.bare_weights.recognise import Architecture
from models.files.formats.onnx.chain import Array, Chain, ChannelsLast, Node, View
from models.files.formats.onnx.constants import constant, shape_as_constant
from models.files.formats.onnx.inputs import Sizes, first_view, input_sizes, looks_channels_last
from models.files.formats.onnx.layers import Branches, OneChain
from models.files.formats.onnx.order import needed_operators
from models.files.formats.onnx.steps import Segment
from models.files.formats.onnx.tensors import Tensors
from models.networks.architecture import MAX_NUMBERS

UNFIT = (TypeError, IndexError, KeyError, OverflowError, MemoryError, ZeroDivisionError)  # of damaged files
SHORT = (TensorProto.FLOAT16, TensorProto.BFLOAT16)
MAX_OUTPUTS = 8  # a limit on time, as each may be tried


@dataclass(frozen=True, eq=False)
class Operator:
    """One operator of a graph.

    op : ONNX's name for it
    inputs, outputs : names of values; "" where one is left out
    title : of the operator, for messages
    refusal : why the operator is not supported; "" if it is
    """

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]
    title: str
    refusal: str = ""


@dataclass(frozen=True, eq=False)
class Program:
    """A graph of operators, with everything that the file says about it.

    inputs : the names of its inputs, with their sizes, None where the file leaves one open
    outputs : the names of its outputs
    constants : by their names
    opset : the version of ONNX's operators
    tensors : the reader of constants within operators
    double : whether weights are float64; None if they are where some constant is
    shapes : the sizes that the file states for values, which must be those found; None where it leaves one open
    """

    operators: Sequence[Operator]
    inputs: Mapping[str, Sequence[int | None]]
    outputs: Sequence[str]
    constants: Mapping[str, Array]
    opset: int
    tensors: Tensors
    double: bool | None = None
    shapes: Mapping[str, Sequence[int | None]] = field(default_factory=dict)


def layers_of_program(program: Program, hints: Hints) -> Architecture:
    """The layers of a graph in order, for one input.

    Of several outputs, the first that can be is read, and a note names the others.

    Raises
    ------
    UnsupportedLayerError
        Naming the operator, the reason and the alternatives.
    ValueError
        If the graph is damaged, too large, or has several inputs.
    """
    names = program.outputs
    if not 1 <= len(names) <= MAX_OUTPUTS:
        raise ValueError(f"the network has {len(names)} outputs; 1 to {MAX_OUTPUTS} are read, of which one is taken")
    errors: list[ValueError] = []
    for name in names:
        try:
            layers = _Output(program, hints, name).layers()
        except ValueError as error:
            errors.append(error)
            continue
        others = ", ".join(repr(other[:60]) for other in names if other != name)
        note = (f"The file has {len(names)} outputs; {name[:60]!r} is read, and {others} left out.",) if others else ()
        return replace(layers, notes=(*note, *layers.notes))
    raise errors[0]


class _Output:
    """One output of a graph, with the operators and the input that it depends on."""

    def __init__(self, program: Program, hints: Hints, name: str) -> None:
        self._program, self._hints, self._name = program, hints, name
        places = needed_operators([(operator.inputs, operator.outputs) for operator in program.operators], name)
        self._operators = [program.operators[place] for place in places]
        needed = {name, *(used for operator in self._operators for used in operator.inputs)}
        used = [entry for entry in program.inputs if entry in needed]
        if len(used) != 1:
            names = ", ".join(repr(entry[:60]) for entry in (used or list(program.inputs))[:MAX_OUTPUTS])
            raise ValueError(f"the network's output depends on {len(used)} inputs; one is read, of {names or 'none'}")
        self._input = used[0]
        refusals = [program.operators[place].refusal for place in sorted(places)]
        if any(refusals):
            raise UnsupportedLayerError(next(filter(None, refusals)))

    def layers(self) -> Architecture:
        """The architecture for the likeliest input sizes with which the graph is a network: a chain, if it is one."""
        errors: list[ValueError] = []
        for branching in (False, True):
            errors.clear()  # a graph that branches is refused for what stops it as such
            for sizes in input_sizes(self._program.inputs[self._input], self._hints):
                try:
                    return self._layers(sizes, branching)
                except ValueError as error:
                    errors.append(error)
        raise errors[0]

    def _layers(self, sizes: Sizes, branching: bool) -> Architecture:
        try:
            layers, last, shape, double = self._walk(sizes, False, branching)
            free = self._hints.input_shape is None and not layers.channels_first
            if free and looks_channels_last(sizes.own):
                layers, last, shape, double = self._walk(sizes, True, branching)
        except ChannelsLast:
            layers, last, shape, double = self._walk(sizes, True, branching)
        specs, weights = layers.layers(last)
        if not double:  # numbers that no constant of the file is, such as 1/3 in a mean of three
            weights = {name: w.float() if w.dtype == torch.float64 else w for name, w in weights.items()}
        notes = layers.notes
        if sizes.batch > 1:
            notes.append(f"The file fixes a batch of {sizes.batch} inputs; here each input is read by itself.")
        if any(operator.op == "Cast" and operator.attributes.get("to") in SHORT for operator in self._operators):
            notes.append("The file rounds numbers to 16 bits along the way; here they are real numbers, not rounded.")
        if sizes.batch == 0 and len(sizes.own) > 1 and self._hints.input_shape is None:
            notes.append(
                f"The first size of the file's inputs, {sizes.own[0]}, is taken for a part of each input, not for that "
                "of a batch, for which the graph does not fit."
            )
        return Architecture(specs, weights, shape, tuple(notes))

    def _walk(self, sizes: Sizes, turned: bool, branching: bool) -> tuple[OneChain | Branches, View, Shape, bool]:
        """The layers, the view of them that is the output, the input shape, and whether weights are float64."""
        readers = Counter(name for operator in self._operators if operator.op != "Shape" for name in operator.inputs)
        readers[self._name] += 1
        chain, view, shape = first_view(sizes, self._hints, turned, Segment if branching else Chain)
        layers = Branches(chain, readers[self._input] > 1) if isinstance(chain, Segment) else OneChain(chain)
        values: dict[str, Array | View] = {**self._program.constants, self._input: view}
        made, double = 0, bool(self._program.double)
        for operator in self._operators:
            node = self._node(operator, values, sizes, readers)
            results: Sequence[Array | View]
            try:
                if not node.views():
                    results = constant(node, self._program.tensors, len(operator.outputs))
                elif node.op == "Shape":
                    results = [shape_as_constant(node, node.view(node.views()[0]).shape)]
                else:
                    results = layers.after(node, len(operator.outputs))
            except UNFIT as error:
                raise ValueError(f"{node.title} has attributes or inputs that do not go together") from error
            values.update(zip(operator.outputs, results))
            self._check_shapes(operator, results, sizes)
            if self._program.double is None:
                constants = [value for value in (*node.inputs, *results) if isinstance(value, np.ndarray)]
                double |= any(value.dtype == np.float64 for value in constants)
            made += sum(0 if _is_only_seen(result, node) else _numbers(result).size for result in results)
            if made > MAX_NUMBERS:
                raise ValueError(f"the graph makes more than {MAX_NUMBERS:,} numbers, which is more than is read")
        last = values.get(self._name)
        if not isinstance(last, View):
            raise UnsupportedLayerError(f"the output {self._name[:60]!r} does not depend on the network's input")
        return layers, last, shape, double

    def _check_shapes(self, operator: Operator, results: Sequence[Array | View], sizes: Sizes) -> None:
        """A ValueError if a result has another shape than the file states for it."""
        for name, result in zip(operator.outputs, results):
            stated, found = self._program.shapes.get(name), _numbers(result).shape
            if stated is None or not isinstance(result, View):
                continue
            batched = bool(found and stated) and stated[0] == found[0] * max(1, sizes.batch)
            fits = [said in (None, size) for said, size in zip(stated, found)]
            if len(stated) != len(found) or not (all(fits[1:]) if batched else all(fits)):
                raise ValueError(
                    f"{operator.title} gives numbers of shape {found} for one input; the file states {tuple(stated)}"
                )

    def _node(self, operator: Operator, values: dict[str, Array | View], sizes: Sizes, readers: Counter[str]) -> Node:
        """An operator with its inputs, each of them a constant or a view."""
        names = list(operator.inputs)
        while names and not names[-1]:  # optional inputs that are left out
            names.pop()
        unknown = next((name for name in names if name and name not in values), None)
        if unknown is not None:
            raise ValueError(f"{operator.title} takes {unknown[:60]!r}, which nothing in the file makes")
        inputs = [values[name] if name else None for name in names]
        shared = any(readers[name] > 1 for name in operator.outputs)
        opset, batch = self._program.opset, max(1, sizes.batch)
        return Node(operator.op, operator.attributes, inputs, operator.title, opset, batch, shared)


def _is_only_seen(result: Array | View, node: Node) -> bool:
    """Whether the result shares its memory with an input."""
    return any(value is not None and np.may_share_memory(_numbers(result), _numbers(value)) for value in node.inputs)


def _numbers(value: Array | View) -> Array:
    return value.order if isinstance(value, View) else value
