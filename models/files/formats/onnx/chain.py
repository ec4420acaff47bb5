"""The chain of layers that ONNX operators are read into, and views of its outputs.

A graph rearranges numbers between its layers: Transpose, Reshape, Slice. These operators are not computed. A tensor of
the graph is a *view*: an array with the index of a chain output at each position. The next layer takes the view into
its weights, so a Transpose only changes the order of a matrix's columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from geometry.network.affine import Shape
from geometry.network.network import UnsupportedLayerError
from models.files.bare_weights.padding import Sides
from models.files.formats.npz import real_tensor
from models.networks.architecture import MAX_LAYERS, Spec, check_total

Array: TypeAlias = NDArray[Any]
Indices: TypeAlias = NDArray[np.int64]
# Limits on what a file can make this process allocate.
MAX_ACTIVATIONS = 10**7  # numbers before or after a layer
MAX_SHAPE = 1000  # numbers in a shape
MAX_MATRIX = 1 << 24  # numbers in a matrix that is built for an operator without one
ORDER_KEEPING = ("ReLU", "LeakyReLU", "Hardtanh", "BatchNorm1d", "BatchNorm2d", "Normalize", "Flatten", "Unflatten")
UNIT_WISE = (
    "ReLU",
    "LeakyReLU",
    "Hardtanh",
    "BatchNorm1d",
    "Normalize",
)  # layers that treat each number of a flat vector by itself


class ChannelsLast(Exception):
    """The graph takes images (height, width, channels), and transposes them before its first layer."""


@dataclass(frozen=True, eq=False)
class View:
    """A tensor of the graph for one input: indices of a chain's outputs after `age` layers.

    ending : the operator that was left off before it (`models.files.formats.onnx.endings`); "" if none was
    """

    order: Indices
    age: int
    chain: Chain
    ending: str = ""


@dataclass
class Chain:
    """The layers so far, and the shape of their output: a flat vector or an image.

    turned : the view of the inputs after a transposition from channels last to channels first; None after the first
        layer that combines numbers
    channels_first : whether the graph used its inputs as images without a transposition
    padded : if the last layer only pads images with zeros: the number of layers up to it, the shape before it, and the
        zeros before and after rows and columns
    """

    shape: Shape
    specs: list[Spec] = field(default_factory=list)
    weights: dict[str, Tensor] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    age: int = 0
    turned: Indices | None = None
    channels_first: bool = False
    padded: tuple[int, Shape, tuple[Sides, Sides]] | None = None

    @property
    def units(self) -> int:
        return math.prod(self.shape)

    def add(self, layer: str, shape: Shape, weights: dict[str, Array | Tensor] | None = None, **fields: Any) -> None:
        """Add a layer with its output shape. Earlier views become out of date."""
        place = len(self.specs)
        if place >= MAX_LAYERS:
            raise ValueError(f"the network has more than {MAX_LAYERS} layers, which is more than is read")
        if math.prod(shape) > MAX_ACTIVATIONS:
            raise ValueError(f"activations of shape {shape}; at most {MAX_ACTIVATIONS:,} numbers are read")
        for name, value in (weights or {}).items():
            self.weights[f"{place}.{name}"] = value if isinstance(value, Tensor) else real_tensor(value)
        check_total(self.weights)
        self.specs.append({"layer": layer, **fields})
        self.shape = shape
        self.age += 1
        if layer not in ORDER_KEEPING:
            self.turned = None

    def fold(self, shape: Shape) -> None:
        """Reshape the output without a change of order. Views stay valid."""
        if shape == self.shape:
            return
        age = self.age
        if len(self.shape) > 1:
            self.add("Flatten", (math.prod(shape),))
        if len(shape) > 1:
            self.add("Unflatten", shape, unflattened_size=list(shape))
        self.age = age

    def take_padding(self) -> tuple[Sides, Sides]:
        """Remove a last layer that only pads; its zeros, for the next layer to take over."""
        if self.padded is None or self.padded[0] != len(self.specs) or self.specs[-1]["bias"]:
            return (0, 0), (0, 0)  # with a bias, the padding is not zero
        _, self.shape, padding = self.padded
        self.specs.pop()
        del self.weights[f"{len(self.specs)}.weight"]
        self.padded = None
        return padding

    def image(self, order: Indices) -> None:
        """Make the output of the chain the image (1, channels, height, width) of a view."""
        if self.turned is not None and self.turned.shape == order.shape[1:] and (self.turned == order[0]).all():
            raise ChannelsLast
        self.channels_first = self.channels_first or self.turned is not None
        self.settle(order)
        self.fold(order.shape[1:])

    def settle(self, order: Indices) -> None:
        """Make the output of the chain the numbers of a view in the view's order.

        If only unit-wise layers follow the last Linear, its units are permuted. Otherwise a layer is added that picks
        the numbers, which is exact as well.
        """
        flat = order.reshape(-1)
        if is_in_order(flat, self.units):
            return
        places = self._unit_wise_tail()
        if places is not None:
            for place in places:
                self._choose_units(place, np.array(flat))
            self.shape = (len(flat),)
            self.age += 1
            return
        self.pick(flat)

    def pick(self, flat: Indices) -> None:
        """Add a Linear of zeros and ones that picks outputs of the chain."""
        if len(flat) * self.units > MAX_MATRIX:
            raise UnsupportedLayerError(
                f"{self.units:,} numbers are rearranged to {len(flat):,} in a way that no layer takes; "
                "up to 4,096 are; export images with channels first"
            )
        matrix = np.zeros((len(flat), self.units), np.float32)
        matrix[np.arange(len(flat)), flat] = 1
        self.fold((self.units,))
        fields = {"in_features": self.units, "out_features": len(flat), "bias": False}
        self.add("Linear", (len(flat),), {"weight": matrix}, **fields)

    def _unit_wise_tail(self) -> list[int] | None:
        """The places of the last Linear and the layers after it, if these are unit-wise; else None."""
        if len(self.shape) != 1:
            return None
        for place in reversed(range(len(self.specs))):
            if self.specs[place]["layer"] == "Linear":
                return list(range(place, len(self.specs)))
            if self.specs[place]["layer"] not in UNIT_WISE:
                return None
        return None

    def _choose_units(self, place: int, units: Indices) -> None:
        spec = self.specs[place]
        for name in ("out_features", "num_features", "channels"):
            if name in spec:
                spec[name] = len(units)
        for name in [name for name in self.weights if name.startswith(f"{place}.")]:
            self.weights[name] = self.weights[name][units]
        check_total(self.weights)


@dataclass(frozen=True, eq=False)
class Node:
    """One operator: its attributes, its inputs (None where one is left out), and its title for messages."""

    op: str
    attributes: dict[str, Any]
    inputs: list[Array | View | None]
    title: str
    opset: int = 17
    batch: int = 1  # the size of a batch that the file fixes
    shared: bool = False  # whether several nodes read its result

    def take(self, **defaults: Any) -> list[Any]:
        """The attributes of these names in this order, else their defaults; an error if the node has any other."""
        unknown = self.attributes.keys() - defaults.keys()
        if unknown:
            raise UnsupportedLayerError(f"{self.title}: the attribute {min(unknown)[:60]!r} is not supported")
        return [self.attributes.get(name, default) for name, default in defaults.items()]

    def refuse(self, why: str) -> UnsupportedLayerError:
        return UnsupportedLayerError(f"{self.title} is not supported: {why}")

    def check_size(self, numbers: int) -> None:
        """A ValueError if the node would make more numbers than any network needs."""
        if numbers > MAX_ACTIVATIONS:
            raise ValueError(f"{self.title} makes {numbers:,} numbers; at most {MAX_ACTIVATIONS:,} are read")

    def check_matrix(self, before: int, after: int) -> None:
        """An UnsupportedLayerError if the node's matrix along an axis would be too large."""
        if before * after > MAX_MATRIX:
            raise self.refuse(f"from {before:,} to {after:,} numbers along an axis")

    def given(self, place: int) -> bool:
        """Whether the input is present."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def constant(self, place: int, dims: int | None = None) -> Array:
        """An input that must be a constant."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if value is None or isinstance(value, View) or (dims is not None and value.ndim != dims):
            kind = "a constant" if dims is None else f"a constant of {dims} dimensions"
            raise self.refuse(f"its input {place} is not {kind}")
        return value

    def optional(self, place: int) -> Array | None:
        """An input that must be a constant if it is present; else None."""
        return self.constant(place) if self.given(place) else None

    def view(self, place: int = 0) -> Indices:
        """An input that must depend on the network's input."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if not isinstance(value, View):
            raise self.refuse(f"its input {place} must be the activations")
        return value.order

    def views(self) -> list[int]:
        """The places of inputs that depend on the network's input."""
        return [place for place, value in enumerate(self.inputs) if isinstance(value, View)]


def small(values: Array) -> Array:
    """The values, as only shapes are computed; a ValueError if there are too many for a shape."""
    if values.size > MAX_SHAPE:
        raise ValueError(f"shapes of {values.size} numbers are not computed")
    return values


def in_order(shape: Shape) -> Indices:
    """The view of all outputs of a chain, in this shape."""
    return np.arange(math.prod(shape)).reshape(shape)


def has_each_once(order: Indices, units: int) -> bool:
    """Whether a view has every output of a chain with so many units exactly once."""
    if order.size != units:
        return False
    seen = np.zeros(units, bool)
    seen[order.reshape(-1)] = True
    return bool(seen.all())


def is_in_order(flat: Indices, units: int) -> bool:
    return len(flat) == units and bool((flat == np.arange(units)).all())
