"""Rows of one region in exact arithmetic, for the few that float64 leaves open (`geometry.network.rational`)."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Conv, Dense
from geometry.network.blocks import Blocks, Taps
from geometry.network.network import Network
from geometry.network.rational import Dyadic, RationalNetwork
from geometry.network.rounding import EPSILON
from geometry.norms import Array

REMEMBERED = 10_000  # rows in the cache at most: a limit of memory
LARGEST_VALUE = 1e300  # in place of a value that overflows float64
LARGEST_ENTRIES = 2_000_000  # weights of a network up to which an exact row takes less than a second


@dataclass(frozen=True)
class ExactFunction:
    """An affine function of y times a positive number: `gradient` (r,), none of it larger than 1, `value` at y = 0.

    The exact gradient is within the l2 distance `tilt`, the exact value within `shift`. A constant function has an
    empty gradient, and its exact sign for a value.
    """

    gradient: Array
    value: float
    tilt: float
    shift: float

    @property
    def constant(self) -> bool:
        return len(self.gradient) == 0


class ExactFunctions:
    """The rows of a network around x, in the coordinates of `basis`; None for those that cost too much."""

    def __init__(self, network: Network, basis: Array | None) -> None:
        self._network, self._basis = network, basis
        self._rational = RationalNetwork(network)
        self._x = np.zeros(network.input_units)
        self._dyadic_x: Dyadic | None = None  # once it is needed
        self._memory: dict[tuple[int, int, int, bytes], ExactFunction] = {}
        self._ends = np.cumsum([0, *network.widths])
        self._affordable = sum(entries(layer.affine) for layer in network.layers) <= LARGEST_ENTRIES

    def at(self, x: Array) -> ExactFunctions:
        """The same around another point."""
        moved = copy(self)
        moved._x, moved._dyadic_x, moved._memory = x, None, {}
        return moved

    def unit(self, pattern: NDArray[np.bool_], start: int, unit: int) -> ExactFunction | None:
        """The pre-activation of a hidden unit on the piece of `pattern`; `start` is where its layer begins there."""
        layer = int(np.searchsorted(self._ends, start + unit, side="right")) - 1
        weights = np.eye(1, self._network.layers[layer].units, unit)[0]
        return self._row((layer, unit, -1, pattern[:start].tobytes()), pattern, weights)

    def margin(self, pattern: NDArray[np.bool_], label: int, others: NDArray[np.intp], i: int) -> ExactFunction | None:
        """f_label - f_s on the piece of `pattern`, for s = others[i]."""
        weights = np.zeros(self._network.classes)
        weights[[label, others[i]]] = 1, -1
        name = len(self._ends), label, int(others[i]), pattern.tobytes()
        return self._row(name, pattern, weights)

    def pattern(self) -> NDArray[np.bool_] | None:
        """The pattern at x."""
        if not self._affordable:
            return None
        check_cancelled()
        hidden = zip(self._network.hidden, self._rational.preactivations(self._x))
        signs = ((values.signs() > 0) & layer.bending() for layer, values in hidden)
        return np.concatenate([np.zeros(0, bool), *signs])

    def _row(
        self, name: tuple[int, int, int, bytes], pattern: NDArray[np.bool_], weights: Array
    ) -> ExactFunction | None:
        if name in self._memory:
            return self._memory[name]
        if not self._affordable:
            return None
        check_cancelled()
        if len(self._memory) >= REMEMBERED:
            self._memory.clear()
        layer = min(name[0], len(self._ends) - 1)
        row = self._memory[name] = self._rounded(self._rational.functional(pattern, layer, Dyadic.of(weights)))
        return row

    def _rounded(self, row: Dyadic) -> ExactFunction:
        """In floats: each entry is rounded once, after a scaling by a power of two."""
        x = self._dyadic_x = self._dyadic_x or Dyadic.of(self._x)
        gradient, power = row.numerators[:-1], x.exponent
        value = int((gradient * x.numerators).sum()) + (int(row.numerators[-1]) << power)  # / 2**(row.exponent + power)
        size = max((abs(int(entry)).bit_length() for entry in gradient), default=0)
        if size == 0:
            return ExactFunction(np.zeros(0), float((value > 0) - (value < 0)), 0.0, 0.0)
        floats = np.array([int(entry) / (1 << size) for entry in gradient])
        try:
            level = value / (1 << (size + power))
        except OverflowError:  # beyond float64
            level = LARGEST_VALUE if value > 0 else -LARGEST_VALUE
        shift, tilt = abs(level) * EPSILON, float(np.linalg.norm(floats)) * 2 * EPSILON
        if self._basis is None:
            return ExactFunction(floats, level, tilt, shift)
        coordinates = self._basis @ floats
        residual = floats - coordinates @ self._basis
        rounded = (len(self._basis) + len(floats) + 4) * EPSILON
        off = float(np.linalg.norm(residual)) * (1 + rounded) + rounded * float(np.abs(coordinates).sum())
        return ExactFunction(coordinates, level, tilt + 2 * off, shift)


def basis_stretch(basis: Array) -> float:
    """A bound on ||Q||_2, from ||Q Q^T - I||, whose entries are off by d roundings of terms |Q_i| |Q_j| together."""
    r, d = basis.shape
    off = float(np.linalg.norm(basis @ basis.T - np.eye(r))) + d * EPSILON * float((basis * basis).sum())
    return 1 + off


def entries(affine: Affine) -> int:
    match affine:
        case Chain():
            return sum(entries(part) for part in affine.parts)
        case Dense():
            return affine.weight.numel()
        case Conv():
            return affine.weight[0].numel() * len(affine.bias)
        case Taps():
            return affine.weight.numel()
        case Blocks():
            return sum(entries(block.affine) for block in affine.blocks)
        case _:
            return len(affine.bias)
