"""Affine functions of a step y, pushed through a network's layers, with running bounds on their rounding errors.

Write g_u for the exact gradient of unit u by y, c_u for its value at y = 0, |W| for the matrix of absolute values and n
for the fan-in. The computed rows of the next layer differ from the exact ones by at most |W| (errors) + n u' |W| (|g|,
|c|), with the l2 norm of each gradient: the norm of a sum of rows is at most the sum of their norms, and a sum of n
products has at most n roundings per term, in whatever order (Higham 2002, §3.1). u' = 2 u = EPSILON covers
second-order terms and the rounding of the bound itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from geometry.computation.product_parts import in_parts
from geometry.network.affine import Affine, Chain, Conv, Dense, dense_matrix
from geometry.network.blocks import Blocks, Taps, entries_are_weights
from geometry.network.network import Network
from geometry.network.rounding import EPSILON
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import Array

UNDERFLOW = 1e-150  # added to lengths, and its square to errors: exceeds what squares and products lose to underflow


@dataclass(frozen=True)
class AffineFunctions:
    """Affine functions of y by `columns` (r + 1, m), gradients over values at y = 0, and bounds on their errors.

    `tilts` (m,) bounds each gradient's error in l2, `shifts` (m,) the value's. `live` (m,) is 0 where a row is 0 by
    the network's zeros alone, so that nothing can have underflown, else 1.
    """

    columns: Array
    tilts: Array
    shifts: Array
    live: Array

    def lengths(self) -> Array:
        """(m,) l2 norms of the computed gradients, rounded up."""
        rounded: Array = column_lengths(self.columns[:-1]) * (1 + len(self.columns) * EPSILON) + UNDERFLOW * self.live
        return rounded

    def activated(self, factors: Array, lengths: Array, leaky: bool) -> tuple[AffineFunctions, Array]:
        """Each row times its factor in [0, 1], and their lengths; factors other than 0 and 1 round every product."""
        tilts, shifts = self.tilts, self.shifts
        if leaky:
            tilts, shifts = tilts + EPSILON * lengths, shifts + EPSILON * np.abs(self.columns[-1])
            lengths = lengths * (1 + EPSILON)
        live = self.live * (factors != 0)
        return AffineFunctions(self.columns * factors, tilts * factors, shifts * factors, live), lengths * factors


class Push:
    """The map from the activations of one layer to the pre-activations of the next."""

    def __init__(self, affine: Affine) -> None:
        self._affine, self._absolute, self.noise = affine, affine.absolute(), (roundings(affine) + 2) * EPSILON
        self._bias, self.level = affine.bias.detach().numpy(), self._absolute.bias.detach().numpy()
        self.level_error = self.noise * self.level
        self._matrix: Array | None = None
        self._absolute_matrix: Array | None = None
        if isinstance(affine, Dense):
            self._matrix = np.ascontiguousarray(affine.weight.detach().numpy().T)
            self._absolute_matrix = np.abs(self._matrix)

    def values(self, x: Array) -> Array:
        """(n, in_units) -> (n, out_units) W x + b."""
        return self._linear(x) + self._bias

    def shifts(self, values: Array, shifts: Array) -> Array:
        """(n, in_units) values with bounds on their errors -> (n, out_units) bounds on the errors of W x + b."""
        entering = noise_of(np.abs(values), self.noise) + shifts
        return with_underflow(self._absolutely(entering) + self.level_error, entering, self._absolutely)

    def of_entries(self, sizes: Array) -> float:
        """0: the weights are exact, since maps of a chain are applied one by one."""
        return 0.0

    def columns(self, columns: Array) -> Array:
        """(r + 1, in_units) gradients over values -> (r + 1, out_units) of the pre-activations."""
        pushed = self._linear(columns)
        pushed[-1] += self._bias
        return pushed

    def amplified(self, errors: Array) -> Array:
        """(n, in_units) errors of the activations -> (n, out_units) their effect on the pre-activations, rounded up."""
        return self._absolutely(errors) * (1 + self.noise)

    def __call__(self, rows: AffineFunctions, lengths: Array) -> AffineFunctions:
        """The rows of the pre-activations; `lengths` of the rows that come in."""
        columns = self.columns(rows.columns)
        gradients = self.noise * lengths + rows.tilts
        values = noise_of(np.abs(rows.columns[-1]), self.noise) + rows.shifts
        tilts, shifts, live = self._absolutely(np.stack([gradients, values, rows.live]))
        live = np.where(live > 0, 1.0, 0.0)
        shifts = with_underflow(shifts + self.level_error, np.maximum(values, rows.live), self._absolutely)
        return AffineFunctions(columns, tilts + UNDERFLOW**2 * live, shifts, live)

    def _linear(self, x: Array) -> Array:
        if self._matrix is not None:
            return _times(x, self._matrix)
        with torch.no_grad():
            return self._affine.linear(torch.from_numpy(x)).numpy()

    def _absolutely(self, x: Array) -> Array:
        if self._absolute_matrix is not None:
            return _times(x, self._absolute_matrix)
        with torch.no_grad():
            rows = torch.from_numpy(x).reshape(-1, x.shape[-1])  # one vector may come alone
            return self._absolute.linear(rows).reshape(*x.shape[:-1], -1).numpy()


class Differences:
    """f_label - f_s for every other class s, by the last hidden layer's activations.

    The differences of the last layer's weights are taken first, each rounded once. So a part that all logits share
    cancels before it can hide the differences.
    """

    def __init__(self, network: Network, label: int) -> None:
        last = network.layers[-1].affine
        self.others = np.delete(np.arange(network.classes), label)
        (matrix, error), bias, off = matrix_and_error(last), last.bias.detach().numpy(), bias_error(last)
        self.weights, self.offset = (matrix[label] - matrix[self.others]).T, bias[label] - bias[self.others]
        self.noise = (len(self.weights) + 4) * EPSILON
        self._sizes = np.abs(self.weights)
        self._off = None if error is None else (error[label] + error[self.others]).T
        self.level = np.abs(self.offset)
        self.level_error = self.noise * self.level + 2 * (off[label] + off[self.others])

    def shifts(self, values: Array, shifts: Array) -> Array:
        """(n, units) values with bounds on their errors -> (n, others) bounds on the errors of the differences."""
        entering = noise_of(values, self.noise) + shifts
        errors = with_underflow(entering @ self._sizes + self.level_error, entering, self._absolutely)
        if self._off is not None:
            errors += (values + shifts) @ self._off * (1 + self.noise)
        return errors

    def of_entries(self, sizes: Array) -> Array | float:
        """(n, units) sizes -> (n, others) the effect of the errors of the weights themselves."""
        return 0.0 if self._off is None else sizes @ self._off * (1 + self.noise)

    def columns(self, columns: Array) -> Array:
        """(r + 1, units) gradients over values -> (r + 1, others) of the differences."""
        differences: Array = columns @ self.weights
        differences[-1] += self.offset
        return differences

    def amplified(self, errors: Array) -> Array:
        """(n, units) errors of the activations -> (n, others) their effect on the differences, rounded up."""
        sizes = self._sizes if self._off is None else self._sizes + self._off
        return errors @ sizes * (1 + self.noise)

    def __call__(self, rows: AffineFunctions, lengths: Array) -> AffineFunctions:
        """The rows of the differences; `lengths` of the rows that come in.

        The rounding of a difference of weights is one more rounding of each product, and the error of a row times it is
        of second order.
        """
        columns = self.columns(rows.columns)
        values = np.abs(rows.columns[-1])
        entering = noise_of(values, self.noise) + rows.shifts
        stacked = np.stack([self.noise * lengths + rows.tilts, entering, rows.live])
        tilts, shifts, live = stacked @ self._sizes
        shifts += self.level_error
        if self._off is not None:
            tilts += (lengths + rows.tilts) @ self._off * (1 + self.noise)
            shifts += (values + rows.shifts) @ self._off * (1 + self.noise)
        live = np.where(live > 0, 1.0, 0.0)
        shifts = with_underflow(shifts, np.maximum(entering, rows.live), self._absolutely)
        return AffineFunctions(columns, tilts + UNDERFLOW**2 * live, shifts, live)

    def _absolutely(self, x: Array) -> Array:
        sizes = self._sizes if self._off is None else self._sizes + self._off
        product: Array = x @ sizes
        return product


@dataclass(frozen=True)
class Sizes:
    """Bounds for all patterns on a layer's rows: lengths and values, and the errors of both; each (1, units)."""

    lengths: Array
    values: Array
    tilts: Array
    shifts: Array

    def through(self, push: Push | Differences) -> Sizes:
        """The same for the next layer, where activations are no larger than pre-activations.

        The bounds of `Push.__call__` with every factor 1, and one rounding more for a slope. The length of a
        computed row is at most that of the exact row plus its error.
        """
        noise = push.noise + EPSILON
        tilts = push.amplified(noise * self.lengths + self.tilts) + UNDERFLOW**2 + push.of_entries(self.lengths)
        shifts = push.amplified(noise * self.values + self.shifts) + push.level_error + UNDERFLOW**2
        shifts += push.of_entries(self.values)
        lengths = push.amplified(self.lengths) + tilts + UNDERFLOW
        return Sizes(lengths, push.amplified(self.values) + push.level + shifts, tilts, shifts)


