"""Areas of convex polygons whose corners are rounded, with bounds on their errors."""

from __future__ import annotations

import numpy as np

from geometry.network.rounding import EPSILON
from geometry.ragged_arrays import Floats, Ints


def fan(corners: Floats, starts: Ints) -> Floats:
    """(H, 2) corners of rings that begin at `starts` (n + 1,) -> (H,) areas of triangles: first corner, this, next."""
    following, first = _following(corners, starts), np.repeat(corners[starts[:-1]], np.diff(starts), axis=0)
    (x, y), (next_x, next_y) = (corners - first).T, (following - first).T
    return np.asarray(0.5 * (x * next_y - y * next_x))


def ring_areas(corners: Floats, spread: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """(n,) areas of rings, and (n,) how far they may be from the true ones. `spread` (H,): corners are so far off (l1).

    A boundary of length p whose corners, k of them, move by no more than e sweeps no more than p e + k e^2. The sum
    itself adds less than 4 eps (k + 2) of the products in it, each at most p^2.
    """
    first, sizes = starts[:-1], np.diff(starts)
    areas = np.add.reduceat(fan(corners, starts), first)
    around = np.add.reduceat(np.abs(_following(corners, starts) - corners).sum(axis=1), first)
    moved = np.maximum.reduceat(spread, first)
    return areas, around * moved + sizes * moved**2 + 4 * EPSILON * (sizes + 2) * around**2


def _following(corners: Floats, starts: Ints) -> Floats:
    """The next corner of each ring."""
    following = np.roll(corners, -1, axis=0)
    following[starts[1:] - 1] = corners[starts[:-1]]
    return following
