"""Families of inputs with two parameters: brightness and contrast, blends, shifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike

from geometry.box import Box, BoxLike, as_box
from geometry.content import content_key
from geometry.network.affine import Shape
from geometry.norms import Array
from geometry.plane import TensorOrArray, as_array

Parameters = tuple[Fraction, Fraction]


@dataclass(frozen=True, eq=False)
class Family:
    """The inputs origin + s u + t v, clipped to a box if there is one.

    Made by `brightness_contrast`, `blend` and `shift`. u and v are any vectors of the input's shape: parallel ones and
    zeros too.
    """

    origin: Array
    u: Array
    v: Array
    box: Box | None  # finite; the input is clipped to it
    names: tuple[str, str]  # of the parameters s and t
    original: tuple[float, float]  # the parameters of the original input

    def __post_init__(self) -> None:
        if self.origin.ndim == 0 or not self.origin.shape == self.u.shape == self.v.shape:
            shapes = f"{self.origin.shape}, {self.u.shape} and {self.v.shape}"
            raise ValueError(f"a family's vectors must have the shape of one input, all the same; got {shapes}")
        if self.box is not None and not (np.isfinite(self.box.lo).all() and np.isfinite(self.box.hi).all()):
            raise ValueError("inputs are clipped to a finite box; leave the box out for no clip")

    @property
    def input_shape(self) -> Shape:
        return self.origin.shape

    @property
    def key(self) -> str:
        """Identifies the family by its content."""
        limits = () if self.box is None else (self.box.lo, self.box.hi)
        return content_key(self.origin, self.u, self.v, limits, self.names, self.original)

    def inputs(self, parameters: ArrayLike) -> Array:
        """(m, 2) parameters -> (m, *input_shape) their inputs, rounded to float64."""
        places = np.asarray(parameters, np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ValueError(f"parameters must be (m, 2), got shape {places.shape}")
        basis = np.stack([self.u.ravel(), self.v.ravel()])
        flat = (self.origin.ravel() + places @ basis).reshape(-1, *self.input_shape)
        return flat if self.box is None else np.clip(flat, self.box.lo, self.box.hi)

    def exact_input(self, parameters: Parameters) -> list[Fraction]:
        """(input_units,) the input of rational parameters, without rounding."""
        s, t = parameters
        flat = zip(*(vector.ravel().tolist() for vector in (self.origin, self.u, self.v)))
        values = [Fraction(o) + s * Fraction(u) + t * Fraction(v) for o, u, v in flat]
        if self.box is None:
            return values
        limits = zip(self.box.lo.ravel().tolist(), self.box.hi.ravel().tolist())
        return [min(max(value, Fraction(lo)), Fraction(hi)) for value, (lo, hi) in zip(values, limits)]


def brightness_contrast(x: TensorOrArray, box: BoxLike = (0.0, 1.0)) -> Family:
    """The inputs s x + t, clipped to the box: contrast s and brightness t. The original is (1, 0).

    x : (*input_shape) inside the box; its numbers count as exact
    """
    image = as_array(x, "x")
    legal = as_box(box, image.shape)
    legal.require(image[None])
    return Family(np.zeros_like(image), image, np.ones_like(image), legal, ("contrast", "brightness"), (1.0, 0.0))


def blend(x: TensorOrArray, y: TensorOrArray, z: TensorOrArray, box: BoxLike | None = None) -> Family:
    """The inputs x + s (y - x) + t (z - x): x is (0, 0), y is (1, 0), z is (0, 1). Differences are rounded to float64.

    x, y, z : (*input_shape) each
    box : inputs are clipped to it; None for no clip
    """
    a, b, c = (as_array(value, name) for value, name in zip((x, y, z), "xyz"))
    _same_shapes(("x", "y", "z"), (a, b, c))
    return _affine(a, b - a, c - a, box, ("share of y", "share of z"))


def shift(x: TensorOrArray, u: TensorOrArray, v: TensorOrArray, box: BoxLike | None = None) -> Family:
    """The inputs x + s u + t v along two directions; x is (0, 0).

    x, u, v : (*input_shape) each
    box : inputs are clipped to it; None for no clip
    """
    a, b, c = (as_array(value, name) for value, name in zip((x, u, v), "xuv"))
    _same_shapes(("x", "u", "v"), (a, b, c))
    return _affine(a, b, c, box, ("s", "t"))


def _affine(x: Array, u: Array, v: Array, box: BoxLike | None, names: tuple[str, str]) -> Family:
    legal = None if box is None else as_box(box, x.shape)
    if legal is not None:
        legal.require(x[None])
    return Family(x, u, v, legal, names, (0.0, 0.0))


def _same_shapes(names: Sequence[str], arrays: Sequence[Array]) -> None:
    if len({array.shape for array in arrays}) > 1:
        given = ", ".join(f"{name} {array.shape}" for name, array in zip(names, arrays))
        raise ValueError(f"the family's vectors must have one shape, got {given}")
