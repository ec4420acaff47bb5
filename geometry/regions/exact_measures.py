"""Areas and classes of regions in exact arithmetic, where floats leave them open."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.ragged_arrays import Floats, Ints, offsets, ranges
from geometry.regions.evaluation.exact_plane import ExactPlane
from geometry.regions.ring_areas import ring_areas

Corner: TypeAlias = tuple[Fraction, Fraction]

# An area is computed exactly where its error may show in three digits, with a factor of 1000 to spare. Where that is
# asked of many, only from the second bound on, for speed: on 2-[64]x6-2 (W6 of benchmarks.regions) bounds, not errors,
# exceed the first for most of 24 672 regions.
AREA_ERROR, MANY_AREAS, COARSE_AREA_ERROR = 1e-6, 200, 1 / 8


def unclear_areas(areas: Floats, errors: Floats) -> Ints:
    """The regions whose areas (n,), off by no more than `errors`, are to be computed more sharply."""
    unclear = np.flatnonzero(errors > AREA_ERROR * (areas + errors))
    if len(unclear) > MANY_AREAS:
        unclear = unclear[errors[unclear] > COARSE_AREA_ERROR * (areas + errors)[unclear]]
    return unclear


def sharper_areas(plane: ExactPlane, cells: Ints) -> Floats:
    """(m,) areas of cells of the finished subdivision: from sharper corners, or exactly where these leave it open."""
    level = plane.levels[-1]
    sizes = np.diff(level.starts)[cells]
    ring, starts = level.ring_vertices()[ranges(level.starts[:-1][cells], sizes)], offsets(sizes)
    own, back = np.unique(ring, return_inverse=True)
    places, spread = plane.sharper_places(len(plane.levels) - 1, own)
    areas, errors = ring_areas(places[back], spread[back], starts)
    for thin in np.flatnonzero(errors > AREA_ERROR * (areas + errors)).tolist():
        areas[thin] = exact_area(plane, int(cells[thin]))
    return areas


def exact_area(plane: ExactPlane, cell: int) -> float:
    """The area of a cell of the finished subdivision, rounded once."""
    corners = plane.corners(cell)
    return float(sum(_cross(a, b) for a, b in zip(corners, corners[1:] + corners[:1])) / 2)


def exact_classes(plane: ExactPlane, cells: Ints) -> Ints:
    """(m,) cells of the finished subdivision -> (m,) the lowest of the largest scores at each one's centroid."""
    plane.patterns(len(plane.levels) - 1, cells)
    classes = np.zeros(len(cells), np.int64)
    for k, cell in enumerate(cells.tolist()):
        check_cancelled()
        rows = plane.logits(cell)
        gaps = rows.numerators - rows.numerators[:1]
        if gaps.any():
            s, t = _centroid(plane.corners(cell))
            values = [a * s + b * t + c for a, b, c in gaps.tolist()]
            classes[k] = max(range(len(values)), key=values.__getitem__)
    return classes


def _centroid(corners: list[Corner]) -> Corner:
    sides = list(zip(corners, corners[1:] + corners[:1]))
    areas = [_cross(a, b) for a, b in sides]
    total = 3 * sum(areas)
    s, t = (sum(area * (a[k] + b[k]) for area, (a, b) in zip(areas, sides)) / total for k in range(2))
    return Fraction(s), Fraction(t)


def _cross(a: Corner, b: Corner) -> Fraction:
    return a[0] * b[1] - a[1] * b[0]
