"""Lines and points of the plane as triples of integers, with exact predicates.

The line (a, b, c) holds the points with a s + b t + c = 0; the point (x, y, w), w > 0, is (x / w, y / w).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from geometry.network.rational import Dyadic

Triple: TypeAlias = tuple[int, int, int]


def side_of(window: tuple[float, float, float, float], side: int) -> Triple:
    bound = Fraction(window[side])
    return (bound.denominator, 0, -bound.numerator) if side < 2 else (0, bound.denominator, -bound.numerator)


def triples(rows: Dyadic) -> list[Triple]:
    """Rows without their common power of two, and without factors that their numbers share."""
    lines = []
    for a, b, c in rows.numerators.tolist():
        shared = math.gcd(a, b, c) or 1
        lines.append((a // shared, b // shared, c // shared))
    return lines


def meeting_point(one: Triple, other: Triple) -> Triple:
    """Where two lines that are not parallel meet."""
    (a, b, c), (d, e, f) = one, other
    x, y, w = b * f - c * e, c * d - a * f, a * e - b * d
    shared = math.gcd(x, y, w) * (1 if w > 0 else -1)
    return x // shared, y // shared, w // shared


def sign_at(row: Triple, point: Triple) -> int:
    value = row[0] * point[0] + row[1] * point[1] + row[2] * point[2]
    return (value > 0) - (value < 0)


def coordinates(point: Triple) -> tuple[float, float]:
    """The nearest floats."""
    return point[0] / point[2], point[1] / point[2]


def sort_along(line: Triple, start: Triple, end: Triple, points: Sequence[Triple]) -> tuple[list[int], list[bool]]:
    """The order of a line's points from one of them to another, and whether each is the same as the one before."""
    axis = 0 if line[1] else 1  # the coordinate that changes along the line
    places = [Fraction(point[axis], point[2]) for point in points]
    falls = start[axis] * end[2] > end[axis] * start[2]
    order = sorted(range(len(points)), key=places.__getitem__, reverse=falls)
    same = [False, *(places[i] == places[j] for i, j in pairwise(order))]
    return order, same
