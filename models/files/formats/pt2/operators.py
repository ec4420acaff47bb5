"""ONNX operators that grow call by call, and the values that names in an exported graph stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from geometry.network.network import UnsupportedLayerError
from models.files.formats.onnx.chain import MAX_ACTIVATIONS, Array
from models.files.formats.onnx.walk import Operator
from models.files.formats.pt2.exported_graph import Call, Name, Open, Sizes

MISSING = object()
MAX_CONSTANTS = 3 * 10**7  # numbers: a limit on memory


class Operators:
    """The operators so far.

    constants : all tensors that do not depend on the input
    sizes : that the file states for the tensors of its graph
    batch : the size of the batch that the file fixes, or 1
    made : the operators
    values : the values that names of the graph stand for now; one that is written to stands for another afterwards
    shapes : the sizes that the file states for values
    calls : by the names of their outputs
    """

    def __init__(self, constants: Mapping[str, Array], sizes: Mapping[str, Sizes], batch: int) -> None:
        self.constants, self.sizes, self.batch = dict(constants), sizes, batch
        self.made: list[Operator] = []
        self.values = {name: name for name in constants}
        self.shapes: dict[str, Sizes] = {}
        self.calls: dict[str, Call] = {}
        self._count = self._numbers = 0

    def begin(self, name: str) -> None:
        """Add an input of the graph."""
        if name in self.values or name not in self.sizes:
            raise ValueError(f"the graph of torch.export takes {name[:60]!r} twice, or without its sizes")
        self.values[name] = name

    def current(self, name: str) -> str:
        return self.values[name]

    def constant(self, numbers: Any, dtype: str | None = None) -> str:
        """The name of a constant.

        Raises
        ------
        ValueError
            If all constants that calls need, besides the file's own, have too many numbers together.
        """
        name = self._new()
        self.constants[name] = np.asarray(numbers, dtype)
        self._numbers += self.constants[name].size
        if self._numbers > MAX_CONSTANTS:
            raise ValueError(f"the calls of the program need more than {MAX_CONSTANTS:,} numbers, more than is read")
        return name

    def add(self, call: Call, op: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator with one result; its name."""
        return self.add_several(call, op, 1, *inputs, **attributes)[0]

    def add_several(self, call: Call, op: str, results: int, *inputs: str, **attributes: Any) -> list[str]:
        names = [self._new() for _ in range(results)]
        self.made.append(Operator(op, list(inputs), names, attributes, call.title))
        return names

    def finish(self, call: Call, results: Sequence[str]) -> None:
        """Let the outputs of a call stand for these values. Those that were made for it take its outputs' names."""
        last = self.made[-1].outputs if self.made else []
        for name, value in zip(call.outputs, results):
            if name in self.values or name in self.constants:
                raise ValueError(f"the graph of torch.export makes {name[:60]!r} twice; it is damaged")
            if value in last and value not in self.values:
                last[last.index(value)] = value = name
            self.values[name], self.calls[name] = value, call
            if name in self.sizes:
                self.shapes.setdefault(value, self.sizes[name])

    def tensor(self, call: Call, name: str) -> str:
        """The value of an argument that must be a tensor."""
        argument = call.arguments.get(name)
        if not isinstance(argument, Name):
            raise ValueError(f"{call.title} has no tensor as its argument {name!r}")
        return self.value(call, argument)

    def optional(self, call: Call, name: str) -> str | None:
        return None if call.arguments.get(name) is None else self.tensor(call, name)

    def value(self, call: Call, name: str) -> str:
        if name not in self.values:
            raise ValueError(f"{call.title} takes {name[:60]!r}, which nothing before it makes")
        return self.values[name]

    def tensors(self, call: Call, name: str) -> list[str]:
        """The values of a list of tensors, which has at least one."""
        argument = call.arguments.get(name)
        if type(argument) is not list or not argument or not all(isinstance(item, Name) for item in argument):
            raise ValueError(f"{call.title} has no list of tensors as its argument {name!r}")
        return [self.value(call, item) for item in argument]

    def operand(self, call: Call, name: str) -> str:
        """The value of an argument that is a tensor or a number."""
        argument = call.arguments.get(name)
        if isinstance(argument, Name):
            return self.value(call, argument)
        return self.constant(number(call, name), "float64")

    def sizes_of(self, call: Call, name: str) -> Sizes:
        """The sizes that the file states for a tensor argument."""
        self.tensor(call, name)
        return self.stated(call, str(call.arguments[name]))

    def stated(self, call: Call, name: str) -> Sizes:
        """The sizes that the file states for a tensor of its graph."""
        if name not in self.sizes:
            raise ValueError(f"the graph of torch.export does not say what size {name[:60]!r} has, at {call.title}")
        return self.sizes[name]

    def axis(self, call: Call, name: str, default: int = 0, more: int = 0, of: str = "self") -> int:
        """An axis, counted from 0, of the tensor `of`, which has `more` axes afterwards."""
        return self.axis_of(call, whole(call, name, default), len(self.sizes_of(call, of)) + more)

    def axis_of(self, call: Call, axis: int, axes: int) -> int:
        if not -axes <= axis < axes:
            raise ValueError(f"{call.title} has no axis {axis} among {axes}")
        return axis % axes

    def known(self, call: Call, name: str, axis: int) -> int:
        """The size of a tensor argument along an axis, which the file must state."""
        size = self.sizes_of(call, name)[axis]
        if size is None:
            raise refused(call, "it combines the inputs of a batch, or acts along an axis whose size is open")
        if axis == 0 and self.batch > 1 and size % self.batch == 0 and len(self.sizes_of(call, name)) > 1:
            raise refused(call, f"it combines the {self.batch} inputs of a batch; export the network for one input")
        if size > MAX_ACTIVATIONS:
            raise ValueError(f"{call.title} acts on {size:,} numbers; at most {MAX_ACTIVATIONS:,} are read")
        return size

    def reshaped(self, call: Call, value: str, sizes: Sizes) -> str:
        """The numbers of a value in other sizes, of which one may be open. A batch may be part of the first."""
        if sum(size is None for size in sizes) > 1:
            raise refused(call, f"the file leaves the sizes {tuple(sizes)} open")
        first = [-1] if sizes and self.batch > 1 and sizes[0] and sizes[0] % self.batch == 0 else list(sizes[:1])
        target = self.constant([-1 if size is None else size for size in (*first, *sizes[1:])], "int64")
        return self.add(call, "Reshape", value, target, allowzero=1)

    def expanded(self, call: Call, value: str, sizes: Sizes) -> str:
        """A value repeated along axes of size 1. For one input, the batch has size 1."""
        target = [1 if size is None or (axis == 0 and size == self.batch) else size for axis, size in enumerate(sizes)]
        return self.add(call, "Expand", value, self.constant(target, "int64"))

    def chosen(self, call: Call, value: str, axis: int, places: Any) -> str:
        """The numbers of a value at these places along an axis."""
        return self.add(call, "Gather", value, self.constant(places, "int64"), axis=axis)

    def along(self, call: Call, value: str, axis: int, axes: int, matrix: Array) -> str:
        """A value times a matrix (after, before) along one of its axes."""
        if axis == axes - 1:
            return self.add(call, "MatMul", value, self.constant(matrix.T))
        swapped = list(range(axes))
        swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
        moved = self.add(call, "Transpose", value, perm=swapped)
        return self.add(call, "Transpose", self.add(call, "MatMul", moved, self.constant(matrix.T)), perm=swapped)

    def _new(self) -> str:
        self._count += 1
        return f"\0{self._count}"  # a name that no graph has


