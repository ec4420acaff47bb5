"""Lines and signs on a plane by floats, from the rows of lines: values with bounds on their errors.

A row is a unit as a function of (s, t, 1) on one cell of its layer's level. The rows of few cells are computed from
these cells' patterns, one by one; those of many from the rows of all cells of the level before (`CellRows`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from geometry.computation.memory import BUDGET, NoRoomError
from geometry.network.rounding import EPSILON
from geometry.ragged_arrays import Bools, Floats, Ints, offsets, ranges
from geometry.regions import tuning
from geometry.regions.evaluation.cell_rows import CellRows
from geometry.regions.evaluation.plane_network import PlaneNetwork
from geometry.regions.evaluation.running_errors import ROUNDED_BOUND, meeting_points
from geometry.regions.evaluation.signs import Signs
from geometry.regions.subdivision import Subdivision
from geometry.regions.vertex_lines import BORDER, Lines

CELL_VALUES = 1 << 24  # coefficients of all layers' rows on all cells at most: limits memory


class FloatPlane(ABC):
    """The network on a window of a plane, and the subdivisions into the affine pieces of its layers.

    With `narrow`, rows are computed one by one: this takes longer for many, and bounds their errors more narrowly.
    """

    def __init__(
        self,
        evaluated: PlaneNetwork,
        window: tuple[float, float, float, float],
        levels: Iterable[Subdivision],
        narrow: bool = False,
    ) -> None:
        self.network, self.window, self.evaluated = evaluated.network, window, evaluated
        self.levels = list(levels)  # levels[l]: on its cells layer l is affine
        self._first_unit = np.cumsum([0, *evaluated.network.widths])
        self._narrow = narrow
        self._newest: Lines | None = None
        self._of_cells: list[CellRows | None] = []  # by level

    @abstractmethod
    def patterns(self, layer: int, cells: Iterable[int] | Ints) -> list[Bools]:
        """Which units of the layers before are on, (units,) per cell of levels[layer]."""

    @property
    def lines(self) -> Lines:
        return self._newest if self._newest is not None else self.levels[-1].lines

    def extend(self, lines: Lines | None) -> None:
        """Lines and vertices of a subdivision that is being made; None when it is finished."""
        self._newest = lines

    def float_rows(self, units: NDArray[np.integer], cells: NDArray[np.integer]) -> tuple[Floats, Floats]:
        """(m, 3) rows of lines, given as in `Lines`, in floats, and (m, 3) bounds on their errors."""
        rows, errors = np.zeros((len(units), 3)), np.zeros((len(units), 3))
        sides = np.flatnonzero(units == BORDER)
        rows[sides, cells[sides] // 2], rows[sides, 2] = 1.0, -np.array(self.window)[cells[sides]]
        layers = np.searchsorted(self._first_unit, units, side="right") - 1
        for layer in np.unique(layers[units != BORDER]).tolist():
            own = np.flatnonzero((layers == layer) & (units != BORDER))
            distinct, place = np.unique(cells[own], return_inverse=True)  # once for all units of a cell
            local = units[own].astype(np.int64) - self._first_unit[layer]
            of_all = self._of_all_cells(layer, len(distinct))
            if of_all is not None:
                rows[own], errors[own] = of_all.chosen(distinct[place].astype(np.int64), local)
            else:
                patterns = np.array(self.patterns(layer, distinct)).reshape(len(distinct), -1)
                rows[own], errors[own] = self.evaluated.rows(layer, patterns, place, local)
        return rows, errors

    def signs_by_rows(
        self, layer: int, cells: Ints, vertices: Ints, units: Ints, level: Subdivision
    ) -> NDArray[np.int8]:
        """The signs of units at vertices from rows of the lines through each vertex; 0 where that leaves it open.

        `cells` of the layer's level hold the vertices of `level`, which may be a finer one.

        A bound for all units grows with the weights from layer to layer; that of a row does not, where they cancel.
        """
        if len(vertices) == 0:
            return np.zeros(0, np.int8)
        own, back = np.unique(vertices, return_inverse=True)
        points, spread = self.sharper_places(level, own)
        rows, errors = self.float_rows(units + self._first_unit[layer], cells)
        place = np.column_stack([points, np.ones(len(own))])[back]
        values = (rows * place).sum(axis=1)
        steep = (np.abs(rows[:, :2]) + errors[:, :2]).max(axis=1) * spread[back]
        bound = (((errors + 4 * EPSILON * np.abs(rows)) * np.abs(place)).sum(axis=1) + steep) * ROUNDED_BOUND
        signs: NDArray[np.int8] = (values > bound).astype(np.int8) - (values < -bound).astype(np.int8)
        return signs

    def sharper_places(self, level: Subdivision, vertices: Ints) -> tuple[Floats, Floats]:
        """(m, 2) places of vertices of a level, and (m,) how far off (l1): from float rows of their lines."""
        lines = level.lines
        through = [self.float_rows(lines.unit[side], lines.cell[side]) for side in lines.through[vertices].T]
        points, spread = meeting_points(*through[0], *through[1])
        worse = ~(spread < level.spread[vertices])
        points[worse], spread[worse] = level.vertices[vertices][worse], level.spread[vertices][worse]
        return points, spread

    def steepness(self, layer: int, signs: Signs) -> Tensor | None:
        """(units,) how much each unit of a layer changes at most, per length (l1), if many signs are open."""
        if signs.zero is None:
            return None
        of_all = self._of_all_cells(layer, int(np.count_nonzero(signs.zero.any(axis=1))))
        return None if of_all is None else of_all.steepness()

    def _of_all_cells(self, layer: int, wanted: int) -> CellRows | None:
        """The rows of a layer on all cells of levels[layer], if they are known, or pay for so many wanted cells."""
        missing = self.levels[len(self._of_cells) : layer + 1]
        if self._narrow or wanted * tuning.CELLS_PER_ROW < sum(map(len, missing)):
            return None
        while len(self._of_cells) <= layer:
            self._of_cells.append(self._next_rows())
        return self._of_cells[layer]

    def _next_rows(self) -> CellRows | None:
        layer = len(self._of_cells)
        if layer == 0:
            return CellRows.of_window(self.evaluated.first)
        before, level = self._of_cells[-1], self.levels[layer]
        if before is None or not self._fits(3 * len(level) * self.network.widths[layer]):
            return None
        unchanged = level is self.levels[layer - 1]
        parents = np.arange(len(level)) if unchanged or level.parents is None else level.parents.astype(np.int64)

        def decide(cells: Ints, units: Ints) -> Bools:
            return self._on_cells(layer, cells, parents[cells], units)

        return before.through(self.network.layers[layer - 1], self.network.layers[layer], level, parents, decide)

    def _fits(self, values: int) -> bool:
        """Whether so many coefficients of one more layer may be kept; their memory is reserved then."""
        if values + sum(of_all.rows.numel() for of_all in self._of_cells if of_all is not None) > CELL_VALUES:
            return False
        try:
            BUDGET.reserve(8 * values).keep(8 * values, self)
        except NoRoomError:
            return False
        return True

    def _on_cells(self, layer: int, cells: Ints, parents: Ints, units: Ints) -> Bools:
        """(k,) whether units of the layer before are on, on cells of levels[layer] and of the level before around them.

        A unit that has a sign at a corner has this sign, or none, at the others.
        """
        level = self.levels[layer]
        sizes = np.diff(level.starts)[cells]
        corners = level.edges.ravel()[level.half_edges[ranges(level.starts[:-1][cells], sizes)]]
        signs = self.signs_by_rows(layer - 1, np.repeat(parents, sizes), corners, np.repeat(units, sizes), level)
        first = offsets(sizes)[:-1]
        on, off = np.maximum.reduceat(signs, first) > 0, np.minimum.reduceat(signs, first) < 0
        is_open = np.flatnonzero(~(on | off))
        if len(is_open):
            patterns = np.array(self.patterns(layer, cells[is_open]))
            on[is_open] = patterns[np.arange(len(is_open)), self._first_unit[layer - 1] + units[is_open]]
        return on
