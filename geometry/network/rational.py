"""Exact arithmetic on a network, for what float64 cannot decide.

A float64 number is a dyadic rational, an integer over a power of two. Sums and products of such numbers are again
dyadic, so the affine pieces of a network with float64 weights are known exactly. Integers of Python hold them: this is
some thousand times slower than float64, and meant for the few signs that a rounding error leaves open.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike, NDArray

from geometry.network.affine import Affine, Chain, Conv, Dense, Scale
from geometry.network.blocks import Blocks, Taps
from geometry.network.network import Network
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import Array

Integers: TypeAlias = NDArray[np.object_]  # Python integers, which do not overflow
Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Dyadic:
    """An array of rationals `numerators` / 2**exponent, exponent >= 0."""

    numerators: Integers
    exponent: int

    @classmethod
    def of(cls, values: ArrayLike) -> Dyadic:
        """The numbers of a finite float64 array, exactly."""
        mantissas, exponents = np.frexp(np.asarray(values, np.float64))
        integers = np.ldexp(mantissas, 53).astype(np.int64)
        lowest = min(0, int((exponents - 53)[integers != 0].min(initial=0)))
        shifts = np.where(integers == 0, 0, exponents - 53 - lowest)
        return cls(np.asarray(integers.astype(object) * _powers_of_two(shifts), object), -lowest)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numerators.shape

    def __getitem__(self, where: Any) -> Dyadic:
        """Part of the array; a single number is an array without dimensions."""
        return Dyadic(np.asarray(self.numerators[where], object), self.exponent)

    def signs(self) -> NDArray[np.int8]:
        """-1, 0 or 1 for each number."""
        return (self.numerators > 0).astype(np.int8) - (self.numerators < 0).astype(np.int8)

    def floats(self) -> Array:
        """The nearest float64 numbers; infinite beyond their range."""
        power = 1 << self.exponent
        return np.array([_nearest(n, power) for n in self.numerators.ravel()], np.float64).reshape(self.shape)

    def fractions(self) -> list[Fraction]:
        """The numbers in a row, C order."""
        power = 1 << self.exponent
        return [Fraction(n, power) for n in self.numerators.ravel()]

    def to_exponent(self, exponent: int) -> Integers:
        """Numerators over 2**exponent, where `exponent` is at least the array's own."""
        return np.asarray(self.numerators * (1 << (exponent - self.exponent)), object)


@dataclass(frozen=True, eq=False)
class SparseMap:
    """One exact affine map W x + b by the nonzero entries of W, row by row."""

    starts: NDArray[np.int64]  # (rows + 1,)
    columns: NDArray[np.int64]  # (entries,)
    entries: Dyadic
    bias: Dyadic
    inputs: int

    def __call__(self, values: Dyadic) -> Dyadic:
        """(in_units, m) affine functions, the last column their constants -> (out_units, m)."""
        products = self.entries.numerators[:, None] * values.numerators[self.columns]
        sums = _segment_sums(products, self.starts)
        exponent = max(self.entries.exponent + values.exponent, self.bias.exponent)
        sums = sums * (1 << (exponent - self.entries.exponent - values.exponent))
        sums[:, -1] += self.bias.to_exponent(exponent)
        return Dyadic(sums, exponent)

    def chosen(self, rows: Sequence[int] | NDArray[np.int64]) -> SparseMap:
        """The map of some of the rows only."""
        rows = np.asarray(rows, np.int64)
        sizes = np.diff(self.starts)[rows]
        starts = np.r_[0, np.cumsum(sizes)]
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], sizes)
        picked = np.repeat(self.starts[rows], sizes) + within
        return SparseMap(starts, self.columns[picked], self.entries[picked], self.bias[rows], self.inputs)

    def reading(self, inputs: NDArray[np.int64]) -> SparseMap:
        """The same map of some inputs, ascending, that hold all it reads."""
        return SparseMap(self.starts, np.searchsorted(inputs, self.columns), self.entries, self.bias, len(inputs))


@torch.no_grad()
def exact_maps(affine: Affine) -> list[SparseMap]:
    """The maps, one after the other, that an affine map of a float64 network is made of."""
    if isinstance(affine, Chain):
        return [part for member in affine.parts for part in exact_maps(member)]
    return cached_by_weights(affine, "exact maps", lambda: [_sparse_map(affine)])


