"""Areas of convex polygons whose corners are rounded, with bounds on their errors."""

from __future__ import annotations

import numpy as np

from geometry.network.rounding import EPSILON
from geometry.polygons import next_in_ring, triangle_fan
from geometry.ragged_arrays import Floats, Ints


def ring_areas(corners: Floats, spread: Floats, starts: Ints) -> tuple[Floats, Floats]:
    """(n,) areas of rings, and (n,) how far they may be from the true ones. `spread` (H,): corners are so far off (l1).

    A boundary of length p whose corners, k of them, move by no more than e sweeps no more than p e + k e^2. The sum
    itself adds less than 4 eps (k + 2) of the products in it, each at most p^2.
    """
    first, sizes = starts[:-1], np.diff(starts)
    areas = np.add.reduceat(triangle_fan(corners, starts), first)
    around = np.add.reduceat(np.abs(corners[next_in_ring(starts)] - corners).sum(axis=1), first)
    moved = np.maximum.reduceat(spread, first)
    return areas, around * moved + sizes * moved**2 + 4 * EPSILON * (sizes + 2) * around**2
