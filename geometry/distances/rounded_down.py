"""Distances to hyperplanes whose rows and heights are known up to errors, never above the exact ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from geometry.box import Box
from geometry.distances.hyperplanes import fill
from geometry.network.rounding import EPSILON
from geometry.norms import Array, Norm, dual_norm, row_norms


@dataclass(frozen=True, eq=False)
class Hyperplanes:
    """Where <row, t> + height = 0 for a step t from a point, one for each of `rows` (m, d) and `heights` (m,).

    The exact heights are within `height_errors` (m,) of these; the exact rows differ by `norm_errors` (m,) at most, in
    the norm dual to that of distances. Both errors are sums of terms of one sign, before the rounding of these sums.
    """

    rows: Tensor
    heights: Tensor
    height_errors: Tensor
    norm_errors: Tensor


@dataclass(frozen=True)
class Relative:
    """What sums of terms of one sign, such as norms, lose: a share of themselves, and this where squares underflow."""

    share: float
    lost: float


def distances_below(
    planes: Hyperplanes, heights: Array, x: Array, p: Norm, box: Box | None, relative: Relative
) -> Array:
    """(m,) at most the distances of points x (m, d) from hyperplanes, on which values are at least `heights` (m,) away.

    The sums behind the heights and the errors have terms of one sign, and lose less than that share of themselves, as
    norms do. With a box, of those parts of the hyperplanes that lie in it.
    """
    share, q = relative.share, dual_norm(p)
    gains, off, h = planes.rows.abs().numpy(), planes.norm_errors.numpy() * (1 + share), heights * (1 - share)
    lost = np.where(gains.any(axis=1), relative.lost, 0.0)
    distances = _quotient(h, row_norms(gains, q) * (1 + share) + lost + off)
    if box is None:
        return distances
    towards = -np.sign(planes.rows.numpy()) * np.sign(planes.heights.numpy())[:, None]
    room = np.where(towards > 0, box.hi - x, np.where(towards < 0, x - box.lo, 0.0)) * (1 + 4 * EPSILON)
    for kept in (_kept_gains(gains, room, h, p), np.zeros_like(gains)):  # none: the box holds no such point
        with np.errstate(invalid="ignore"):
            filled = np.where(gains > kept, (gains - kept) * room, 0.0).sum(axis=1) * (1 + share)
        left = np.maximum((h - filled) * (1 - 4 * EPSILON), 0.0)
        inside = _quotient(left, row_norms(kept, q) * (1 + share) + lost + off)
        distances = np.fmax(distances, inside)
    return distances


def _kept_gains(gains: Array, room: Array, heights: Array, p: Norm) -> Array:
    """(m, d) 0 <= v <= gains for which the bound of `distances_below` is best in a box; any are valid.

    Within the box <gains, t> <= ||v||_q ||t||_p + <gains - v, room>, by Hoelder. With the shortest step t that reaches
    the hyperplane both are equal for v = the gains of coordinates with room left (l-infinity), all gains cut off at
    that of the coordinate filled in part (l1), or at room / level (l2).
    """
    largest = gains.max(axis=1, initial=0.0, keepdims=True)
    scale = np.where(largest > 0, largest, 1.0)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        step = fill(gains / scale, room, heights[:, None] / scale, p)
        moved = step > 0
        if p == np.inf:
            return np.where(room >= step.max(axis=1, initial=0.0, keepdims=True), gains, 0.0)
        if p == 1:
            return np.minimum(gains, np.where(moved, gains, np.inf).min(axis=1, initial=np.inf, keepdims=True))
        level = np.where(moved & (step < room), step / gains, 0.0).max(axis=1, initial=0.0, keepdims=True)
        kept = np.minimum(gains, np.where(level > 0, room / level, np.inf))
    return np.where(np.isfinite(kept), kept, gains)


def _quotient(heights: Array, lengths: Array) -> Array:
    """(m,) heights / lengths rounded down; infinite where a row is zero for certain and its value is not, NaN to 0."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        quotients = heights / lengths * (1 - 4 * EPSILON)
    return np.where(heights > 0, np.nan_to_num(quotients, nan=0.0, posinf=np.inf), 0.0)