Translate: TypeAlias = Callable[[Operators, Call], str | list[str]]  # gives the values of a call's outputs


def refused(call: Call, why: str) -> UnsupportedLayerError:
    return UnsupportedLayerError(f"{call.title} is not supported: {why}")


def argument(call: Call, name: str, default: Any) -> Any:
    """An argument that is no tensor."""
    value = call.arguments.get(name)
    if value is None:
        value = default
    for item in value if type(value) is list else [value]:
        if isinstance(item, Open):
            raise refused(call, f"its {name} depends on {str(item)[:60]!r}, which is computed while the network runs")
    if value is MISSING:
        raise ValueError(f"{call.title} has no argument {name!r}; the file is damaged")
    return value


def number(call: Call, name: str, default: Any = MISSING) -> float:
    value = argument(call, name, default)
    if type(value) not in (int, float):
        raise ValueError(f"{call.title} has no number as its argument {name!r}")
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(f"{call.title} has a number beyond those of float64 as its argument {name!r}") from error


def whole(call: Call, name: str, default: Any = MISSING) -> int:
    value = argument(call, name, default)
    if type(value) is not int or abs(value) >= 2**63:
        raise ValueError(f"{call.title} has no whole number as its argument {name!r}")
    return value


def wholes(call: Call, name: str, default: Any = MISSING) -> list[int]:
    value = argument(call, name, default)
    value = [value] if type(value) is int else list(value) if type(value) in (list, tuple) else None
    if value is None or not all(type(item) is int and abs(item) < 2**63 for item in value):
        raise ValueError(f"{call.title} has no whole numbers as its argument {name!r}")
    return value


def along_each(call: Call, name: str, default: Any, count: int) -> list[int]:
    """Whole numbers, one for each of `count` axes or one for all."""
    values = wholes(call, name, default)
    values = values * count if len(values) == 1 else values
    if len(values) != count:
        raise ValueError(f"{call.title} has {len(values)} numbers as its argument {name!r}, for {count} axes")
    return values


def flag(call: Call, name: str, default: bool = False) -> bool:
    value = argument(call, name, default)
    if type(value) is not bool:
        raise ValueError(f"{call.title} has no True or False as its argument {name!r}")
    return value
