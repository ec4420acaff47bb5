"""Three-valued signs of a layer's units at the vertices of a subdivision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry.computation.cancellation import check_cancelled
from geometry.ragged_arrays import Bools, Floats, Ints, Words, pack_bits
from geometry.regions import tuning


@dataclass(frozen=True, eq=False)
class Signs:
    """Where a layer's units are positive, zero and negative.

    As floats give them, `zero` marks open signs: a value is no farther from 0 than its error bound. What
    `ExactPlane.decided` returns is exact, and zero means zero.
    """

    positive: Words  # (V, words) one bit per unit
    zero: Words | None  # the same; None if no unit is zero anywhere
    values: Callable[[Ints, Ints], Floats]  # (vertex, unit) -> pre-activations, for units that change sign there
    bound: Callable[[Ints, Ints], Floats]  # (vertex, unit) -> how far these may be from those at the exact vertex

    @classmethod
    def of_values(
        cls, z: Floats, error: Floats, steepness: Floats, spread: Floats, bending: Bools | None = None
    ) -> Signs:
        """From all values (V, units), off by (units,) `error`, at points within (V,) `spread` of the vertices.

        `steepness` (units,) is how much a unit changes, at most, per length (l1) on the plane. Units that are not
        `bending` (units,) count as negative everywhere: they cut nothing.
        """
        step, signs, any_open = max(1, tuning.CHUNK_VALUES // z.shape[1]), [], False
        for begin in range(0, len(z), step):
            check_cancelled()
            values, moved = z[begin : begin + step], spread[begin : begin + step]
            largest = float((error + steepness * moved.max(initial=0)).max(initial=0))
            above, below = values > largest, values < -largest  # one bound for all is several times faster
            if np.count_nonzero(above) + np.count_nonzero(below) < values.size:
                bounds = error + moved[:, None] * steepness
                above, below = values > bounds, values < -bounds
                if bending is not None:
                    above, below = above & bending, below | ~bending
                any_open |= bool(np.count_nonzero(above) + np.count_nonzero(below) < values.size)
            elif bending is not None:
                above, below = above & bending, below | ~bending
            signs.append((above, below))
        positive = np.concatenate([pack_bits(above) for above, _ in signs])
        zero = np.concatenate([pack_bits(~(above | below)) for above, below in signs]) if any_open else None

        def bound(vertex: Ints, unit: Ints) -> Floats:
            bounds: Floats = error[unit] + steepness[unit] * spread[vertex]
            return bounds

        return cls(positive, zero, lambda vertex, unit: z[vertex, unit], bound)