@dataclass(frozen=True, eq=False)
class RationalNetwork:
    """A float64 network whose affine pieces are computed without rounding.

    A pattern is (units,) bool, True where a hidden unit is active, as that of a `Region`.
    """

    network: Network

    def pieces(
        self,
        frame: Dyadic,
        pattern: Bools,
        layer: int,
        units: Sequence[int] | NDArray[np.int64] | None = None,
    ) -> Dyadic:
        """Pre-activations of `layer` (0 is the first) where the hidden units before it have the signs of `pattern`.

        Parameters
        ----------
        frame : (input_units, m + 1), the inputs as affine functions of m coordinates: directions, last column origin
        pattern : (units,) which hidden units are active; only those of layers before `layer` are read
        units : which units of the layer; all by default

        Returns
        -------
        (units, m + 1) affine functions of the coordinates, the last column their constants
        """
        values, first = frame, 0
        for k, current in enumerate(self.network.layers[: layer + 1]):
            maps = exact_maps(current.affine)
            if k == layer and units is not None:
                maps = [*maps[:-1], maps[-1].chosen(units)]
            for step in maps:
                values = step(values)
            if k < layer:
                active = pattern[first : first + current.units]
                values, first = activated(values, active, current.below64), first + current.units
        return values

    def row(self, pattern: Bools, layer: int, unit: int) -> Dyadic:
        """(input_units + 1,) gradient and constant of one unit's pre-activation on the region of `pattern`.

        As `pieces` with the inputs themselves for coordinates, by going back from the unit: one row instead of all.
        """
        return self.functional(pattern, layer, Dyadic.of(np.eye(1, self.network.layers[layer].units, unit)[0]))

    def functional(self, pattern: Bools, layer: int, weights: Dyadic) -> Dyadic:
        """(input_units + 1,) gradient and constant of <weights, pre-activations of `layer`> on a pattern's region."""
        ends = np.cumsum([0, *(hidden.units for hidden in self.network.hidden)])
        row, constant = weights, Dyadic(np.array(0, object), 0)
        for k in range(layer, -1, -1):
            current = self.network.layers[k]
            if k < layer:
                active = pattern[ends[k] : ends[k + 1]]
                row = activated(row[:, None], active, current.below64)[:, 0]
            for step in reversed(exact_maps(current.affine)):
                constant = _sum(constant, _dot(row, step.bias))
                row = _transposed(step, row)
        exponent = max(row.exponent, constant.exponent)
        return Dyadic(np.append(row.to_exponent(exponent), constant.to_exponent(exponent)), exponent)

    def preactivations(self, x: Array) -> list[Dyadic]:
        """(*input_shape) a point -> per layer (units,), the last the logits."""
        values = Dyadic.of(np.asarray(x, np.float64).reshape(-1, 1))
        per_layer: list[Dyadic] = []
        for layer in self.network.layers:
            for step in exact_maps(layer.affine):
                values = step(values)
            per_layer.append(values[:, 0])
            if layer.slope is not None:
                values = activated(values, np.asarray(values.numerators[:, 0] > 0, bool), layer.below64)
        return per_layer


def activated(values: Dyadic, active: Bools, slopes: float | Array) -> Dyadic:
    """(units, m): the rows of units that are not active times their slope, one for all or (units,)."""
    if isinstance(slopes, float):
        factor = Fraction(slopes)  # dyadic as every float64 number
        factors = np.full(len(active), factor.numerator, object)  # Python integers from the start: of any size
        factors[active] = factor.denominator
        power = factor.denominator.bit_length() - 1
        return Dyadic(np.asarray(values.numerators * factors[:, None], object), values.exponent + power)
    kinds, kind = np.unique(slopes, return_inverse=True)
    fractions = [Fraction(slope) for slope in kinds.tolist()]
    power = max((fraction.denominator for fraction in fractions), default=1).bit_length() - 1
    shifted = [fraction.numerator << (power + 1 - fraction.denominator.bit_length()) for fraction in fractions]
    factors = np.array(shifted, object)[kind.ravel()]
    factors[active] = 1 << power
    return Dyadic(np.asarray(values.numerators * factors[:, None], object), values.exponent + power)


