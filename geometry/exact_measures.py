"""Areas and classes of regions in exact arithmetic, where floats leave them open."""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np

from geometry.cancellation import check_cancelled
from geometry.exact_plane import ExactPlane
from geometry.ragged import Ints

Corner: TypeAlias = tuple[Fraction, Fraction]


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
