"""Three-valued signs of a layer's units at the vertices of a subdivision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geometry.ragged import Floats, Ints, Words, pack_bits


@dataclass(frozen=True, eq=False)
class Signs:
    """Where a layer's units are positive, zero and negative; zero means closer to 0 than rounding can tell."""

    positive: Words  # (V, words) one bit per unit
    zero: Words | None  # the same; None if no unit is zero anywhere
    error: Floats  # (units,) bound on the rounding error of each unit's values
    values: Callable[[Ints, Ints], Floats]  # (vertex, unit) -> pre-activations, for units that change sign there

    @classmethod
    def of_values(cls, z: Floats, error: Floats) -> Signs:
        """From all values, (V, units)."""
        margin, step = ZERO_MARGIN * error, max(1, CHUNK_VALUES // z.shape[1])
        largest, signs, any_zero = float(margin.max(initial=0)), [], False
        for begin in range(0, len(z), step):
            some = z[begin : begin + step]
            above, below = some > largest, some < -largest  # one bound for all is several times quicker
            if np.count_nonzero(above) + np.count_nonzero(below) < some.size:
                above, below = some > margin, some < -margin
                any_zero |= bool(np.count_nonzero(above) + np.count_nonzero(below) < some.size)
            signs.append((above, below))
        positive = np.concatenate([pack_bits(above) for above, _ in signs])
        zero = np.concatenate([pack_bits(~(above | below)) for above, below in signs]) if any_zero else None
        return cls(positive, zero, error, lambda vertex, unit: z[vertex, unit])


# A vertex counts as lying on a unit's line within this many error bounds. More than one, so that two crossings are
# merged (within one bound of each other) only where neither could as well have been taken for a vertex.
ZERO_MARGIN = 4.0

CHUNK_VALUES = 1 << 16  # values treated at a time: they should stay in the cache
