"""The linear regions of a network by their activation patterns, in coordinates around one point.

`geometry.region_at` describes the region a point lies in. Here a region is given by its pattern, also far away, and in
coordinates y around the point, z = x + y @ basis, which for l2 without a box need only span the rows of the
first layer: other directions change no pre-activation.

Rows come with bounds on their errors (`certify.regions.affine_functions`). A row that its bound leaves open is computed
without rounding (`certify.regions.exact_functions`). Where that costs too much the row is unknown: its halfspace is
left out of the region, and a search must assume that its face is anywhere in the region.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from certify.optimization.halfspaces import Halfspaces
from certify.regions import tuning
from certify.regions.affine_functions import (
    UNDERFLOW,
    AffineFunctions,
    Sizes,
    column_lengths,
    differences_of,
    matrix_and_error,
    push_through,
)
from certify.regions.exact_functions import ExactFunctions, basis_stretch
from certify.regions.scaled_halfspaces import (
    FINE,
    NONE,
    SHARP,
    Indices,
    ScaledHalfspaces,
    joined,
    plainly_scaled,
    scaled,
)
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import dense_matrix
from geometry.network.network import Network
from geometry.network.rounding import EPSILON
from geometry.norms import Array

_NO_ROWS = np.zeros(0)

Pattern = NDArray[np.bool_]  # (units,), all hidden layers one after the other; True where z > 0


@dataclass(frozen=True)
class PatternRegion:
    """One region: the polytope `faces`, the i-th of unit `units[i]`, and the last hidden layer's activations on it.

    Units that are `unknown` may have a face anywhere. `consistent` is False when the region is proved empty,
    because a unit that is constant on this piece has the other sign.
    """

    pattern: Pattern
    faces: Halfspaces
    units: Indices
    unknown: Indices
    consistent: bool
    activations: AffineFunctions
    lengths: Array | None  # of the activations' gradients; None where their errors are those of all patterns


@dataclass(frozen=True)
class Margins:
    """Where in a region f_label <= f_s: a halfspace for each s of `classes`; `lost`: perhaps everywhere for some s."""

    faces: Halfspaces
    classes: Indices
    lost: bool


class RegionsByPattern:
    """The regions around x of a float64 network; `basis` (r, input_units) spans the coordinates, default all inputs.

    `reach` is the largest distance that matters, 0 if unknown: rows whose faces are known to a small part of it need
    no exact arithmetic. A step t of the input moves the coordinates by at most `stretch` ||t||.
    """

    def __init__(self, network: Network, x: Array, basis: Array | None = None) -> None:
        self.network, self.basis = network, basis
        slopes = [layer.slopes() for layer in network.hidden]
        self._slopes = np.concatenate([np.zeros(0), *slopes])
        self._leaky = [bool(np.any((slope != 0) & (slope != 1))) for slope in slopes]
        self._bends = np.concatenate([np.zeros(0, bool), *(layer.bending() for layer in network.hidden)])
        self._pushes = [push_through(layer.affine) for layer in network.hidden]
        ends = np.cumsum([0, *network.widths]).tolist()
        self._layers = [slice(start, end) for start, end in pairwise(ends)]
        self._exact = ExactFunctions(network, basis)
        self._off: ScaledHalfspaces | None = None
        self._sizes: list[Sizes] = []
        self._last_sizes: dict[int, Sizes] = {}  # by label
        self._refused, self.reach = 0, 0.0
        self.stretch = 1.0 if basis is None else basis_stretch(basis)
        gradients, tilts = self._first_gradients()
        check_cancelled()  # each of these arrays has a number for every input of every unit
        live = np.where(gradients.any(axis=0), 1.0, 0.0)
        self._first = AffineFunctions(
            np.vstack([gradients, np.zeros(gradients.shape[1])]), tilts, np.zeros(len(tilts)), live
        )
        check_cancelled()
        self._first_lengths = self._first.lengths()
        self._centre(x)

    def at(self, x: Array) -> RegionsByPattern:
        """The same network in coordinates around another point."""
        moved = copy(self)
        moved.reach = 0.0
        moved._centre(x)
        return moved

    def _first_gradients(self) -> tuple[Array, Array]:
        """The gradients of the first layer by y, (r, units), and bounds on their errors.

        With a basis Q the gradients G = Q W^T are taken as they come out. The exact row of unit u, as a function of the
        step t, is G_u Q t + E_u t, with a residual E_u that is computed, up to r + 2 roundings of terms |G_uk| |Q_k|.
        """
        if not self._layers:
            return np.eye(self.network.input_units), np.zeros(self.network.input_units)
        matrix, error = matrix_and_error(self.network.layers[0].affine)
        check_cancelled()
        rounded = 1 + self.network.input_units * EPSILON
        tilts = np.zeros(len(matrix)) if error is None else column_lengths(error.T) * rounded
        if self.basis is None:
            return np.ascontiguousarray(matrix.T), tilts
        gradients = self.basis @ matrix.T
        residual = column_lengths((matrix - gradients.T @ self.basis).T) * rounded
        noise = (len(self.basis) + 2) * EPSILON * self.stretch * np.abs(gradients).sum(0)
        return gradients, tilts + residual + noise + UNDERFLOW**2 * gradients.any(axis=0)

    def _centre(self, x: Array) -> None:
        self.x = x
        values, shifts = x, np.zeros(len(x))
        if self._layers:
            values = self._pushes[0].values(x[None])[0]
            shifts = self._pushes[0].shifts(x[None], np.zeros((1, len(x))))[0]
        columns = np.vstack([self._first.columns[:-1], values])
        self._first = replace(self._first, columns=columns, shifts=shifts)
        self._exact, self._off, self._sizes, self._last_sizes = self._exact.at(x), None, [], {}

    def embed(self, y: Array) -> Array:
        """(..., r) coordinates -> (..., input_units) inputs."""
        return self.x + (y if self.basis is None else y @ self.basis)

    def pattern(self, z: Array | None = None) -> Pattern:
        """The pattern at the input z (input_units,), default x itself, by float64."""
        values = (self.x if z is None else z)[None]
        signs = [np.zeros(0, bool)]
        for layer, push in zip(self._layers, self._pushes):
            values = push.values(values)
            signs.append(values[0] > 0)
            values = values * np.where(signs[-1], 1.0, self._slopes[layer])
        return np.concatenate(signs) & self._bends

    def start(self) -> Pattern | None:
        """The pattern at x itself, by exact arithmetic if a sign is uncertain; None if that costs too much.

        The values at y = 0 of the float pattern's piece are those of a forward pass, and carry its bounds.
        """
        pattern = self.pattern()
        for layer, (rows, _) in zip(self._layers, self._forward(pattern)[0]):
            values = np.abs(rows.columns[-1])
            if not ((values > rows.shifts) | (rows.shifts == 0) | ~self._bends[layer]).all():
                return self._exact.pattern()
        return pattern

    def _forward(self, pattern: Pattern) -> tuple[list[tuple[AffineFunctions, Array]], tuple[AffineFunctions, Array]]:
        """Each hidden layer's rows on the piece of `pattern`, with their lengths; the last one's activations."""
        factors = np.where(pattern, 1.0, self._slopes)
        rows, lengths, passed = self._first, self._first_lengths, []
        for k, layer in enumerate(self._layers):
            if k > 0:
                rows = self._pushes[k](rows, lengths)
                lengths = rows.lengths()
            passed.append((rows, lengths))
            rows, lengths = rows.activated(factors[layer], lengths, self._leaky[k])
        return passed, (rows, lengths)

    def region(self, pattern: Pattern, bending: Pattern | None = None) -> PatternRegion:
        """The region of `pattern`; of its faces only those of the units in `bending` (units,), default all."""
        outward, starts = np.where(pattern, -1.0, 1.0), [layer.start for layer in self._layers]
        plain = self._plain(pattern, outward)
        if plain is not None:
            parts, activations, lengths = plain
        else:
            passed, (activations, lengths) = self._forward(pattern)
            parts = []
            for k, (layer, (rows, row_lengths)) in enumerate(zip(self._layers, passed)):
                if k == 0:
                    parts.append(self._first_faces().turned(outward[layer]))
                    continue
                exact = partial(self._exact.unit, pattern, layer.start)
                parts.append(scaled(rows, row_lengths, outward[layer], SHARP * self.reach, exact))
        if not self._bends.all():
            bending = self._bends if bending is None else bending & self._bends
        if bending is not None:
            parts = [part.among(bending[layer]) for part, layer in zip(parts, self._layers)]
        whole = joined(parts, starts, len(self._first.columns) - 1)
        consistent = all(sign <= 0 or not self._bends[unit] for unit, sign in whole.constants)
        return PatternRegion(pattern, whole.faces, whole.real, whole.unknown, consistent, activations, lengths)

    def _plain(self, pattern: Pattern, outward: Array) -> tuple[list[ScaledHalfspaces], AffineFunctions, None] | None:
        """The halfspaces of each layer with errors bounded for all patterns at once; None if these are too large.

        Most networks need no other bounds. `benchmarks.exact`'s 784-50-50-10 takes a third less time with it.
        """
        if not self._layers or self._refused >= tuning.REFUSALS:
            return None
        if not self._sizes:
            self._sizes = self._sizes_of_all()
        factors, parts = (
            np.where(pattern, 1.0, self._slopes),
            [self._first_faces().turned(outward[self._layers[0]])],
        )
        columns = self._first.columns * factors[self._layers[0]]
        for layer, push, sizes in list(zip(self._layers, self._pushes, self._sizes))[1:]:
            columns = push.columns(columns)
            rows = AffineFunctions(columns, sizes.tilts[0], sizes.shifts[0], _NO_ROWS)
            faces = plainly_scaled(rows, column_lengths(columns[:-1]) + UNDERFLOW, outward[layer], FINE * self.reach)
            if faces is None:
                self._refused += 1
                return None
            parts.append(ScaledHalfspaces(faces, np.arange(len(faces)), NONE, ()))
            columns = columns * factors[layer]
        last = self._sizes[-1]
        return parts, AffineFunctions(columns, last.tilts[0], last.shifts[0], _NO_ROWS), None

    def _sizes_of_all(self) -> list[Sizes]:
        """Per hidden layer bounds on its rows and their errors, for all patterns."""
        first = self._first
        values = np.abs(first.columns[-1]) + first.shifts
        sizes = [Sizes(self._first_lengths[None], values[None], first.tilts[None], first.shifts[None])]
        for push in self._pushes[1:]:
            sizes.append(sizes[-1].through(push))
        return sizes

    def _first_faces(self) -> ScaledHalfspaces:
        """The first layer's halfspaces where its units are off: the same for all patterns, but for signs."""
        if self._off is None:
            exact = partial(self._exact.unit, np.zeros(0, bool), 0)
            self._off = scaled(self._first, self._first_lengths, np.ones(len(self._first_lengths)), 0.0, exact)
        return self._off

    def margins(self, region: PatternRegion, label: int) -> Margins:
        """Where the label's logit is no larger than another's."""
        differences = differences_of(self.network, label)
        if region.lengths is None:
            sizes = self._last_sizes.get(label)
            if sizes is None:
                sizes = self._last_sizes[label] = self._sizes[-1].through(differences)
            columns = differences.columns(region.activations.columns)
            rows = AffineFunctions(columns, sizes.tilts[0], sizes.shifts[0], _NO_ROWS)
            lengths, one = column_lengths(columns[:-1]) + UNDERFLOW, np.ones(len(differences.others))
            faces = plainly_scaled(rows, lengths, one, FINE * self.reach)
            if faces is not None:
                return Margins(faces, differences.others, False)
            activations, activation_lengths = self._forward(region.pattern)[1]
        else:
            activations, activation_lengths = region.activations, region.lengths
        rows = differences(activations, activation_lengths)
        exact = partial(self._exact.margin, region.pattern, label, differences.others)
        margins = scaled(rows, rows.lengths(), np.ones(len(differences.others)), SHARP * self.reach, exact)
        lost = len(margins.unknown) > 0 or any(sign <= 0 for _, sign in margins.constants)
        return Margins(margins.faces, differences.others[margins.real], lost)


def row_space(network: Network) -> Array | None:
    """(r, input_units) orthonormal rows that span those of a first layer with fewer units than inputs, else None."""
    first = network.layers[0]
    if not network.hidden or first.units >= network.input_units:
        return None
    return np.ascontiguousarray(np.linalg.qr(dense_matrix(first.affine).detach().numpy().T)[0].T)
