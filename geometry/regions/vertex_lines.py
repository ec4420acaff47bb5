"""The lines of a subdivision, and the two lines that meet in each vertex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Indices: TypeAlias = NDArray[np.int32]

BORDER = -1  # in place of a unit: a side of the window


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines on the plane, and the two lines through each vertex."""

    unit: Indices  # (lines,) the hidden unit whose zeros the line holds, or BORDER
    cell: Indices  # (lines,) the cell that it cuts, before its layer cut any; of a side of the window 0 to 3
    through: Indices  # (V, 2) of each vertex

    @classmethod
    def of_window(cls) -> Lines:
        """The sides s = s0, s = s1, t = t0 and t = t1, and the corners (s0, t0), (s1, t0), (s1, t1), (s0, t1)."""
        corners = np.array([[0, 2], [1, 2], [1, 3], [0, 3]], np.int32)
        return cls(np.full(4, BORDER, np.int32), np.arange(4, dtype=np.int32), corners)

    def __len__(self) -> int:
        return len(self.unit)

    def with_lines(self, unit: NDArray[np.integer], cell: NDArray[np.integer]) -> Lines:
        units, cells = np.concatenate([self.unit, unit]), np.concatenate([self.cell, cell])
        return Lines(units.astype(np.int32, copy=False), cells.astype(np.int32, copy=False), self.through)

    def with_vertices(self, first: NDArray[np.integer], second: NDArray[np.integer]) -> Lines:
        through = np.empty((len(self.through) + len(first), 2), np.int32)
        through[: len(self.through)] = self.through
        through[len(self.through) :, 0], through[len(self.through) :, 1] = first, second
        return Lines(self.unit, self.cell, through)
