"""What ONNX operators are read from and written to: a node with its inputs, and the chain of layers so far."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from numpy.typing import NDArray
from torch import Tensor

from geometry.affine import Shape
from geometry.network import UnsupportedLayerError
from models.architecture import Spec, check_total
from models.formats.matrices import real_tensor

Array: TypeAlias = NDArray[Any]
MAX_ACTIVATIONS = 10**7  # numbers in front of or behind a layer
MAX_SHAPE = 1000  # numbers in a shape


@dataclass
class Chain:
    """The layers so far, and the shape of what comes out of them."""

    shape: Shape
    specs: list[Spec] = field(default_factory=list)
    weights: dict[str, Tensor] = field(default_factory=dict)

    def add(self, layer: str, shape: Shape, weights: dict[str, Array | Tensor] | None = None, **fields: Any) -> None:
        """One more layer, and the shape of what it gives."""
        place = len(self.specs)
        if math.prod(shape) > MAX_ACTIVATIONS:
            raise ValueError(f"activations of shape {shape}; at most {MAX_ACTIVATIONS:,} numbers are read")
        for name, value in (weights or {}).items():
            self.weights[f"{place}.{name}"] = value if isinstance(value, Tensor) else real_tensor(value)
        check_total(self.weights)
        self.specs.append({"layer": layer, **fields})
        self.shape = shape


@dataclass(frozen=True)
class Node:
    """One operator: its attributes, what goes into it (None stands for the activations), and how people find it."""

    op: str
    attributes: dict[str, Any]
    inputs: list[Array | None]
    title: str

    def take(self, **defaults: Any) -> list[Any]:
        """The attributes of these names in this order; any other one is refused."""
        unknown = self.attributes.keys() - defaults.keys()
        if unknown:
            raise UnsupportedLayerError(f"{self.title}: the attribute {min(unknown)[:60]!r} is not supported")
        return [self.attributes.get(name, default) for name, default in defaults.items()]

    def refuse(self, why: str) -> UnsupportedLayerError:
        return UnsupportedLayerError(f"{self.title} is not supported: {why}")

    def constant(self, place: int, dims: int | None = None) -> Array:
        """An input that must be known."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if found is None or (dims is not None and found.ndim != dims):
            kind = "a constant" if dims is None else f"a constant of {dims} dimensions"
            raise self.refuse(f"its input {place} is not {kind}")
        return found


def small(values: Array) -> Array:
    """A shape, the one thing that is computed with: a ValueError if it holds too many numbers to be one."""
    if values.size > MAX_SHAPE:
        raise ValueError(f"shapes of {values.size} numbers are not computed")
    return values
