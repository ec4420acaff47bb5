"""Cutting all cells of a subdivision by a layer of units at once.

Which cell is where is decided combinatorially, from the three-valued signs of the units at the vertices and from the
cyclic order of chord ends around each cell, and of points along an edge or a chord. Floats decide these where their
error bounds allow, exact arithmetic where not, and points that are exactly the same are one vertex. So parallel
duplicates, lines through one point, and lines along an edge or through a vertex are cases like any other. Only
coordinates are rounded.
"""

from __future__ import annotations

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.ragged_arrays import offsets
from geometry.regions.cutting.chord_intersections import find_chord_intersections
from geometry.regions.cutting.chords import find_chords
from geometry.regions.cutting.crossings import Crossings, find_crossings
from geometry.regions.cutting.exact_order import ExactLayer
from geometry.regions.cutting.faces import trace
from geometry.regions.cutting.rings import refine_rings
from geometry.regions.evaluation.signs import Signs
from geometry.regions.subdivision import Subdivision, TooManyRegionsError
from geometry.regions.vertex_lines import BORDER


def cut(
    level: Subdivision, signs: Signs, first_unit: int, exact: ExactLayer, max_cells: int | None = None
) -> Subdivision:
    """Every cell split along the zero lines of a layer's units, which are affine on each cell.

    `signs` are exact, and `first_unit` numbers the layer's first unit among all. Raises TooManyRegionsError, with
    an estimate of the number of cells, before building more than a few times `max_cells`.
    """
    crossings = find_crossings(level, signs, exact)
    at_least = len(level) + len(crossings.points) - _border_crossings(level, crossings)
    if max_cells is not None and at_least > max_cells:
        raise TooManyRegionsError(at_least)
    check_cancelled()
    rings = refine_rings(level.edges, level.starts, level.half_edges, crossings, signs)
    if len(rings.cells) == 0:
        return level
    vertices = np.concatenate([level.vertices, crossings.points])
    spread = np.concatenate([level.spread, crossings.spread])
    check_cancelled()
    chords = find_chords(rings, crossings, spread, signs.zero is not None)
    check_cancelled()
    lines = level.lines.with_lines(first_unit + chords.unit, chords.cell)
    chord_through = np.empty(len(vertices), np.int32)
    every = np.arange(len(level.lines), len(lines), dtype=np.int32)
    chord_through[chords.from_vertex], chord_through[chords.to_vertex] = every, every
    lines = lines.with_vertices(level.edge_line[crossings.edge], chord_through[crossings.first_vertex :])
    exact.plane.extend(lines)
    intersections = find_chord_intersections(chords, vertices, level, exact, max_cells)
    check_cancelled()
    faces, half_edges, edges, segment_chord, of_faces = trace(
        rings, chords, intersections, crossings.sub_edges, not exact.last
    )
    check_cancelled()
    cells = len(level) - len(rings.cells) + len(faces) - 1
    if max_cells is not None and cells > max_cells:
        raise TooManyRegionsError(cells)
    lines = lines.with_vertices(*(len(level.lines) + chord for chord in intersections.pair))
    vertices = np.concatenate([vertices, intersections.points])
    spread = np.concatenate([spread, intersections.spread])
    if len(vertices) - len(edges) + cells != 1:
        raise RuntimeError("the cells do not tile the window: the walks around the faces contradict each other")
    untouched = np.ones(len(level), bool)
    untouched[rings.cells] = False
    sizes = np.diff(level.starts)
    kept = level.half_edges[np.repeat(untouched, sizes)]
    sub_edge_line = np.repeat(level.edge_line, crossings.nodes_on_edge + 1)
    return Subdivision(
        vertices=vertices,
        spread=spread,
        edges=edges,
        edge_line=np.concatenate([sub_edge_line, every[segment_chord]]),
        lines=lines,
        starts=offsets(np.concatenate([sizes[untouched], np.diff(faces)])),
        half_edges=np.concatenate([2 * crossings.first_sub_edge[kept >> 1] + (kept & 1), half_edges]),
        parents=None if of_faces is None else np.concatenate([np.flatnonzero(untouched), of_faces]).astype(np.int32),
    )


def _border_crossings(level: Subdivision, crossings: Crossings) -> int:
    """How many crossings lie on the window's border."""
    return int(crossings.nodes_on_edge[level.edge_unit == BORDER].sum())
