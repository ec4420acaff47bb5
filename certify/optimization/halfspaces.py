"""Halfspaces with bounds on their errors, and lower bounds on their distances from the origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm, dual_norm


@dataclass(frozen=True)
class Halfspaces:
    """{y : <n_i, y> <= b_i}: `normals` (m, d) of l2 length 1 but for rounding, `offsets` (m,).

    The exact normal of each lies within the l2 distance `tilts` (m,) of the one here, the exact offset within `shifts`.
    """

    normals: Array
    offsets: Array
    tilts: Array
    shifts: Array

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, which: NDArray[np.intp]) -> Halfspaces:
        return Halfspaces(self.normals[which], self.offsets[which], self.tilts[which], self.shifts[which])

    def with_one(self, others: Halfspaces, which: int, inside: float = 0.0) -> Halfspaces:
        """Together with one of `others`, moved by `inside` towards its inner side."""
        return Halfspaces(
            np.vstack([self.normals, others.normals[which]]),
            np.append(self.offsets, others.offsets[which] - inside),
            np.append(self.tilts, others.tilts[which]),
            np.append(self.shifts, others.shifts[which]),
        )

    def distances(self, p: Norm, stretch: float) -> Array:
        """(m,) lower bounds on the l_p distance of each boundary hyperplane, whichever side the origin lies on.

        |b*| >= |b| - shift, and in l1 an l2 error of the normal is at most sqrt(d) times as long.
        """
        d = self.normals.shape[1]
        spread = np.sqrt(d) if p == np.inf else 1.0
        rounded = 1 + (d + 6) * EPSILON
        lengths = 1.0 if p == 2 else np.linalg.norm(self.normals, dual_norm(p), axis=1)
        longest = (lengths * rounded + spread * self.tilts) * (stretch * rounded)
        near: Array = np.maximum(np.abs(self.offsets) - self.shifts, 0) / longest
        return near
