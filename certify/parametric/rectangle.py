"""Rectangles of two parameters: their halves, their tiles, and distances in them. A side may have no length."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from certify.exact.plane_proof import part_distances
from certify.parametric.composition import Coordinates
from geometry.network.rounding import EPSILON
from geometry.norms import Array
from geometry.regions.region_map import Window

LARGEST = 1e100  # of parameters: products with a network's numbers stay within float64
THIN = 2.0**-32  # sides shorter than this share of the coordinates get coordinates of their own, from 0 to 1
MARGIN = 2.0**-40  # of a side: what a map goes beyond a tile where rounding has moved corners on its border
UNIT = (0.0, 1.0)


@dataclass(frozen=True)
class Rectangle:
    """All parameters with s0 <= s <= s1 and t0 <= t <= t1; made by `as_rectangle`."""

    window: Window

    @property
    def low(self) -> Array:
        return np.array([self.window[0], self.window[2]])

    @property
    def high(self) -> Array:
        return np.array([self.window[1], self.window[3]])

    @property
    def halves(self) -> Array:
        """(2,) half of each side, not 0 where the side is not."""
        sides = self.high - self.low
        return np.where(sides > 0, np.maximum(sides / 2, math.ulp(0.0)), 0.0)

    @property
    def centre(self) -> Array:
        return np.asarray(np.clip(self.low + self.halves, self.low, self.high))

    def contains(self, point: Iterable[float | Fraction]) -> bool:
        """Whether a point is in the rectangle, exactly."""
        return all(lo <= value <= hi for lo, value, hi in zip(self.low.tolist(), point, self.high.tolist()))

    def distances(self, parts: Array, point: Array) -> Array:
        """(m, k, 2) convex polygons -> (m,) lower bounds on the largest of |s - s*| / h_s and |t - t*| / h_t.

        h are half the sides; a side without length does not count. Coordinates of parts come from few roundings.
        """
        halves = self.halves
        scale = np.where(halves > 0, halves, 1.0)
        moved = np.where(halves > 0, (parts - point) / scale, 0.0)
        slack = 64 * EPSILON * float((np.maximum(np.abs(self.low), np.abs(self.high)) / scale * (halves > 0)).max())
        return np.asarray(np.maximum(part_distances(moved, np.zeros(2), math.inf) - slack, 0.0))

    def farthest(self, point: Array) -> float:
        """The distance, as above, from which on everything is reached."""
        halves, reach = self.halves, np.maximum(point - self.low, self.high - point)
        return float(np.divide(reach, halves, out=np.zeros(2), where=halves > 0).max())

    def around(self, point: Array, distance: float) -> Rectangle:
        """The part of the rectangle no farther than the distance, its sides rounded inwards."""
        reach = distance * self.halves
        low = np.where(reach > 0, np.nextafter(point - reach, np.inf), point)
        high = np.where(reach > 0, np.nextafter(point + reach, -np.inf), point)
        if distance >= self.farthest(point):
            return self
        low = np.minimum(np.maximum(low, self.low), point)
        high = np.maximum(np.minimum(high, self.high), point)
        return Rectangle((float(low[0]), float(high[0]), float(low[1]), float(high[1])))


@dataclass(frozen=True)
class Tile:
    """One of the 2^level by 2^level equal parts of a rectangle; a side without length is not divided."""

    level: int = 0
    i: int = 0
    j: int = 0

    def children(self, halves: Array) -> list[Tile]:
        columns = (2 * self.i, 2 * self.i + 1) if halves[0] > 0 else (0,)
        rows = (2 * self.j, 2 * self.j + 1) if halves[1] > 0 else (0,)
        return [Tile(self.level + 1, i, j) for i in columns for j in rows]

    def share(self, halves: Array) -> float:
        """Of the rectangle's area, or of its length."""
        return 2.0 ** (-self.level * int((halves > 0).sum()))

    def window(self, whole: Rectangle) -> Window:
        """The tile's own rectangle; neighbours have the same borders."""
        sides = [
            _border(lo, hi, number, self.level)
            for lo, hi, first, half in zip(whole.low.tolist(), whole.high.tolist(), (self.i, self.j), whole.halves)
            for number in ((first, first + 1) if half > 0 else (0, 1 << self.level))
        ]
        return sides[0], sides[1], sides[2], sides[3]

    def middle(self, halves: Array) -> Array:
        """(2,) its middle in coordinates in which the rectangle goes from -1 to 1."""
        middle = (2 * np.array([self.i, self.j]) + 1) / 2.0**self.level - 1
        return np.where(halves > 0, middle, 0.0)

    def reach(self, whole: Rectangle) -> float:
        """Half its side in these coordinates, with what rounds centre, half and borders."""
        sizes, halves = np.maximum(np.abs(whole.low), np.abs(whole.high)), whole.halves
        rounded = np.divide(sizes, halves, out=np.zeros(2), where=halves > 0)
        return 2.0**-self.level * (1 + 4 * EPSILON) + 16 * EPSILON * float(rounded.max())


def as_rectangle(rectangle: Iterable[float]) -> Rectangle:
    """(s0, s1, t0, t1) -> Rectangle.

    Raises
    ------
    ValueError
        If there are not four finite numbers of moderate size with s0 <= s1 and t0 <= t1.
    """
    try:
        s0, s1, t0, t1 = (float(bound) + 0.0 for bound in rectangle)
    except (TypeError, ValueError):
        raise ValueError(f"a rectangle is four numbers (s0, s1, t0, t1), got {rectangle!r}") from None
    if not all(abs(bound) <= LARGEST for bound in (s0, s1, t0, t1)):
        raise ValueError(f"a rectangle's bounds are numbers within ±{LARGEST:g}, got {(s0, s1, t0, t1)}")
    if s0 > s1 or t0 > t1:
        raise ValueError(f"a rectangle needs s0 <= s1 and t0 <= t1, got {(s0, s1, t0, t1)}")
    return Rectangle((s0, s1, t0, t1))


def map_coordinates(window: Window, *, margin: bool) -> tuple[Coordinates, Window]:
    """Coordinates in which a tile has an area and is not thin, and a window of them that holds the tile.

    They are the parameters themselves unless a side is too short for their floats. With a `margin` the window goes
    beyond the tile by MARGIN of each side.
    """
    farthest = max(map(abs, window))
    starts, scales, sides = [], [], []
    for low, high in (window[:2], window[2:]):
        thin = high - low <= THIN * farthest
        starts.append(low if thin else 0.0)
        scales.append(_rounded_up(low, high) if thin else 1.0)
        side = UNIT if thin else (low, high)
        beyond = MARGIN * (side[1] - side[0]) if margin else 0.0
        sides += [side[0] - beyond, side[1] + beyond]
    return Coordinates((starts[0], starts[1]), (scales[0], scales[1])), (sides[0], sides[1], sides[2], sides[3])


def _rounded_up(low: float, high: float) -> float:
    """At least high - low."""
    side = high - low
    return side if Fraction(side) >= Fraction(high) - Fraction(low) else math.nextafter(side, math.inf)


def _border(low: float, high: float, number: int, level: int) -> float:
    if number == 0:
        return low
    return high if number == 1 << level else low + (high - low) * (number / 2.0**level)
