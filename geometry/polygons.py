"""Signed areas and centroids of polygons, whose rings of corners follow one another in flat arrays.

Ring i has the corners corners[starts[i] : starts[i + 1]]. Numbers are floats, or fractions in an array of objects.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geometry.ragged_arrays import Ints

Numbers: TypeAlias = NDArray[Any]  # float64, or objects: fractions


def next_in_ring(starts: Ints) -> Ints:
    """(n + 1,) where rings begin, with the end of the last -> (H,) the entry that follows each one in its ring."""
    following = np.arange(1, starts[-1] + 1)
    following[starts[1:] - 1] = starts[:-1]
    return following


def following(values: Numbers, starts: Ints) -> Numbers:
    """values[next_in_ring(starts)], as a shift: faster, since it reads in order."""
    shifted = np.empty_like(values)
    shifted[:-1] = values[1:]
    shifted[starts[1:] - 1] = values[starts[:-1]]
    return shifted


def side_products(corners: Numbers, starts: Ints) -> Numbers:
    """(H,) x y' - x' y for each side (x, y)-(x', y'): twice the signed area of its triangle with the origin."""
    (x, y), (next_x, next_y) = corners.T, following(corners, starts).T
    return x * next_y - next_x * y


def triangle_fan(corners: Numbers, starts: Ints) -> Numbers:
    """(H, 2) corners of rings -> (H,) signed areas of triangles: first corner of the ring, this corner, the next."""
    first = np.repeat(corners[starts[:-1]], np.diff(starts), axis=0)
    return side_products(corners - first, starts) / 2


def polygon_area(corners: Numbers) -> float:
    """The signed area of one polygon (k, 2), k > 0: positive if it is counter-clockwise."""
    return float(triangle_fan(corners, np.array([0, len(corners)])).sum())


def corner_weights(fan: Numbers, starts: Ints) -> Numbers:
    """(H,) w from `triangle_fan`: sums of w times corner values are integrals of affine functions."""
    weights: Numbers = (fan + np.roll(fan, 1)) / 3  # of the two triangles at each corner
    weights[starts[:-1]] = np.add.reduceat(fan, starts[:-1]) / 3  # the first corner belongs to all triangles
    return weights


def centroid(corners: Numbers) -> Numbers:
    """(2,) the centroid of one polygon (k, 2) whose area is not zero."""
    starts = np.array([0, len(corners)])
    products = side_products(corners, starts)
    sums: Numbers = (products[:, None] * (corners + following(corners, starts))).sum(axis=0)
    return sums / (3 * products.sum())
