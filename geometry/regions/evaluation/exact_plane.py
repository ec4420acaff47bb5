"""Exact arithmetic for a network on a plane, where floats cannot decide.

On a cell of the subdivision before its layer, a unit is affine with dyadic coefficients: its line is a triple of
integers (a, b, c), the points with a s + b t + c = 0. A vertex is the cross product of two lines, (X, Y, W) with W > 0:
the point (X / W, Y / W). So every sign, and every order of points along a line, is that of an integer. Results are
cached; nothing is computed before floats have failed to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, Chain, Dense
from geometry.network.rational import Dyadic, SparseMap, activated, exact_maps
from geometry.plane import Plane
from geometry.ragged_arrays import Bools, Ints, Words, pack_bits
from geometry.regions.evaluation.exact_lines import Triple, meeting_point, side_of, sign_at, triples
from geometry.regions.evaluation.float_plane import FloatPlane
from geometry.regions.evaluation.plane_network import PlaneNetwork
from geometry.regions.evaluation.signs import Signs
from geometry.regions.subdivision import Subdivision
from geometry.regions.vertex_lines import BORDER

KEPT = 100_000  # units in the cache of rows: limits its memory, to about 50 MB


@dataclass(frozen=True, eq=False)
class ExactValues:
    """Cached exact results, with which another `ExactPlane` can begin."""

    patterns: Mapping[tuple[int, int], Bools] = field(default_factory=dict)  # by level and cell
    lines: Mapping[int, Triple] = field(default_factory=dict)
    points: Mapping[tuple[int, int], Triple] = field(default_factory=dict)  # by the lines that meet there
    rows: Mapping[tuple[int, bytes], Dyadic] = field(default_factory=dict)  # by layer and the pattern before it
    first_rows: Mapping[int, Dyadic] = field(default_factory=dict)  # at -1 those of all units, once they are computed


class ExactPlane(FloatPlane):
    """The network on a window of a plane, and the subdivisions into the affine pieces of its layers.

    It caches its results, so it belongs to one computation: an enumeration, or some measures of its result, which begin
    with the enumeration's `values`.
    """

    def __init__(
        self,
        evaluated: PlaneNetwork,
        plane: Plane,
        window: tuple[float, float, float, float],
        levels: Iterable[Subdivision] = (),
        cached: ExactValues | None = None,
        narrow: bool = False,
    ) -> None:
        super().__init__(evaluated, window, levels, narrow)
        self._plane = plane
        cached = cached or ExactValues()
        self._patterns, self._lines, self._points = dict(cached.patterns), dict(cached.lines), dict(cached.points)
        self._rows, self._first_rows = dict(cached.rows), dict(cached.first_rows)
        self._kept_units = sum(len(kept.numerators) for kept in self._rows.values())
        self._frame: Dyadic | None = None

    def values(self) -> ExactValues:
        """The results so far."""
        return ExactValues(
            patterns=dict(self._patterns),
            lines=dict(self._lines),
            points=dict(self._points),
            rows=dict(self._rows),
            first_rows=dict(self._first_rows),
        )

    # Lines and points

    def line(self, index: int) -> Triple:
        """A line of the newest subdivision."""
        if index not in self._lines:
            lines = self.lines
            unit, cell = int(lines.unit[index]), int(lines.cell[index])
            if unit == BORDER:
                self._lines[index] = side_of(self.window, cell)
            else:
                layer = self._layer_of(unit)
                (self._lines[index],) = self.rows(layer, cell, [unit - int(self._first_unit[layer])])
        return self._lines[index]

    def point(self, vertex: int, level: Subdivision | None = None) -> Triple:
        """A vertex of a level, without one of the newest subdivision, or of the one that is being made."""
        lines = self.lines if level is None else level.lines
        first, second = lines.through[vertex].tolist()
        if (first, second) not in self._points:
            self._points[first, second] = meeting_point(self.line(first), self.line(second))
        return self._points[first, second]

    def rows(self, layer: int, cell: int, units: Sequence[int] | Ints) -> list[Triple]:
        """The lines of some units of a layer on a cell of levels[layer]; the signs of a unit are those of its row."""
        (pattern,) = self.patterns(layer, [cell])
        return triples(self._values(layer, pattern, units))

    # Signs

    def decided(self, signs: Signs, layer: int) -> Signs:
        """The signs of a layer at the vertices of levels[layer], zero where they are exactly zero."""
        if signs.zero is None:
            return signs
        level = self.levels[layer]
        vertices = np.flatnonzero(signs.zero.any(axis=1))
        values, error = self.evaluated.running(level.vertices[vertices], level.spread[vertices], layer)[layer]
        above, below = values > error, values < -error
        certain_zero = (values == 0) & (error == 0)
        octets = signs.zero[vertices].view(np.uint8)
        open_bits = np.unpackbits(octets, axis=1, count=values.shape[1], bitorder="little").astype(bool)
        still_open = open_bits & ~(above | below)
        exact_sign = np.zeros(values.shape, np.int8)
        row, unit = np.nonzero(still_open & ~certain_zero)
        exact_sign[row, unit] = self.signs_by_rows(layer, level.vertex_cell[vertices[row]], vertices[row], unit, level)
        row, unit = np.nonzero(still_open & ~certain_zero & (exact_sign == 0))
        exact_sign[row, unit] = self._signs(layer, vertices[row], unit)
        positive, zero = signs.positive.copy(), np.zeros_like(signs.zero)
        was_open = signs.zero[vertices]
        on = pack_bits(above | (exact_sign > 0))
        positive[vertices] = (positive[vertices] & ~was_open) | (on & was_open)
        zero[vertices] = pack_bits(still_open & (exact_sign == 0))
        return replace(signs, positive=positive, zero=zero if zero.any() else None)

    def _signs(self, layer: int, vertices: Ints, units: Ints) -> NDArray[np.int8]:
        """Of units at vertices of levels[layer], pair by pair."""
        signs = np.zeros(len(vertices), np.int8)
        cells = self.levels[layer].vertex_cell[vertices]
        self.patterns(layer, np.unique(cells))
        order = np.argsort(cells, kind="stable")
        for of_cell in np.split(order, np.flatnonzero(np.diff(cells[order])) + 1) if len(order) else []:
            check_cancelled()
            wanted = np.unique(units[of_cell])
            rows = dict(zip(wanted.tolist(), self.rows(layer, int(cells[of_cell[0]]), wanted)))
            for pair in of_cell:
                signs[pair] = sign_at(rows[int(units[pair])], self.point(int(vertices[pair])))
        return signs

    # Patterns

    def patterns(self, layer: int, cells: Iterable[int] | Ints) -> list[Bools]:
        """Which units of the layers before are on, (units,) per cell of levels[layer]; the same for len(levels) - 1.

        Floats decide in the middle of a cell; where they do not, the exact corners: a unit has one sign on a cell, and
        one that is zero at all corners is zero, so off.
        """
        cells = [int(cell) for cell in cells]
        missing = np.array(sorted({cell for cell in cells if (layer, cell) not in self._patterns}), np.int64)
        if len(missing):
            if layer == 0:
                self._patterns.update({(0, int(cell)): np.zeros(0, bool) for cell in missing})
            else:
                self._find_patterns(layer, missing)
        return [self._patterns[layer, cell] for cell in cells]

    def _find_patterns(self, layer: int, cells: Ints) -> None:
        level = self.levels[layer]
        middle, spread = level.middles(cells)
        values = self.evaluated.running(middle, spread, layer - 1)
        on = np.hstack([z > error for z, error in values])
        is_open = np.hstack([(np.abs(z) <= error) & (error > 0) | np.isnan(z + error) for z, error in values])
        before = self.network.layers[:layer]
        if any(one.bends is not None for one in before):
            bending = np.concatenate([one.bending() for one in before])
            on, is_open = on & bending, is_open & bending
        for cell, pattern, undecided in zip(cells.tolist(), on, is_open):
            if undecided.any():
                self._decide(layer, cell, pattern, undecided)
            self._patterns[layer, cell] = pattern.copy()

    def _decide(self, layer: int, cell: int, pattern: Bools, undecided: Bools) -> None:
        """Set the undecided bits, layer after layer: the rows of a layer depend on the bits of those before."""
        level = self.levels[layer]
        corners = [self.point(vertex, level) for vertex in level.corners(cell).tolist()]
        for k in range(layer):
            begin, end = self._first_unit[k : k + 2]
            units = np.flatnonzero(undecided[begin:end])
            if len(units) == 0:
                continue
            for unit, row in zip(units.tolist(), triples(self._values(k, pattern, units))):
                pattern[begin + unit] = next((s > 0 for corner in corners if (s := sign_at(row, corner))), False)

    # Rows

    def _values(self, layer: int, pattern: Bools, units: Sequence[int] | Ints | None) -> Dyadic:
        """(units, 3) pre-activations of a layer where the layers before have a pattern, as functions of (s, t, 1)."""
        if layer == 0:
            return self._first(units)
        affine = self.network.layers[layer].affine
        steps, read = (exact_maps(affine), None) if units is None else _steps(affine, units)
        active = pattern[self._first_unit[layer - 1] : self._first_unit[layer]]
        slope: float | NDArray[np.float64] = self.network.layers[layer - 1].below64
        if read is not None:
            active, slope = active[read], slope[read] if isinstance(slope, np.ndarray) else slope
        values = activated(self._before(layer - 1, pattern, read), active, slope)
        for step in steps:
            values = step(values)
        return values

    def _before(self, layer: int, pattern: Bools, units: Ints | None) -> Dyadic:
        """`_values` for the layer after it: those of all units are kept, of some are not."""
        key = (layer, np.packbits(pattern[: self._first_unit[layer]]).tobytes())
        if key not in self._rows:
            if units is not None:
                return self._values(layer, pattern, units)
            if self._kept_units >= KEPT:
                self._rows.clear()
                self._kept_units = 0
            self._rows[key] = self._values(layer, pattern, None)
            self._kept_units += len(self._rows[key].numerators)
        return self._rows[key] if units is None else self._rows[key][units]

    def _first(self, units: Sequence[int] | Ints | None) -> Dyadic:
        """Rows of the first layer; a call for all units computes all at once."""
        if self._frame is None:
            columns = [self._plane.u.ravel(), self._plane.v.ravel(), self._plane.origin.ravel()]
            self._frame = Dyadic.of(np.stack(columns, axis=1))
        affine = self.network.layers[0].affine
        if units is None and -1 not in self._first_rows:
            values = self._frame
            for step in exact_maps(affine):
                values = step(values)
            self._first_rows[-1] = values
        if -1 in self._first_rows:
            return self._first_rows[-1] if units is None else self._first_rows[-1][np.asarray(units)]
        assert units is not None
        steps, read = _steps(affine, units)
        values = self._frame if read is None else self._frame[read]
        for step in steps:
            values = step(values)
        return values

    def first_layer(self) -> Dyadic:
        """(units, 3) the first layer's pre-activations as functions of (s, t, 1)."""
        return self._first(None)

    def logits(self, cell: int) -> Dyadic:
        """(K, 3) on a cell of the finished subdivision."""
        (pattern,) = self.patterns(len(self.levels) - 1, [cell])
        return self._values(len(self.network.layers) - 1, pattern, None)

    def corners(self, cell: int) -> list[tuple[Fraction, Fraction]]:
        """Of a cell of the finished subdivision, counter-clockwise."""
        points = [self.point(vertex) for vertex in self.levels[-1].corners(cell).tolist()]
        return [(Fraction(x, w), Fraction(y, w)) for x, y, w in points]

    def pattern_words(self, cells: Ints) -> Words:
        """(m,) cells of the finished subdivision -> (m, words)."""
        return pack_bits(np.array(self.patterns(len(self.levels) - 1, cells)).reshape(len(cells), -1))

    def _layer_of(self, unit: int) -> int:
        return int(np.searchsorted(self._first_unit, unit, side="right")) - 1


def _steps(affine: Affine, units: Sequence[int] | Ints) -> tuple[list[SparseMap], Ints | None]:
    """The exact maps to some units only, and the inputs that they read, ascending; None for all, if they are many."""
    parts = affine.parts if isinstance(affine, Chain) else (affine,)
    steps = [_chosen(parts[-1], units)]
    for before in reversed([step for part in parts[:-1] for step in exact_maps(part)]):
        read = np.unique(steps[0].columns)
        steps[:1] = [before.chosen(read), steps[0].reading(read)]
    read = np.unique(steps[0].columns)
    if 2 * len(read) > steps[0].inputs:
        return steps, None
    steps[0] = steps[0].reading(read)
    return steps, read


def _chosen(affine: Affine, units: Sequence[int] | Ints) -> SparseMap:
    """The exact map of some units only: of a matrix, no other rows are made exact."""
    rows = torch.as_tensor(np.asarray(units, np.int64))
    if isinstance(affine, Dense):
        (chosen,) = exact_maps(replace(affine, weight=affine.weight[rows], bias=affine.bias[rows]))
        return chosen
    (whole,) = exact_maps(affine)
    return whole.chosen(rows.numpy())