def _segment_sums(products: Integers, starts: NDArray[np.int64]) -> Integers:
    """(entries, m) -> (rows, m) sums over each row's entries; rows without entries are 0."""
    sums = np.zeros((len(starts) - 1, products.shape[1]), object)
    filled = np.flatnonzero(np.diff(starts) > 0)
    if len(filled) > 0:
        sums[filled] = np.add.reduceat(products, starts[filled], axis=0)
    return sums


def _transposed(step: SparseMap, row: Dyadic) -> Dyadic:
    """(out_units,) -> (in_units,): row @ W."""
    owner = np.repeat(np.arange(len(step.starts) - 1), np.diff(step.starts))
    used = np.flatnonzero(row.numerators[owner] != 0)
    sums = np.zeros(step.inputs, object)
    np.add.at(sums, step.columns[used], row.numerators[owner[used]] * step.entries.numerators[used])
    return Dyadic(sums, row.exponent + step.entries.exponent)


def _dot(a: Dyadic, b: Dyadic) -> Dyadic:
    return Dyadic(np.array((a.numerators * b.numerators).sum(), object), a.exponent + b.exponent)


def _sum(a: Dyadic, b: Dyadic) -> Dyadic:
    exponent = max(a.exponent, b.exponent)
    return Dyadic(np.asarray(a.to_exponent(exponent) + b.to_exponent(exponent), object), exponent)


def _nearest(numerator: int, power: int) -> float:
    try:
        return numerator / power  # rounded once, to nearest
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def _powers_of_two(shifts: Any) -> Integers:
    powers = np.array([1 << int(shift) for shift in np.ravel(shifts)], object)
    return powers.reshape(np.shape(shifts))


def _sparse_map(affine: Affine) -> SparseMap:
    rows, columns, entries = _entries(affine)
    starts = np.searchsorted(rows, np.arange(len(affine.bias) + 1))
    inputs = math.prod(affine.in_shape)
    return SparseMap(starts, columns.astype(np.int64), Dyadic.of(entries), Dyadic.of(affine.bias.numpy()), inputs)


def _entries(affine: Affine) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Rows, columns and values of the entries of W, sorted by row; entries at the same place add up."""
    match affine:
        case Dense():
            weight = affine.weight.numpy()
            rows, columns = np.nonzero(weight)
            return rows, columns, weight[rows, columns]
        case Scale():
            scale = affine.scale.numpy()
            rows = np.flatnonzero(scale)
            return rows, rows, scale[rows]
        case Conv():
            return _convolution_entries(affine)
        case Taps():
            weight = affine.weight.numpy()
            rows, taps = np.nonzero(weight)
            return rows, affine.index.numpy()[rows, taps], weight[rows, taps]
        case Blocks():
            parts = [(block, _entries(block.affine)) for block in affine.blocks]
            rows = np.concatenate([block.first_output + rows for block, (rows, _, _) in parts])
            columns = np.concatenate([block.first_input + columns for block, (_, columns, _) in parts])
            order = np.argsort(rows, kind="stable")
            return rows[order], columns[order], np.concatenate([entries for _, (_, _, entries) in parts])[order]
    raise TypeError(f"no exact form of {type(affine).__name__}")


def _convolution_entries(conv: Conv) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Rows, columns and values of the entries of a convolution's matrix, sorted by row."""
    places = torch.arange(math.prod(conv.in_shape), dtype=torch.float64).reshape(1, *conv.in_shape)
    places = F.pad(places, conv.padding, value=-1)
    kernel = conv.weight.shape[2:]
    under = F.unfold(places, tuple(kernel), conv.dilation, 0, conv.stride)[0].T.numpy().astype(np.int64)
    outputs, group = len(conv.weight), conv.weight.shape[1] * math.prod(kernel)
    values = conv.weight.flatten(1).numpy()  # (outputs, group)
    spans = pairwise(range(0, under.shape[1] + 1, group))
    per_group = [under[:, begin:end] for begin, end in spans]  # (positions, group) each
    members = outputs // conv.groups
    columns = np.concatenate([np.broadcast_to(part, (members, *part.shape)) for part in per_group])
    entries = np.broadcast_to(values[:, None], columns.shape)
    rows = np.broadcast_to(np.arange(outputs * len(under)).reshape(outputs, len(under), 1), columns.shape)
    real = (columns >= 0) & (entries != 0)
    return rows[real], columns[real], entries[real]
