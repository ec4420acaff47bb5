"""The exact order of points along edges and chords, for a layer that cuts a subdivision."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.ragged_arrays import Floats, Ints
from geometry.regions.evaluation.exact_lines import Triple, coordinates, meeting_point, sort_along
from geometry.regions.evaluation.exact_plane import ExactPlane
from geometry.regions.evaluation.running_errors import meeting_points

Place = tuple[float, float]


class ExactLayer:
    """Exact arithmetic for the units of one layer on the cells that they cut."""

    def __init__(self, plane: ExactPlane, layer: int) -> None:
        self.plane, self.layer = plane, layer
        self.first_unit = sum(plane.network.widths[:layer])
        self.last = layer == len(plane.network.widths) - 1
        self._rows: dict[tuple[int, int], Triple] = {}

    def prepare(self, cells: Iterable[int] | Ints) -> None:
        """Compute the patterns of some cells at once: this takes less time than one by one."""
        self.plane.patterns(self.layer, cells)

    def order_on_edge(self, edge: int, units: Ints) -> tuple[list[Place], list[int], list[bool]]:
        """Where units change sign on an edge, rounded; their order, and whether each is where the one before is."""
        level = self.plane.levels[self.layer]
        line, cell = self.plane.line(int(level.edge_line[edge])), int(level.edge_cells[edge].max())
        points = [meeting_point(line, row) for row in self._of(cell, units)]
        start, end = (self.plane.point(vertex) for vertex in level.edges[edge].tolist())
        return [coordinates(point) for point in points], *sort_along(line, start, end, points)

    def places_on_edges(self, edges: Ints, units: Ints) -> tuple[Floats, Floats]:
        """(m, 2) where units change sign on edges, and (m,) how far off (l1) that may be."""
        level = self.plane.levels[self.layer]
        lines, cells = level.edge_line[edges], level.edge_cells[edges].max(axis=1)
        on_edges = self.plane.float_rows(level.lines.unit[lines], level.lines.cell[lines])
        return self._in_window(*meeting_points(*on_edges, *self.plane.float_rows(self.first_unit + units, cells)))

    def places_of_meets(self, cells: Ints, units: Ints, others: Ints) -> tuple[Floats, Floats]:
        """(m, 2) where the lines of pairs of units meet in cells, and (m,) how far off (l1) that may be."""
        rows = [self.plane.float_rows(self.first_unit + side, cells) for side in (units, others)]
        return self._in_window(*meeting_points(*rows[0], *rows[1]))

    def _in_window(self, points: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """Points moved into the window: no farther from their exact places, and bounds hold only there."""
        s0, s1, t0, t1 = self.plane.window
        return np.clip(points, (s0, t0), (s1, t1)), spread

    def place_on_edge(self, edge: int, unit: int) -> Place:
        """Where a unit changes sign on an edge, rounded once."""
        level = self.plane.levels[self.layer]
        line, cell = self.plane.line(int(level.edge_line[edge])), int(level.edge_cells[edge].max())
        return coordinates(meeting_point(line, *self._of(cell, [unit])))

    def order_on_line(self, cell: int, unit: int, others: Ints, ends: tuple[int, int]) -> tuple[list[int], list[bool]]:
        """The order in which other units of a cell meet a unit's line, from one of two vertices on it to the other.

        With it whether each meets the line where the one before does.
        """
        line, *rows = self._of(cell, np.r_[unit, others])
        start, end = (self.plane.point(vertex) for vertex in ends)
        return sort_along(line, start, end, [meeting_point(line, row) for row in rows])

    def place_of_meet(self, cell: int, unit: int, other: int) -> Place:
        """Where the lines of two units meet in a cell, rounded once."""
        return coordinates(meeting_point(*self._of(cell, [unit, other])))

    def _of(self, cell: int, units: Iterable[int] | Ints) -> list[Triple]:
        wanted = [int(unit) for unit in units]
        missing = sorted({unit for unit in wanted if (cell, unit) not in self._rows})
        if missing:
            check_cancelled()
            for unit, row in zip(missing, self.plane.rows(self.layer, cell, missing)):
                self._rows[cell, unit] = row
        return [self._rows[cell, unit] for unit in wanted]
