"""Bounds on the rounding errors of pre-activations at points of a plane, carried from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from geometry.network.affine import Affine, Chain, Conv, Dense, evaluate
from geometry.network.blocks import Blocks, Taps
from geometry.network.network import Layer
from geometry.network.rounding import EPSILON
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import row_norms
from geometry.plane import Plane
from geometry.ragged_arrays import Floats
from geometry.regions import tuning

TINY = float(np.finfo(np.float64).tiny)  # more than all underflowing products of a sum together lose
ROUNDED_BOUND = 1 + 2.0**-20  # for the rounding of a bound's own sums: they have fewer than 2**30 terms, all >= 0


@dataclass(frozen=True, eq=False)
class FirstLayer:
    """A first layer on a plane: pre-activations (s, t) @ gradient + offset, off by `error` and no more."""

    gradient: Tensor  # (2, units)
    offset: Tensor  # (units,)
    error: Tensor  # (units,) 0 where weights and bias are 0
    coefficient_errors: Tensor  # (3, units) of the gradient and the offset

    @classmethod
    def of(cls, affine: Affine, plane: Plane, window: tuple[float, float, float, float]) -> FirstLayer:
        """The layer on a window, with what rounding adds to its coefficients, its products and a vertex's place."""
        frame = torch.from_numpy(np.stack([plane.u.ravel(), plane.v.ravel(), plane.origin.ravel()]))
        along_s, along_t = max(abs(window[0]), abs(window[1])), max(abs(window[2]), abs(window[3]))
        farthest = np.abs(plane.origin) + along_s * np.abs(plane.u) + along_t * np.abs(plane.v)
        pushed = affine.linear(frame)
        gradient, offset = pushed[:2], pushed[2] + affine.bias
        absolute = affine.absolute()
        size = evaluate(absolute, torch.from_numpy(farthest.reshape(1, -1)))[0]
        moved = 4 * max(along_s, along_t) * gradient.abs().sum(dim=0)
        error = EPSILON / 2 * ((roundings(affine) + 3) * size + moved) * ROUNDED_BOUND + TINY
        empty = (absolute.linear(torch.ones(1, plane.origin.size, dtype=torch.float64))[0] + absolute.bias) == 0
        error[empty] = 0
        sizes = absolute.linear(frame.abs())
        sizes[2] += absolute.bias
        coefficients = (roundings(affine) + 1) * EPSILON / 2 * sizes * ROUNDED_BOUND + TINY
        return cls(gradient, offset, error, coefficients)

    @property
    def steepness(self) -> Tensor:
        """(units,) the largest change per length (l1) on the plane; in a unit's error is what rounds its gradient."""
        return self.gradient.abs().amax(dim=0) * ROUNDED_BOUND


def roundings(affine: Affine) -> int:
    """How many rounding errors eps/2 one value gathers, relative to the same sum of absolute values."""
    if isinstance(affine, Dense):
        return affine.weight.shape[1] + 1
    if isinstance(affine, Conv):
        return affine.weight[0].numel() + 1
    if isinstance(affine, Taps):
        return affine.index.shape[1] + 2
    if isinstance(affine, Blocks):
        beside = (affine.beside(block) for block in affine.blocks)
        return max((sum(roundings(part) + 1 for part in parts) for parts in beside), default=0) + 1
    return sum(roundings(part) for part in affine.parts) if isinstance(affine, Chain) else 2


@dataclass(frozen=True, eq=False)
class Errors:
    """Bounds on the errors of m rows of values: per unit, and on the Euclidean length of a row's errors.

    The first alone would be multiplied by |W| from layer to layer, ten times in wide ones; the length only by the
    largest singular value of W.
    """

    per_unit: Tensor  # (m, units)
    length: Tensor  # (m,)

    @classmethod
    def of(cls, per_unit: Tensor) -> Errors:
        return cls(per_unit, _longest(per_unit))

    def through(self, affine: Affine) -> Errors:
        """The errors after a linear map."""
        lengths, norm = _norms(affine)
        per_unit = torch.fmin(affine.absolute().linear(self.per_unit), self.length[:, None] * lengths)
        return Errors(per_unit, torch.fmin(self.length * norm, _longest(per_unit)))

    def __add__(self, fresh: Tensor) -> Errors:
        return Errors((self.per_unit + fresh) * ROUNDED_BOUND, (self.length + _longest(fresh)) * ROUNDED_BOUND)


