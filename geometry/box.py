"""The legal range of inputs: per coordinate lo <= x <= hi, such as [0, 1] for pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from geometry.network.affine import Shape
from geometry.norms import Array
from geometry.plane import TensorOrArray, to_float64


@dataclass(frozen=True, eq=False)
class Box:
    """All inputs with lo <= x <= hi. `lo` and `hi` have the network's input shape; either may be infinite.

    Made by `as_box`.
    """

    lo: Array
    hi: Array

    def contains(self, x: Array) -> NDArray[np.bool_]:
        """(n, *input_shape) or flat (n, input_units) -> (n,) bool."""
        flat = x.reshape(len(x), self.lo.size)
        return np.all((flat >= self.lo.ravel()) & (flat <= self.hi.ravel()), axis=1)

    def require(self, x: Array) -> None:
        """Raise a ValueError that names the first of the points (n, ...) outside the box and how far it is out."""
        outside = np.flatnonzero(~self.contains(x))
        if len(outside) == 0:
            return
        point, lo, hi = x[outside[0]].ravel(), self.lo.ravel(), self.hi.ravel()
        worst = int(np.argmax(np.maximum(lo - point, point - hi)))
        raise ValueError(
            f"{len(outside)} of {len(x)} points lie outside the box; point {outside[0]} has the value "
            f"{point[worst]:.6g} at coordinate {worst}, where [{lo[worst]:.6g}, {hi[worst]:.6g}] is allowed"
        )


BoxLike: TypeAlias = Box | tuple[TensorOrArray, TensorOrArray]  # a Box, or (lo, hi), each a number or an array


def as_box(box: BoxLike, input_shape: Shape) -> Box:
    """A `Box` for inputs of this shape from (lo, hi), numbers or arrays that broadcast to it.

    Raises
    ------
    ValueError
        If there are not two bounds, one is NaN or does not fit the shape, or lo > hi somewhere.
    """
    if isinstance(box, Box):
        if box.lo.size != math.prod(input_shape):
            raise ValueError(f"the box is for inputs of shape {box.lo.shape}, got {tuple(input_shape)}")
        return Box(box.lo.reshape(input_shape), box.hi.reshape(input_shape))
    if not isinstance(box, (tuple, list)) or len(box) != 2:
        raise ValueError(f"box must be (lo, hi), got {box!r}")
    lo, hi = (_bound(value, name, input_shape) for value, name in zip(box, ("lo", "hi")))
    crossed = np.flatnonzero(lo > hi)
    if len(crossed) > 0:
        at = crossed[0]
        raise ValueError(f"box needs lo <= hi, got lo {lo.flat[at]:.6g} > hi {hi.flat[at]:.6g} at coordinate {at}")
    return Box(lo, hi)


def _bound(value: TensorOrArray, name: str, input_shape: Shape) -> Array:
    bound = to_float64(value)
    if np.isnan(bound).any():
        raise ValueError(f"the box's {name} holds NaN")
    try:
        return np.broadcast_to(bound, input_shape).copy()
    except ValueError:
        raise ValueError(
            f"the box's {name} has shape {bound.shape}, which does not fit inputs of shape {tuple(input_shape)}"
        ) from None
