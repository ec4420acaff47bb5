"""How far the areas of convex polygons may be off whose corners are rounded."""

from __future__ import annotations

import numpy as np

from geometry.network.rounding import EPSILON
from geometry.polygons import following
from geometry.ragged_arrays import Floats, Ints


def area_errors(corners: Floats, spread: Floats, starts: Ints) -> Floats:
    """(n,) how far the sums of `triangle_fan` over rings may be from the true areas of these rings.

    `spread` (H,) is how far (l1) each corner may be from its place. A boundary of length p whose corners, k of them,
    move by no more than e sweeps no more than p e + k e^2. The sum itself adds less than 4 eps (k + 2) of the products
    in it, each at most p^2.
    """
    first, sizes = starts[:-1], np.diff(starts)
    around = np.add.reduceat(np.abs(following(corners, starts) - corners).sum(axis=1), first)
    moved = np.maximum.reduceat(spread, first)
    errors: Floats = around * moved + sizes * moved**2 + 4 * EPSILON * (sizes + 2) * around**2
    return errors