def _longest(rows: Tensor) -> Tensor:
    """(m, n) -> (m,) at least the Euclidean lengths: squares that underflow together lose less than n * TINY."""
    return torch.linalg.vector_norm(rows, dim=1) * ROUNDED_BOUND + math.sqrt(rows.shape[1] * TINY)


def carried(affine: Affine, error: Errors, sizes: Tensor, passes: int = 1) -> Errors:
    """Errors and magnitudes (m, units before) of activations -> errors of the next pre-activations.

    A sum of n products adds n·eps/2 of the sum of their absolute values (Higham 2002, §3.1), for each of `passes` sums
    whose terms are no larger than `sizes`; the leaky slope has rounded every term once before.
    """
    absolute = affine.absolute()
    relative = passes * (roundings(affine) + 1) * EPSILON / 2
    return error.through(affine) + (relative * (absolute.linear(sizes) + absolute.bias) + TINY)


def _norms(affine: Affine) -> tuple[Tensor, float]:
    """(units,) the Euclidean lengths of the rows of W, and a bound on its largest singular value."""
    return cached_by_weights(affine, "norms", lambda: _computed_norms(affine))


def _computed_norms(affine: Affine) -> tuple[Tensor, float]:
    if isinstance(affine, Dense):
        weight = affine.weight
        largest = float(weight.abs().max()) if weight.numel() else 0.0
        if largest == 0.0:
            return weight.new_zeros(len(weight)), 0.0
        scaled = weight / largest
        shorter_first = scaled if len(weight) <= weight.shape[1] else scaled.T
        norm = math.hypot(*map(_eighth_powers, shorter_first.split(tuning.NORM_ROWS)))
        lengths = torch.from_numpy(row_norms(weight.numpy(), 2))  # a row may be much smaller than the largest
        return lengths * ROUNDED_BOUND + TINY, norm * largest * ROUNDED_BOUND + TINY
    absolute, inputs = affine.absolute(), math.prod(affine.in_shape)
    sums = absolute.linear(torch.ones(1, inputs, dtype=torch.float64))[0]
    columns = absolute.transpose(torch.ones(1, len(sums), dtype=torch.float64))
    # the largest singular value is at most the root of the largest row sum times the largest column sum
    return sums * ROUNDED_BOUND, math.sqrt(float(sums.max())) * math.sqrt(float(columns.max())) * ROUNDED_BOUND


def _eighth_powers(rows: Tensor) -> float:
    """The eighth root of the sum of the singular values' eighth powers, which is at least the largest of them."""
    gram = rows @ rows.T
    return float(torch.linalg.matrix_norm(gram @ gram)) ** 0.25


@torch.no_grad()
def running_bounds(
    layers: Sequence[Layer], first: FirstLayer, points: Floats, spread: Floats, depth: int
) -> list[tuple[Floats, Floats]]:
    """Pre-activations at (m, 2) points and bounds on their errors, (m, units) both, for layers 0 to `depth`.

    The bound holds for any place within `spread` (m,) of the point (l1). It is smaller than one for all points: a unit
    that is surely off passes no error on. A value without any product but zeros is zero, with no error.
    """
    z = torch.addmm(first.offset, torch.from_numpy(points), first.gradient)
    error = Errors.of(first.error + torch.from_numpy(spread)[:, None] * first.steepness)
    bounds = [(z.numpy(), error.per_unit.numpy())]
    for layer, after in pairwise(layers[: depth + 1]):
        activated = layer.activate(z)
        passed = Errors.of(torch.where(z < -error.per_unit, layer.below * error.per_unit, error.per_unit))
        error = Errors(passed.per_unit, torch.minimum(error.length, passed.length))
        z = evaluate(after.affine, activated)
        following = carried(after.affine, error, activated.abs())
        if not isinstance(after.affine, Chain):
            enters = torch.where((activated != 0) | (error.per_unit != 0), activated.abs().clamp(min=1), 0.0)
            absolute = after.affine.absolute()
            following.per_unit[(absolute.linear(enters) + absolute.bias) == 0] = 0
        error = following
        bounds.append((z.numpy(), error.per_unit.numpy()))
    return bounds


