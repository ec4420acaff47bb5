"""Areas and classes of regions in exact arithmetic, where floats cannot decide them."""

from __future__ import annotations

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.polygons import Numbers, centroid, side_products, triangle_fan
from geometry.ragged_arrays import Floats, Ints, offsets, ranges
from geometry.regions import tuning
from geometry.regions.area_errors import area_errors
from geometry.regions.evaluation.exact_plane import ExactPlane

# An area is computed exactly if its error may show in three digits, with a factor of 1000 to spare. If that holds for
# many regions, only those beyond the second bound are, for speed: on 2-[64]x6-2 (W6 of benchmarks.regions) bounds, not
# errors, exceed the first for most of 24 672 regions.
AREA_ERROR, COARSE_AREA_ERROR = 1e-6, 1 / 8


def unclear_areas(areas: Floats, errors: Floats) -> Ints:
    """The regions whose areas (n,), off by no more than `errors`, need a sharper computation."""
    unclear = np.flatnonzero(errors > AREA_ERROR * (areas + errors))
    if len(unclear) > tuning.MANY_AREAS:
        unclear = unclear[errors[unclear] > COARSE_AREA_ERROR * (areas + errors)[unclear]]
    return unclear


def sharper_areas(plane: ExactPlane, cells: Ints) -> Floats:
    """(m,) areas of cells of the finished subdivision: from sharper corners, or exactly if these are too rough."""
    level = plane.levels[-1]
    sizes = np.diff(level.starts)[cells]
    ring, starts = level.ring_vertices()[ranges(level.starts[:-1][cells], sizes)], offsets(sizes)
    own, back = np.unique(ring, return_inverse=True)
    places, spread = plane.sharper_places(plane.levels[-1], own)
    corners = places[back]
    areas = np.add.reduceat(triangle_fan(corners, starts), starts[:-1])
    errors = area_errors(corners, spread[back], starts)
    for thin in np.flatnonzero(errors > AREA_ERROR * (areas + errors)).tolist():
        check_cancelled()
        areas[thin] = exact_area(plane, int(cells[thin]))
    return areas


def exact_area(plane: ExactPlane, cell: int) -> float:
    """The area of a cell of the finished subdivision, rounded once."""
    corners = _corners(plane, cell)
    return float(side_products(corners, np.array([0, len(corners)])).sum() / 2)


def exact_classes(plane: ExactPlane, cells: Ints) -> Ints:
    """(m,) cells of the finished subdivision -> (m,) the lowest of the largest scores at each one's centroid."""
    plane.patterns(len(plane.levels) - 1, cells)
    classes = np.zeros(len(cells), np.int64)
    for k, cell in enumerate(cells.tolist()):
        check_cancelled()
        rows = plane.logits(cell)
        gaps = rows.numerators - rows.numerators[:1]
        if gaps.any():
            s, t = centroid(_corners(plane, cell))
            values = [a * s + b * t + c for a, b, c in gaps.tolist()]
            classes[k] = max(range(len(values)), key=values.__getitem__)
    return classes


def _corners(plane: ExactPlane, cell: int) -> Numbers:
    """(k, 2) fractions."""
    return np.array(plane.corners(cell), object)
