"""The minimal perturbation of a small network on two inputs in rational arithmetic: an oracle that never rounds.

The regions are those of `tests.arrangement`. In each, what another class has is a convex polygon, and the nearest point
of one of its sides is at an end, at the foot of the perpendicular (l2), or where two coordinates of the difference are
equal or one is zero (l1, l-infinity).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from torch import nn

from geometry.plane import Plane
from tests.arrangement import Cell, Point, Row, Window, exact_regions, value_at


def exact_power(network: nn.Sequential, x: Sequence[float], label: int, p: float, window: Window) -> Fraction | None:
    """The least ||y - x||_p over the window with f_label <= f_s for some s: squared for l2; None if there is none."""
    cells = exact_regions(network, window, Plane.identity())
    return nearest_loss(cells, (Fraction(float(x[0])), Fraction(float(x[1]))), label, p)


def nearest_loss(cells: Sequence[Cell], x: Point, label: int, p: float) -> Fraction | None:
    best: Fraction | None = None
    for cell in cells:
        for other, row in enumerate(cell.rows):
            if other != label:
                a, b, c = (own - its for own, its in zip(cell.rows[label], row))
                part = _not_above(cell.polygon, (a, b, c))
                for power in _powers(part, x, p):
                    best = power if best is None else min(best, power)
    return best


def _not_above(polygon: Sequence[Point], row: Row) -> list[Point]:
    """The part of a convex polygon where the row is at most 0; perhaps a side or a corner alone."""
    values = [value_at(row, point) for point in polygon]
    kept: list[Point] = []
    for (a, at_a), (b, at_b) in pairwise([*zip(polygon, values), (polygon[0], values[0])]):
        if at_a <= 0:
            kept.append(a)
        if at_a * at_b < 0:
            share = at_a / (at_a - at_b)
            kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
    return kept


def _powers(polygon: Sequence[Point], x: Point, p: float) -> Iterator[Fraction]:
    """Distances from x (l2: squared) to points of a convex polygon, the nearest one among them."""
    if not polygon:
        return
    steps = [(s - x[0], t - x[1]) for s, t in polygon]
    sides = list(pairwise([*steps, steps[0]]))
    if len(steps) > 2 and all(a[0] * b[1] - a[1] * b[0] >= 0 for a, b in sides):
        yield Fraction(0)
    for (a, b), (c, d) in sides:
        da, db = c - a, d - b
        if p == 2:
            turns = [(-(a * da + b * db), da * da + db * db)]
        else:
            turns = [(-a, da), (-b, db), (b - a, da - db), (-(a + b), da + db)]
        shares = [Fraction(0), *(height / slope for height, slope in turns if slope != 0)]
        for share in shares:
            if 0 <= share <= 1:
                s, t = a + share * da, b + share * db
                yield s * s + t * t if p == 2 else abs(s) + abs(t) if p == 1 else max(abs(s), abs(t))


def at_most(number: float, power: Fraction, p: float) -> bool:
    """Whether a float is at most the exact distance."""
    if math.isinf(number):
        return False
    value = Fraction(number)
    return value * value <= power if p == 2 else value <= power


def at_least(number: float, power: Fraction, p: float) -> bool:
    """Whether a float is at least the exact distance."""
    if math.isinf(number):
        return True
    value = Fraction(number)
    return value * value >= power if p == 2 else value >= power


def as_float(power: Fraction, p: float) -> float:
    """The distance, but for rounding."""
    if p != 2:
        return float(power)
    shift = max(0, 120 - (power.numerator.bit_length() - power.denominator.bit_length()))
    shift += shift % 2
    return math.isqrt((power.numerator << shift) // power.denominator) / 2 ** (shift // 2)


def exact_logits(network: nn.Sequential, x: Sequence[float]) -> list[Fraction]:
    """The logits of a network of Linear, ReLU and LeakyReLU at a point, as they are in real arithmetic."""
    values = [Fraction(float(v)) for v in x]
    for module in network:
        if isinstance(module, nn.Linear):
            weight, bias = module.weight.tolist(), module.bias.tolist()
            values = [sum((Fraction(w) * v for w, v in zip(row, values)), Fraction(b)) for row, b in zip(weight, bias)]
        else:
            slope = Fraction(float(getattr(module, "negative_slope", 0.0)))
            values = [max(v, slope * v) for v in values]
    return values