def _times(x: Array, matrix: Array) -> Array:
    """x @ matrix by torch, on the cores that this thread may use, in parts between which it can be cancelled."""
    product: Array = in_parts(lambda some: some @ torch.from_numpy(matrix), torch.from_numpy(x), matrix.size).numpy()
    return product


def differences_of(network: Network, label: int) -> Differences:
    """The `Differences` of a label, cached."""
    return cached_by_weights(network.layers[-1].affine, ("differences", label), partial(Differences, network, label))


def push_through(affine: Affine) -> Push:
    """The `Push` through an affine map, cached."""
    return cached_by_weights(affine, "push", partial(Push, affine))


def noise_of(sizes: Array, noise: float) -> Array:
    """`noise` times absolute values, above 0 where they are: weights of the next layer may be large."""
    return noise * sizes + np.where(sizes > 0, np.nextafter(0.0, 1.0), 0.0)


def with_underflow(errors: Array, entering: Array, absolutely: Callable[[Array], Array]) -> Array:
    """Errors plus the underflow of products, where any product is of two nonzero numbers.

    Errors that may have underflown themselves do not tell where. There, ones in place of the nonzero `entering` errors
    are mapped: the result is nonzero where a nonzero error meets a nonzero weight. Larger errors need no such test.
    """
    small = errors < UNDERFLOW
    if not small.any():
        return errors + UNDERFLOW**2
    return errors + UNDERFLOW**2 * (~small | (absolutely((entering > 0).astype(np.float64)) > 0))


