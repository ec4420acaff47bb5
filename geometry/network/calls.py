"""Tensors that record the functions that are called on them, and one such call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import torch
from torch import Tensor

from geometry.network.affine import Shape
from geometry.network.graph import Graph, Value
from geometry.network.units import UnsupportedLayerError


class Recorder(Protocol):
    """What is told of every function that is called on a `Recorded` tensor, and gives its result."""

    def call(self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any: ...


class Recorded(Tensor):
    """One input, or a value computed from it, with a batch dimension of size 1. Its numbers mean nothing."""

    value: Value
    recorder: Recorder

    @classmethod
    def of(cls, value: Value, like: Tensor, recorder: Recorder) -> Recorded:
        """A tensor that stands for a value, of the shape and dtype of `like`."""
        with torch._C.DisableTorchFunctionSubclass():
            made: Recorded = torch.Tensor._make_subclass(cls, like.detach())
        made.value, made.recorder = value, recorder
        return made

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: dict[str, Any] | None = None
    ) -> Any:
        recorded = next(recorded_in((arguments, options)))
        return recorded.recorder.call(function, arguments, options or {})


class Unread(Tensor):
    """The places of the largest numbers, which no continuous function of the input gives."""

    @classmethod
    def of(cls, places: Tensor) -> Unread:
        with torch._C.DisableTorchFunctionSubclass():
            made: Unread = torch.Tensor._make_subclass(cls, places)
        return made

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, arguments: tuple[Any, ...] = (), options: dict[str, Any] | None = None
    ) -> Any:
        raise UnsupportedLayerError(
            f"the network uses the places of maxima ({getattr(function, '__name__', 'a function')}), which are not "
            "continuous; their values are supported"
        )


def recorded_in(content: Any) -> Iterator[Recorded]:
    """The recorded tensors among arguments."""
    if isinstance(content, Recorded):
        yield content
    elif isinstance(content, (tuple, list)):
        for item in content:
            yield from recorded_in(item)
    elif isinstance(content, dict):
        yield from recorded_in(tuple(content.values()))


@dataclass(frozen=True, eq=False)
class Call:
    """A function, its arguments, and what it gives on the numbers that its tensors hold."""

    graph: Graph
    place: str  # the layer that calls it
    name: str
    function: Any
    arguments: tuple[Any, ...]
    options: dict[str, Any]
    outcome: Any

    @property
    def shape(self) -> Shape:
        """Of the outcome, without its batch dimension."""
        return tuple(self.outcome.shape[1:])

    def get(self, place: int, name: str, default: Any = None) -> Any:
        """An argument by its place or its name."""
        return self.arguments[place] if place < len(self.arguments) else self.options.get(name, default)

    def value(self, place: int = 0, name: str = "input") -> Value:
        """An argument that must depend on the input."""
        operand = self.get(place, name)
        if not isinstance(operand, Recorded):
            self.refuse(f"needs an activation for its argument {name}")
        return operand.value

    def constant(self, operand: Any) -> Tensor:
        """An argument that must not depend on the input, in the dtype of the network."""
        if isinstance(operand, Recorded):
            self.refuse("with weights that depend on the input is not linear")
        tensor: Tensor = operand if isinstance(operand, Tensor) else torch.as_tensor(operand, dtype=torch.float64)
        if not bool(torch.isfinite(tensor).all()):
            raise ValueError(f"{self.place}: {self.name} with NaN or infinite numbers")
        return tensor.to(self.graph.like)

    def refuse(self, why: str) -> NoReturn:
        raise UnsupportedLayerError(f"{self.place}: {self.name} {why}")


def plainly(function: Any, arguments: Any, options: dict[str, Any]) -> Any:
    """What the function gives on the numbers that the tensors hold."""
    with torch._C.DisableTorchFunctionSubclass(), torch.no_grad():
        return function(*_plain(arguments), **_plain(options))


def _plain(content: Any) -> Any:
    if isinstance(content, Recorded):
        return content.as_subclass(Tensor).clone()  # a function may work in place
    if isinstance(content, (tuple, list)) and not isinstance(content, torch.Size):
        return type(content)(_plain(item) for item in content)
    if isinstance(content, dict):
        return {name: _plain(item) for name, item in content.items()}
    return content
