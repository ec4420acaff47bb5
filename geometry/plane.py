"""Planes: the 2-D affine subspaces of input space on which regions are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike

from geometry.computation.cached_property import cached_property
from geometry.content import content_key
from geometry.network.affine import Shape
from geometry.norms import Array

TensorOrArray: TypeAlias = torch.Tensor | ArrayLike  # or numbers in nested lists

# How far u and v may be from orthonormal. It is a contract, not a bound on rounding: a distance on the plane is then
# one in input space to nine digits. Normalise float32 directions first.
ORTHONORMALITY = 1e-9
ON_ONE_LINE = 1e-9  # height of a triangle over its side, relatively, below which v would keep less than seven digits


def to_float64(value: TensorOrArray) -> Array:
    """A float64 copy of a tensor or array-like."""
    return np.array(value.detach().cpu().double().numpy() if isinstance(value, torch.Tensor) else value, np.float64)


def as_array(value: TensorOrArray, name: str) -> Array:
    """A float64 copy of a tensor or array-like; NaN and infinity are a ValueError that names the argument."""
    array = to_float64(value)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite values")
    return array


@dataclass(frozen=True, eq=False)
class Plane:
    """The points origin + s·u + t·v. `origin`, `u` and `v` have the network's input shape; u, v are orthonormal.

    Because they are orthonormal, a distance on the plane in (s, t) is an l2 distance in input space.

    Raises
    ------
    ValueError
        If the shapes differ, a value is not finite, or u and v are not orthonormal to 1e-9.
    """

    origin: Array
    u: Array
    v: Array
    _directions: Array = field(init=False, repr=False)  # (2, input_units)

    def __post_init__(self) -> None:
        for name in ("origin", "u", "v"):
            object.__setattr__(self, name, as_array(getattr(self, name), name))
        if not self.origin.shape == self.u.shape == self.v.shape:
            raise ValueError(
                f"origin, u and v must have one shape, got {self.origin.shape}, {self.u.shape} and {self.v.shape}"
            )
        directions = np.stack([self.u.ravel(), self.v.ravel()])
        gram = directions @ directions.T
        if abs(gram - np.eye(2)).max() > ORTHONORMALITY:
            raise ValueError(
                f"u and v must be orthonormal, got |u|² = {gram[0, 0]:.6g}, |v|² = {gram[1, 1]:.6g}, "
                f"u·v = {gram[0, 1]:.6g}; Plane.through(a, b, c) makes them so"
            )
        object.__setattr__(self, "_directions", directions)

    @cached_property
    def key(self) -> str:
        """A key of the content: equal origins and directions have equal keys."""
        return content_key(self.origin, self.u, self.v)

    @classmethod
    def identity(cls) -> Plane:
        """The plane of a 2-D input: (s, t) are the two inputs themselves."""
        return cls(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]))

    @classmethod
    def through(cls, a: TensorOrArray, b: TensorOrArray, c: TensorOrArray) -> Plane:
        """The plane through three points: origin a, u along b - a, v by Gram-Schmidt on c - a.

        Raises
        ------
        ValueError
            If two of the points coincide or the three lie on a line.
        """
        first, second, third = (as_array(point, name) for point, name in zip((a, b, c), "abc"))
        if not first.shape == second.shape == third.shape:
            raise ValueError(
                f"the three points must have one shape, got {first.shape}, {second.shape} and {third.shape}"
            )
        along, across = second - first, third - first
        length = float(np.linalg.norm(along))
        if length == 0:
            raise ValueError("the first two points coincide; three different points span a plane")
        u = along / length
        for _ in range(2):  # the second pass removes what rounding left of the first
            across = across - (across * u).sum() * u
        height = float(np.linalg.norm(across))
        if height <= ON_ONE_LINE * float(np.linalg.norm(third - first)) or height == 0:
            raise ValueError("the three points lie on one line; choose a third one off it")
        return cls(first, u, across / height)

    def across(self, direction: TensorOrArray) -> Array:
        """(*input_shape) the part of a direction that is orthogonal to the plane; its l2 norm is how far it leads away.

        Raises
        ------
        ValueError
            If it has another shape, or lies in the plane.
        """
        whole = as_array(direction, "direction")
        if whole.shape != self.input_shape:
            raise ValueError(f"direction must have shape {self.input_shape}, got {whole.shape}")
        rest = whole.ravel()
        for _ in range(2):  # the second pass removes what rounding left of the first
            rest = rest - (self._directions @ rest) @ self._directions
        if np.linalg.norm(rest) <= ON_ONE_LINE * np.linalg.norm(whole):
            raise ValueError("the direction lies in the plane: moved along it, the plane stays the same")
        return rest.reshape(self.input_shape)

    def moved(self, direction: TensorOrArray, by: float) -> Plane:
        """The parallel plane at distance |by| to the side that `direction` leads to: a third axis of pictures.

        Each point goes along the direction's part across the plane, so that its coordinates (s, t) stay. Errors as in
        `across`.
        """
        across = self.across(direction)
        return Plane(self.origin + across * (by / np.linalg.norm(across)), self.u, self.v)

    def turned(self, direction: TensorOrArray, angle: float, about: ArrayLike = (0.0, 0.0)) -> Plane:
        """The plane turned about the line along u through a point (s, t): v turns towards the direction's part across.

        The point and the line keep their coordinates. `angle` is in radians. Errors as in `across`.
        """
        across = self.across(direction)
        v = np.cos(angle) * self.v + np.sin(angle) * (across / np.linalg.norm(across))
        v /= np.linalg.norm(v)
        _, height = np.asarray(about, dtype=np.float64)
        return Plane(self.origin + height * (self.v - v), self.u, v)

    @property
    def input_shape(self) -> Shape:
        return self.origin.shape

    def embed(self, points: ArrayLike) -> Array:
        """(m, 2) plane coordinates -> (m, *input_shape) points of input space."""
        places = np.asarray(points, dtype=np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ValueError(f"points must be (m, 2) plane coordinates, got shape {places.shape}")
        flat = places @ self._directions + self.origin.ravel()
        return flat.reshape(-1, *self.input_shape)

    def project(self, x: TensorOrArray) -> Array:
        """(m, *input_shape) points of input space -> (m, 2) coordinates of their nearest (l2) points on the plane."""
        inputs = as_array(x, "x")
        if inputs.shape[1:] != self.input_shape:
            raise ValueError(f"x must be (m, {', '.join(map(str, self.input_shape))}), got shape {inputs.shape}")
        return (inputs - self.origin).reshape(len(inputs), -1) @ self._directions.T
