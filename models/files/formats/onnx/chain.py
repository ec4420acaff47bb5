"""What ONNX operators are read into: a chain of layers, and views of what comes out of it.

A graph moves numbers around between its layers: Transpose, Reshape, Slice. None of that is computed. A tensor of the
graph is a *view*: for each of its places, which of the chain's outputs stands there. A layer that follows takes the
view into its weights, so a Transpose leaves no trace but the order of a matrix's columns.
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
from models.files.formats.matrices import real_tensor
from models.networks.architecture import MAX_LAYERS, Spec, check_total

Array: TypeAlias = NDArray[Any]
Indices: TypeAlias = NDArray[np.int64]
MAX_ACTIVATIONS = 10**7  # numbers in front of or behind a layer
MAX_SHAPE = 1000  # numbers in a shape
MAX_MATRIX = 1 << 24  # numbers in a matrix that is made for an operator which has none of its own
ORDER_KEEPING = ("ReLU", "LeakyReLU", "BatchNorm1d", "BatchNorm2d", "Normalize", "Flatten", "Unflatten")
UNIT_WISE = (
    "ReLU",
    "LeakyReLU",
    "BatchNorm1d",
    "Normalize",
)  # layers that treat each number of a flat vector by itself


class ChannelsLast(Exception):
    """The graph takes images (height, width, channels), and turns them before its first layer."""


@dataclass(frozen=True, eq=False)
class View:
    """A tensor of the graph for one input: an index into the chain's outputs, as they are after `age` layers."""

    order: Indices
    age: int


@dataclass
class Chain:
    """The layers so far, and the shape of what comes out of them: a flat vector or an image.

    turned : what a view of the inputs shows if the file's images have their channels last and the graph turns them;
        None from the first layer on that joins numbers
    channels_first : whether the graph took its inputs for images as they are
    padded : when the last layer only puts zeros around images: how many layers there are with it, the shape before
        it, and the zeros before and behind rows and columns
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
        """One more layer, and the shape of what it gives. Views of what was before it are out of date."""
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
        """The same numbers in this shape; views stay as they are."""
        if shape == self.shape:
            return
        age = self.age
        if len(self.shape) > 1:
            self.add("Flatten", (math.prod(shape),))
        if len(shape) > 1:
            self.add("Unflatten", shape, unflattened_size=list(shape))
        self.age = age

    def take_padding(self) -> tuple[Sides, Sides]:
        """The zeros around images that the last layer puts there, for the next one; that layer is taken out."""
        if self.padded is None or self.padded[0] != len(self.specs) or self.specs[-1]["bias"]:
            return (0, 0), (0, 0)  # with a bias, added to zeros and images alike, it does more
        _, self.shape, padding = self.padded
        self.specs.pop()
        del self.weights[f"{len(self.specs)}.weight"]
        self.padded = None
        return padding

    def image(self, order: Indices) -> None:
        """Turn what comes out of the chain into the image (1, channels, height, width) that a view shows."""
        if self.turned is not None and self.turned.shape == order.shape[1:] and (self.turned == order[0]).all():
            raise ChannelsLast
        self.channels_first = self.channels_first or self.turned is not None
        self.settle(order)
        self.fold(order.shape[1:])

    def settle(self, order: Indices) -> None:
        """Let the chain give the numbers of a view in the view's order.

        The units of the last Linear change their places, where one comes before nothing but ReLUs and the like;
        otherwise a Linear of zeros and ones moves them, which is as exact.
        """
        flat = order.reshape(-1)
        if is_in_order(flat, self.units):
            return
        places = self._unit_wise_tail()
        if places is not None:
            for place in places:
                self._choose_units(place, flat)
            self.shape = (len(flat),)
            self.age += 1
            return
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
        """The last Linear and what follows it, if that treats each of its units by itself."""
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
    """One operator: its attributes, what goes into it (None where an input is left out), and how people find it."""

    op: str
    attributes: dict[str, Any]
    inputs: list[Array | View | None]
    title: str
    opset: int = 17
    batch: int = 1  # the size of a batch that the file fixes

    def take(self, **defaults: Any) -> list[Any]:
        """The attributes of these names in this order; any other one is refused."""
        unknown = self.attributes.keys() - defaults.keys()
        if unknown:
            raise UnsupportedLayerError(f"{self.title}: the attribute {min(unknown)[:60]!r} is not supported")
        return [self.attributes.get(name, default) for name, default in defaults.items()]

    def refuse(self, why: str) -> UnsupportedLayerError:
        return UnsupportedLayerError(f"{self.title} is not supported: {why}")

    def given(self, place: int) -> bool:
        """Whether the input is not left out."""
        return place < len(self.inputs) and self.inputs[place] is not None

    def constant(self, place: int, dims: int | None = None) -> Array:
        """An input that must be known."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if value is None or isinstance(value, View) or (dims is not None and value.ndim != dims):
            kind = "a constant" if dims is None else f"a constant of {dims} dimensions"
            raise self.refuse(f"its input {place} is not {kind}")
        return value

    def optional(self, place: int) -> Array | None:
        """An input that must be known if it is there."""
        return self.constant(place) if self.given(place) else None

    def view(self, place: int = 0) -> Indices:
        """An input that must depend on the network's."""
        value = self.inputs[place] if place < len(self.inputs) else None
        if not isinstance(value, View):
            raise self.refuse(f"its input {place} must be the activations")
        return value.order

    def views(self) -> list[int]:
        """The places of inputs that depend on the network's."""
        return [place for place, value in enumerate(self.inputs) if isinstance(value, View)]


def small(values: Array) -> Array:
    """A shape, the one thing that is computed with: a ValueError if it holds too many numbers to be one."""
    if values.size > MAX_SHAPE:
        raise ValueError(f"shapes of {values.size} numbers are not computed")
    return values


def in_order(shape: Shape) -> Indices:
    """The view of all outputs of a chain, folded into this shape."""
    return np.arange(math.prod(shape)).reshape(shape)


def is_in_order(flat: Indices, units: int) -> bool:
    return len(flat) == units and bool((flat == np.arange(units)).all())
