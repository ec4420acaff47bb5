"""An ordinary torch module as a graph of units, by running its own `forward` once on a tensor that records.

The tensor holds one input. Every torch function that `forward` calls on it is looked up by its name: an affine map, an
activation, a maximum, or a rearrangement. The numbers that the tensor holds are never read: a `forward` that asks for
them may compute another function for every input, and is refused, as is every function that is not in the tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from geometry.network.affine import Shape
from geometry.network.calls import Call, Recorded, Unread, plainly
from geometry.network.graph import Graph, Value
from geometry.network.operations import FUNCTIONS
from geometry.network.rearranging import MOVES, moved, only_moves
from geometry.network.reasons import reason_for, reason_for_module
from geometry.network.units import UnsupportedLayerError

READS = frozenset({
    "__bool__", "item", "tolist", "numpy", "__float__", "__int__", "__index__", "is_nonzero", "__contains__",
    "__array__", "equal", "allclose",
})  # fmt: skip
CASTS = frozenset({
    "to", "float", "double", "half", "bfloat16", "type", "type_as", "cpu", "cuda", "detach", "requires_grad_",
})  # fmt: skip


class ModuleRecorder:
    """The graph that grows while a module runs."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.running: list[str] = []  # the names of the modules that are running, the innermost last

    @property
    def place(self) -> str:
        return f"layer {self.running[-1]}" if self.running and self.running[-1] else "the network"

    def call(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        name = getattr(function, "__name__", str(function))
        if name in READS:
            raise UnsupportedLayerError(
                f"{self.place}: the forward pass reads the values of its activations ({name}), so it may compute "
                "another function for every input; one fixed function is supported"
            )
        if name in ("__setitem__", "__set__", "copy_") or options.get("out") is not None:
            raise UnsupportedLayerError(f"{self.place}: writing into a tensor is not supported ({name})")
        outcome = plainly(function, arguments, options)
        if not _has_tensors(outcome):
            return outcome
        call = Call(self.graph, self.place, name, function, arguments, options, outcome)
        if name in CASTS or (name == "__get__" and function.__self__ is Tensor.data):
            return Recorded.of(call.value(), outcome, self)
        if only_moves(call):
            values = moved(call)
            if isinstance(outcome, Tensor):
                return Recorded.of(self.graph.with_few_terms(values), outcome, self)
            values = map(self.graph.with_few_terms, values)
            return type(outcome)(Recorded.of(value, like, self) for value, like in zip(values, outcome))
        convert = FUNCTIONS.get(name) or FUNCTIONS.get(name.strip("_"))
        if convert is None:
            known = ", ".join(sorted(each for each in {*FUNCTIONS, *MOVES} if each[0].islower()))
            why = reason_for(name) or f"; supported are {known}"
            raise UnsupportedLayerError(f"{self.place}: the function {name} is not supported{why}")
        if isinstance(outcome, tuple):  # the largest along an axis, and their places
            call = replace(call, outcome=outcome[0])
            value = self.graph.with_few_terms(convert(call))
            return type(outcome)((Recorded.of(value, outcome[0], self), *map(Unread.of, outcome[1:])))
        value = self.graph.with_few_terms(convert(call))
        if name.startswith("__i") or (name.endswith("_") and not name.endswith("__")):  # in place
            arguments[0].value = value
            return arguments[0]
        return Recorded.of(value, outcome, self)


def _has_tensors(content: Any) -> bool:
    return any(map(_has_tensors, content)) if isinstance(content, (tuple, list)) else isinstance(content, Tensor)


def recorded(module: nn.Module, input_shape: Shape, like: Tensor) -> tuple[Graph, Value]:
    """The graph of a module in eval mode, and the value of its output, with weights in the dtype of `like`.

    Raises
    ------
    UnsupportedLayerError
        Naming the function and the layer that calls it.
    ValueError
        If the forward pass itself fails on an input of this shape.
    """
    recorder = ModuleRecorder(Graph(input_shape, like))
    given = next((tensor for tensor in module.parameters() if tensor.is_floating_point()), like)
    numbers = torch.zeros((1, *input_shape), dtype=given.dtype, device=given.device)
    x = Recorded.of(recorder.graph.input(), numbers, recorder)
    with _named(module, recorder.running):
        try:
            output = module(x)
        except UnsupportedLayerError:
            raise
        except Exception as error:  # a user's forward may raise anything
            raise ValueError(
                f"{recorder.place}: the network's own forward pass fails on an input of shape {input_shape}: {error}"
            ) from error
    if not isinstance(output, Recorded) or output.shape[0] != 1:
        raise UnsupportedLayerError(
            f"the network's forward must give one tensor that depends on its input, got {type(output).__name__}"
        )
    return recorder.graph, output.value


@contextmanager
def _named(module: nn.Module, running: list[str]) -> Iterator[None]:
    """Keep the names of the modules that are running in a list."""

    def before(name: str) -> Callable[..., None]:
        def begin(submodule: nn.Module, arguments: Any) -> None:
            running.append(name)
            if why := reason_for_module(submodule):
                kind = type(submodule).__name__
                raise UnsupportedLayerError(f"layer {name or 'the network'}: {kind} is not supported{why}")

        return begin

    def after(*_: Any) -> None:
        running.pop()

    handles: list[Any] = []
    for name, submodule in module.named_modules():
        handles += [submodule.register_forward_pre_hook(before(name), prepend=True)]
        handles += [submodule.register_forward_hook(after)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
