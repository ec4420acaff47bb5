"""The linear regions of a network by their activation patterns, seen from one point.

`geometry.region_at` describes the region a point lies in. Here any pattern is asked for, also of regions far away,
and in coordinates y around the point, z = x + y @ basis, which for l2 without a box need only span the rows of the
first layer: no other direction moves a pre-activation, so none is worth a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from geometry.affine import Affine, Dense, dense_matrix
from geometry.network import Network
from geometry.norms import Array

Pattern = NDArray[np.bool_]  # (units,), all hidden layers one after the other; True where z > 0

CANCELLED = 1e-13  # a row this much shorter than the sum it comes from is rounding, not a hyperplane


@dataclass(frozen=True)
class Cell:
    """One region {y : normals @ y <= offsets} and the affine piece on it.

    `normals` (m, r) have l2 length 1; `units` (m,) says which unit each face belongs to. `logits` is (r + 1, classes):
    the gradient of each logit by y, and in the last row its value at y = 0. `consistent` is False when a unit that is
    constant on this piece has the wrong sign: the region is empty.
    """

    normals: Array
    offsets: Array
    units: NDArray[np.intp]
    logits: Array
    consistent: bool


class Cells:
    """The regions around x of a float64 network; `basis` (r, input_units) spans the coordinates, default all inputs."""

    def __init__(self, network: Network, x: Array, basis: Array | None = None) -> None:
        self.network, self.basis = network, basis
        slopes = [np.full(layer.units, layer.slope or 0.0) for layer in network.hidden]
        self._slopes = np.concatenate([np.zeros(0), *slopes])
        self._pushes = [_push(layer.affine) for layer in network.layers]
        self._noise = [CANCELLED * _row_sums(layer.affine) for layer in network.hidden]
        ends = np.cumsum([0, *network.widths]).tolist()
        self._layers = [slice(start, end) for start, end in pairwise(ends)]
        steps = np.eye(network.input_units) if basis is None else basis
        self._gradients = self._pushes[0](np.vstack([steps, np.zeros(steps.shape[1])]))[:-1]
        self._first_lengths = column_lengths(self._gradients)
        self._centre(x)

    def at(self, x: Array) -> Cells:
        """The same network seen from another point."""
        moved = copy(self)
        moved._centre(x)
        return moved

    def _centre(self, x: Array) -> None:
        self.x = x
        self._first = np.vstack([self._gradients, self._pushes[0](x[None])])

    def embed(self, y: Array) -> Array:
        """(..., r) coordinates -> (..., input_units) inputs."""
        return self.x + (y if self.basis is None else y @ self.basis)

    def pattern(self, z: Array | None = None) -> Pattern:
        """The pattern at the input z (input_units,), default x itself."""
        values = self._first[-1:] if z is None else self._pushes[0](z[None])
        found = [np.zeros(0, bool)]
        for layer, push in zip(self._layers, self._pushes[1:]):
            found.append(values[0] > 0)
            values = push(values * np.where(found[-1], 1.0, self._slopes[layer]))
        return np.concatenate(found)

    def cell(self, pattern: Pattern, bending: Pattern | None = None) -> Cell:
        """The region of `pattern`; of its faces only those of the units in `bending` (units,), default all."""
        factors = np.where(pattern, 1.0, self._slopes)
        rows, faces, lengths, real = self._first, [], [], []
        longest = highest = 0.0  # among the activations that come in: what cancels is measured against them
        consistent = True
        for k, layer in enumerate(self._layers):
            length = column_lengths(rows[:-1]) if k else self._first_lengths
            real.append(length > self._noise[k] * longest)
            if not real[-1].all():
                heights = np.where(pattern[layer], rows[-1], -rows[-1])
                consistent &= bool((real[-1] | (heights >= -self._noise[k] * highest)).all())
            faces.append(rows)
            lengths.append(length)
            rows = rows * factors[layer]
            if k + 1 < len(self._layers):
                longest, highest = (length * factors[layer]).max(initial=0), np.abs(rows[-1]).max(initial=0) + 1.0
            rows = self._pushes[k + 1](rows)
        if not faces:
            nothing = self._first[:-1, :0].T
            return Cell(nothing, np.zeros(0), np.zeros(0, np.intp), rows, consistent)
        units = np.flatnonzero(_joined(real) if bending is None else _joined(real) & bending)
        chosen, outward = _joined(faces), np.where(pattern, -1.0, 1.0) * _joined(lengths)
        if len(units) < len(pattern):
            chosen, outward = chosen[:, units], outward[units]
        chosen = chosen / outward
        return Cell(np.ascontiguousarray(chosen[:-1].T), -chosen[-1], units, rows, consistent)


def _joined(parts: list[Any]) -> Any:
    """What the hidden layers have, side by side."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1)


def column_lengths(columns: Array) -> Array:
    """(r, m) -> (m,) l2 norms."""
    squares: Array = np.einsum("ij,ij->j", columns, columns)
    return np.sqrt(squares)


def row_space(network: Network) -> Array | None:
    """(r, input_units) orthonormal rows that span those of a first layer with fewer units than inputs, else None."""
    first = network.layers[0]
    if first.units >= network.input_units:
        return None
    return np.ascontiguousarray(np.linalg.qr(dense_matrix(first.affine).detach().numpy().T)[0].T)


def _push(affine: Affine) -> Callable[[Array], Array]:
    """(r + 1, in_units) gradients by y and values at y = 0 -> the same of W a + b."""
    bias = affine.bias.detach().numpy()
    if isinstance(affine, Dense):
        weight = np.ascontiguousarray(affine.weight.detach().numpy().T)

        def push(rows: Array) -> Array:
            pushed = rows @ weight
            pushed[-1] += bias
            return pushed

    else:

        def push(rows: Array) -> Array:
            pushed = affine.linear(torch.from_numpy(rows)).detach().numpy()
            pushed[-1] += bias
            return pushed

    return push


@torch.no_grad()
def _row_sums(affine: Affine) -> Array:
    """(out_units,) the l1 norms of the rows, with |b|."""
    absolute = affine.absolute()
    return (absolute.linear(absolute.bias.new_ones(1, math.prod(affine.in_shape)))[0] + absolute.bias).numpy()
