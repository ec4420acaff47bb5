"""The nearest points of one region at which another class has the larger logit, with proved distances."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from certify.optimization.halfspaces import Halfspaces
from certify.optimization.nearest_point import Nearest, NearestPoint
from geometry.distances.nearest_hyperplanes import Indices
from geometry.distances.pieces import PieceBatch
from geometry.distances.rounded_down import Hyperplanes
from geometry.network.rounding import EPSILON
from geometry.norms import Array


class ClassInRegion:
    """A region around one point, by halfspaces of some of its units; `piece` is the batch of this point alone.

    `units` (m,) are counted through the hidden layers. Fewer units make the region larger and distances smaller: these
    hold for any choice. Coordinates are steps from the point.
    """

    def __init__(self, piece: PieceBatch, units: Indices) -> None:
        self._piece = piece
        x, box = piece.x.numpy()[0], piece.box
        endless = np.full(len(x), np.inf)
        low, high = (-endless, endless) if box is None else (box.lo - x, box.hi - x)
        self._nearest = NearestPoint(piece.p, low, high)
        self._faces, start = _joined([], len(x)), 0
        for layer, width in enumerate(piece.rows.network.widths):
            own = units[(units >= start) & (units < start + width)] - start
            self._faces, start = _joined([self._faces, self._unit_halfspaces(layer, own)], len(x)), start + width

    def __call__(self, label: int, other: int, cutoff: float) -> Nearest:
        """The nearest step into the region at which f_other >= f_label, if nearer than `cutoff`."""
        planes = self._piece.known_decisions(np.zeros(1, np.int64), np.array([label]), np.array([other]))
        decision = self._halfspaces(planes, torch.ones(1, dtype=torch.float64))
        return self._nearest(_joined([self._faces, decision], self._piece.x.shape[1]), cutoff)

    def _unit_halfspaces(self, layer: int, units: Indices) -> Halfspaces:
        _, planes = self._piece.known_units(layer, np.zeros_like(units), units, np.full(len(units), np.inf))
        on = self._piece.active[layer][0, torch.from_numpy(units)]
        return self._halfspaces(planes, torch.where(on, -1.0, 1.0).double())

    def _halfspaces(self, planes: Hyperplanes, signs: Tensor) -> Halfspaces:
        """{sign (<row, t> + height) <= 0}, scaled to length 1; a row of zeros, or one that overflows, is left out.

        The scaling rounds three times. The dual norm of the rows' errors is at least the l2 norm that `Halfspaces` asks
        for, in l1 at least 1 / sqrt(d) of it.
        """
        d = planes.rows.shape[1]
        rows, heights = planes.rows.numpy() * signs.numpy()[:, None], planes.heights.numpy() * signs.numpy()
        with np.errstate(over="ignore", invalid="ignore"):
            lengths = np.linalg.norm(rows, axis=1)
        kept = np.flatnonzero((lengths > 0) & np.isfinite(lengths))
        lengths, slack = lengths[kept], 1 + (self._piece.rows.widest + 16) * EPSILON
        spread = np.sqrt(d) if self._piece.p == 1 else 1.0
        tilts = planes.norm_errors.numpy()[kept] * slack * spread / lengths + 4 * EPSILON
        offsets = -heights[kept] / lengths
        shifts = planes.height_errors.numpy()[kept] * slack / lengths + 4 * EPSILON * np.abs(offsets)
        return Halfspaces(np.ascontiguousarray(rows[kept] / lengths[:, None]), offsets, tilts, shifts)


def _joined(parts: Sequence[Halfspaces], d: int) -> Halfspaces:
    normals: Array = np.concatenate([np.zeros((0, d)), *(part.normals for part in parts)])
    offsets, tilts, shifts = (
        np.concatenate([np.zeros(0), *(getattr(part, name) for part in parts)])
        for name in ("offsets", "tilts", "shifts")
    )
    return Halfspaces(normals, offsets, tilts, shifts)