def column_lengths(columns: Array) -> Array:
    """(r, m) -> (m,) l2 norms."""
    squares: Array = np.einsum("ij,ij->j", columns, columns)
    return np.sqrt(squares)


def roundings(affine: Affine) -> int:
    """The largest number of roundings of a term of W x + b."""
    match affine:
        case Chain():
            return sum(roundings(part) + 1 for part in affine.parts)
        case Dense():
            return affine.weight.shape[1]
        case Conv():
            return math.prod(affine.weight.shape[1:])
        case Taps():
            return affine.index.shape[1]
        case Blocks():
            beside = (affine.beside(block) for block in affine.blocks)
            return max((sum(roundings(part) + 1 for part in parts) for parts in beside), default=0)
        case _:
            return 1


@torch.no_grad()
def matrix_and_error(affine: Affine) -> tuple[Array, Array | None]:
    """(out, in) W written out, and a bound on each entry's error; None: the entries are exact."""
    matrix = dense_matrix(affine).detach().numpy()
    if entries_are_weights(affine):
        return matrix, None  # every entry is one weight, or the sum of one weight and zeros
    return matrix, roundings(affine) * EPSILON * dense_matrix(affine.absolute()).numpy() + UNDERFLOW**2 * (matrix != 0)


@torch.no_grad()
def bias_error(affine: Affine) -> Array:
    """(out_units,) bounds on the error of b, which is computed where maps follow each other."""
    if not isinstance(affine, Chain):
        return np.zeros(len(affine.bias))
    error: Array = roundings(affine) * EPSILON * affine.absolute().bias.numpy()
    return error + UNDERFLOW**2 * (error > 0)
