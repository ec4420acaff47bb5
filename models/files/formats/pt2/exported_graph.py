"""The graph of an exported program, from its JSON, with every field checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from geometry.network.network import UnsupportedLayerError
from models.files.formats.pt2.stored_tensors import DOUBLE, FLOATS, MAX_DIMENSIONS, StoredTensors, finite

Sizes: TypeAlias = Sequence[int | None]  # None where the file leaves a size open
MAX_CALLS = 5_000  # a limit on time
DAMAGED = "the graph in the file of torch.export is damaged; save the file again"
NUMBERS = ("as_int", "as_ints", "as_bool", "as_bools", "as_string", "as_scalar_type")


class Name(str):
    """The name of a tensor, among arguments."""


class Open(str):
    """The name of a number that is computed while the network runs, among arguments."""


@dataclass(frozen=True, eq=False)
class Call:
    """One call of an operator.

    target : such as aten.conv2d.default
    arguments : by their names in the operator's signature: numbers, texts, lists of them, `Name`, `Open`, None
    outputs : the names of the tensors that it gives
    title : of the call, for messages
    """

    target: str
    arguments: Mapping[str, Any]
    outputs: list[str]
    title: str

    @property
    def op(self) -> str:
        """The operator without its library and overload, such as conv2d."""
        parts = self.target.split(".")
        return parts[1] if len(parts) > 1 else parts[0]


@dataclass(frozen=True, eq=False)
class ExportedGraph:
    """An exported program.

    inputs : the names of what it is called with
    constants : weights, buffers and other tensors, by their names in the graph
    sizes : of every tensor
    calls : in the order in which they run
    outputs : the names of the tensors that it gives
    double : whether the inputs are float64
    """

    inputs: list[str]
    constants: StoredTensors
    sizes: Mapping[str, Sizes]
    calls: Sequence[Call]
    outputs: list[str]
    double: bool


def exported_graph(stored: Any, tensors: StoredTensors) -> ExportedGraph:
    """The graph of a program as torch.export writes it, with its tensors by their names in the module.

    Raises
    ------
    ValueError
        If a field is missing or of another kind, or a tensor is missing or not finite.
    """
    module = _get(stored, "graph_module", dict)
    graph, signature = _get(module, "graph", dict), _get(module, "signature", dict)
    kinds, sizes = dict[str, int](), dict[str, Sizes]()
    for name, meta in _get(graph, "tensor_values", dict).items():
        kinds[name], sizes[name] = _get(meta, "dtype", int), [_size(size) for size in _get(meta, "sizes", list)]
        if len(sizes[name]) > MAX_DIMENSIONS:
            raise ValueError(DAMAGED)
    inputs, constants = _inputs(_get(signature, "input_specs", list), tensors)
    nodes = _get(graph, "nodes", list)
    if len(nodes) > MAX_CALLS:
        raise ValueError(f"the graph of torch.export has {len(nodes):,} calls; up to {MAX_CALLS:,} are read")
    outputs = [
        name
        for spec in _get(signature, "output_specs", list)
        if type(spec) is dict and "user_output" in spec
        for name in _names(_get(_get(spec, "user_output", dict), "arg", dict))
    ]
    wrong = next((name for name in inputs if kinds.get(name) not in FLOATS), None)
    if wrong is not None:
        raise UnsupportedLayerError(f"the input {wrong[:60]!r} holds no real numbers; a network of real inputs is read")
    double = any(kinds[name] == DOUBLE for name in inputs)
    return ExportedGraph(inputs, constants, sizes, [_call(node) for node in nodes], outputs, double)


def _inputs(specs: list[Any], tensors: StoredTensors) -> tuple[list[str], StoredTensors]:
    """The names of the inputs, and the tensors that the graph takes beside them."""
    inputs, constants = list[str](), StoredTensors()
    for spec in specs:
        ((kind, content),) = spec.items() if type(spec) is dict and len(spec) == 1 else (("", None),)
        field = {"parameter": "parameter_name", "buffer": "buffer_name", "tensor_constant": "tensor_constant_name"}
        if kind == "user_input":
            inputs += _names(_get(content, "arg", dict))
        elif kind in field:
            name, own = _get(_get(content, "arg", dict), "name", str), _get(content, field[kind], str)
            if own not in tensors:
                raise ValueError(f"the file of torch.export has no numbers for {own[:60]!r}; save it again")
            constants[name] = finite(own, tensors[own])
        elif kind not in ("constant_input", "token"):
            raise UnsupportedLayerError(
                f"the graph of torch.export takes a {str(kind)[:30] or 'damaged input'}; tensors are read"
            )
    return inputs, constants


def _call(node: Any) -> Call:
    target = _get(node, "target", str).removeprefix("torch.ops.")
    arguments = {_get(entry, "name", str): _argument(_get(entry, "arg", dict)) for entry in _get(node, "inputs", list)}
    outputs = [name for output in _get(node, "outputs", list) for name in _names(output)]
    name, metadata = node.get("name"), node.get("metadata")
    stack = metadata.get("nn_module_stack") if type(metadata) is dict else None
    innermost = stack.rsplit(";", 1)[-1].split(",") if type(stack) is str else []
    place = f" of layer {innermost[1][:60]}" if len(innermost) > 1 and innermost[1] else ""
    named = name if type(name) is str and name else (outputs or ["without a result"])[0]
    return Call(
        target, arguments, outputs, f"node {named[:60]} ({target.rpartition('.')[0][:60] or target[:60]}{place})"
    )


def _argument(described: Mapping[str, Any]) -> Any:
    if len(described) != 1:
        raise ValueError(DAMAGED)
    ((kind, value),) = described.items()
    match kind:
        case "as_none":
            return None
        case "as_tensor":
            return Name(_get(value, "name", str))
        case "as_tensors":
            return [Name(_get(item, "name", str)) for item in _list(value)]
        case "as_optional_tensor":
            return _argument(value) if type(value) is dict else None
        case "as_optional_tensors":
            return [_argument(item) if type(item) is dict else None for item in _list(value)]
        case "as_float":
            return _float(value)
        case "as_floats":
            return [_float(item) for item in _list(value)]
        case "as_sym_int" | "as_sym_float" | "as_sym_bool":
            return _symbolic(value)
        case "as_sym_ints" | "as_sym_floats" | "as_sym_bools":
            return [_symbolic(item) for item in _list(value)]
    return value if kind in NUMBERS else Open(kind)


def _symbolic(described: Any) -> Any:
    if type(described) is not dict or len(described) != 1:
        raise ValueError(DAMAGED)
    ((kind, value),) = described.items()
    return Open(str(value)[:60]) if kind == "as_name" else _float(value) if kind == "as_float" else value


def _float(value: Any) -> float:
    if value in ("Infinity", "-Infinity", "NaN"):
        return float(value)
    if type(value) not in (int, float):
        raise ValueError(DAMAGED)
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(DAMAGED) from error


def _names(described: Any) -> list[str]:
    """The names of the tensors in an output, "" for one that is left out."""
    if type(described) is not dict or len(described) != 1:
        raise ValueError(DAMAGED)
    argument = _argument(described)
    listed = argument if type(argument) is list else [argument]
    return [str(item) for item in listed if isinstance(item, Name)]


def _size(described: Any) -> int | None:
    if type(described) is dict and set(described) == {"as_expr"}:
        return None
    size = _get(described, "as_int", int)
    if not 0 <= size < 2**40:
        raise ValueError(DAMAGED)
    return size


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise ValueError(DAMAGED)
    return value


def _get(container: Any, key: str, kind: type) -> Any:
    """A field of an object; a ValueError if it is missing or of another kind."""
    if type(container) is not dict or type(container.get(key)) is not kind:
        raise ValueError(f"{DAMAGED}: it has no {key!r}")
    return container[key]
