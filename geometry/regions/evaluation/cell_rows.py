"""One layer's units as functions of (s, t, 1) on all cells of a subdivision at once, in floats with error bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Layer
from geometry.network.rounding import EPSILON
from geometry.network.unit_gradients import slopes_of
from geometry.ragged_arrays import Bools, Floats, Ints
from geometry.regions import tuning
from geometry.regions.evaluation.running_errors import ROUNDED_BOUND, Errors, FirstLayer, carried
from geometry.regions.subdivision import Subdivision

MOST_OPEN = 0.1  # signs per cell that are decided one by one at most: a limit of time
Decide = Callable[[Ints, Ints], Bools]


@dataclass(frozen=True, eq=False)
class CellRows:
    """The pre-activations of a layer on the cells where they are affine."""

    rows: Tensor  # (n, 3, units) the coefficients of s, of t, and the constant
    errors: Errors  # (3, units) how far those of any cell may be off
    largest: Tensor  # (3, units) absolute values, the largest of any cell

    @classmethod
    def of_window(cls, first: FirstLayer) -> CellRows:
        """The first layer, which is affine on the whole window."""
        rows = torch.cat([first.gradient, first.offset[None]])
        return cls(rows[None], Errors.of(first.coefficient_errors), rows.abs())

    @torch.no_grad()
    def through(self, layer: Layer, after: Layer, level: Subdivision, parents: Ints, decide: Decide) -> CellRows | None:
        """The rows of the layer `after` this one, on the finer cells of `level`.

        On a finer cell each unit has one sign: that of its value in the middle, if this is larger than the errors of
        the row there, and what the row changes on the way to a point inside. None if that leaves too many signs open.

        Parameters
        ----------
        parents : (m,) the cell of this layer that holds each finer one
        decide : (k,) finer cells and (k,) units, whose signs floats leave open -> (k,) which are on
        """
        middles, away = level.middles(np.arange(len(level)))
        places, off = torch.from_numpy(np.column_stack([middles, np.ones(len(middles))])), torch.from_numpy(away)
        farthest, steepness, holds = places.abs().amax(dim=0), self.steepness(), torch.from_numpy(parents)
        bound = farthest @ (self.errors.per_unit + 4 * EPSILON * self.largest) * ROUNDED_BOUND
        rows = torch.empty(len(level), 3, after.units, dtype=torch.float64)
        largest = np.zeros((3, after.units))
        opened, size = 0, max(1, tuning.CHUNK_VALUES // max(layer.units, after.units))
        for begin in range(0, len(level), size):
            check_cancelled()
            part = slice(begin, begin + size)
            entering, following = self.rows[holds[part]], rows[part]
            s, t = places[part, :1], places[part, 1:2]
            z = torch.addcmul(torch.addcmul(entering[:, 2], entering[:, 0], s), entering[:, 1], t)
            sure = bound + off[part, None] * steepness
            on, is_open = z > sure, ~(z.abs() > sure)
            if is_open.any():
                # a row of zeros is off by its error alone, whatever its slope
                cells, units = (layer.where_bending(is_open) & (entering != 0).any(dim=1)).nonzero().T
                opened += len(cells)
                if opened > MOST_OPEN * len(level) + 1:
                    return None
                on[cells, units] = torch.from_numpy(decide(begin + cells.numpy(), units.numpy()))
            entering *= slopes_of(on, layer.below)[:, None]
            following[:] = after.affine.linear(entering.flatten(0, 1)).unflatten(0, (-1, 3))
            following[:, 2] += after.affine.bias
            values = following.numpy()  # whose reductions over the first axis are several times faster than torch's
            np.maximum(largest, np.maximum(values.max(axis=0), -values.min(axis=0)), out=largest)
        return CellRows(rows, carried(after.affine, self.errors, self.largest), torch.from_numpy(largest))

    def steepness(self) -> Tensor:
        """(units,) how much each changes at most, per length (l1) on the plane."""
        steepest: Tensor = (self.largest[:2] + self.errors.per_unit[:2]).amax(dim=0) * ROUNDED_BOUND
        return steepest

    def chosen(self, cells: Ints, units: Ints) -> tuple[Floats, Floats]:
        """(m, 3) rows of some units on some cells, and (m, 3) bounds on their errors."""
        which = torch.from_numpy(units)
        rows: Floats = self.rows[torch.from_numpy(cells), :, which].numpy()
        errors: Floats = self.errors.per_unit.T[which].numpy()
        return rows, errors