@torch.no_grad()
def rows_with_errors(
    layers: Sequence[Layer], first: FirstLayer, on: Tensor, depth: int, which: Tensor, unit: Tensor
) -> tuple[Tensor, Tensor]:
    """(c, units before) patterns, (m,) their places and (m,) units of layer `depth` -> (m, 3) affine functions, errors.

    The functions are those of (s, t, 1) where the layers before have the pattern at the place.
    """
    rows = torch.cat([first.gradient, first.offset[None]])
    if depth == 0:
        return rows.T[unit], first.coefficient_errors.T[unit]
    rows, error = rows.repeat(len(on), 1), Errors.of(first.coefficient_errors.repeat(len(on), 1))
    actives = on.split([layer.units for layer in layers[:depth]], 1)
    for k, (layer, after, active) in enumerate(zip(layers[:depth], layers[1:], actives)):
        on_slope = active.to(rows)  # as float64: a slope such as 0.1 is not to be rounded to float32
        slope = (on_slope + layer.below * (1 - on_slope)).repeat_interleave(3, dim=0)
        rows = rows * slope
        entering = Errors.of(error.per_unit * slope)
        error = Errors(entering.per_unit, torch.fmin(entering.length, error.length))
        if k == depth - 1 and isinstance(after.affine, Dense):  # only the requested rows
            return _chosen_rows(after.affine, rows, error.per_unit, which, unit)
        error = carried(after.affine, error, rows.abs())
        rows = after.affine.linear(rows)
        rows[2::3] += after.affine.bias
    return rows.unflatten(0, (-1, 3))[which, :, unit], error.per_unit.unflatten(0, (-1, 3))[which, :, unit]


def _chosen_rows(affine: Dense, rows: Tensor, error: Tensor, which: Tensor, unit: Tensor) -> tuple[Tensor, Tensor]:
    """(3 c, units before) rows and errors, (m,) places among the c -> (m, 3) of one unit each."""
    weight, bias = affine.weight[unit][:, None], affine.bias[unit]
    entering = rows.unflatten(0, (-1, 3))[which]
    chosen, sizes = (weight * entering).sum(dim=2), (weight * entering).abs().sum(dim=2)
    chosen[:, 2] += bias
    sizes[:, 2] += bias.abs()
    relative = (roundings(affine) + 1) * EPSILON / 2
    passed = (weight.abs() * error.unflatten(0, (-1, 3))[which]).sum(dim=2)
    return chosen, (passed + relative * sizes) * ROUNDED_BOUND + TINY


def meeting_points(one: Floats, error: Floats, other: Floats, other_error: Floats) -> tuple[Floats, Floats]:
    """(m, 3) rows of lines and what they may be off -> (m, 2) where they meet, and (m,) how far off (l1) that may be.

    At the computed point p the true rows R and S take values r and s, no larger than what rounding leaves of zero. The
    true meeting point q has R (p - q) = r and S (p - q) = s, so |p - q| is at most (|r| |S| + |s| |R|) / |R x S|.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        turn = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
        s = (one[:, 1] * other[:, 2] - one[:, 2] * other[:, 1]) / turn
        t = (one[:, 2] * other[:, 0] - one[:, 0] * other[:, 2]) / turn
        point = np.column_stack([s, t, np.ones(len(s))])
        left, length = [], []
        for row, off in ((one, error), (other, other_error)):
            rounded = ((4 * EPSILON * np.abs(row) + off) * np.abs(point)).sum(axis=1)
            left.append(np.abs((row * point).sum(axis=1)) + rounded)
            length.append((np.abs(row[:, :2]) + off[:, :2]).sum(axis=1))
        lost = error[:, 0] * length[1] + error[:, 1] * length[1] + other_error[:, :2].sum(axis=1) * length[0]
        true_turn = np.maximum(np.abs(turn) - lost - 4 * EPSILON * length[0] * length[1], 0)
        away = (left[0] * length[1] + left[1] * length[0]) / true_turn * ROUNDED_BOUND
    return point[:, :2], np.where(np.isnan(away), np.inf, away)
