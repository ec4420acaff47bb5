"""Back-substitution: linear bounds pulled back through the network, layer by layer, to the perturbation set.

A functional of a layer's activations is bounded from below by replacing each activation by its lower line where its
coefficient is positive and by its upper line where it is negative (Tight §3; KW Algorithm 1 runs the same sums as a
dual network). What stands in the end is a functional of the input, whose extremes over the set are known.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from certify.interval import Bounds
from certify.perturbation import Perturbation
from certify.relaxations import Lines
from certify.rows import DenseRows, Rows, substitute, substitute_both
from geometry.affine import Affine, Dense

WORTH_CHOOSING = 64  # choosing columns copies weights, which pays for more rows than this


def lower_bound(
    rows: Rows,
    offset: Tensor,
    affines: Sequence[Affine],
    lines: Sequence[Lines],
    ball: Perturbation,
    slopes: Sequence[Tensor] | None = None,
) -> Tensor:
    """Lower bounds of functionals <rows, a> + offset of the activations a of the last of these layers.

    Parameters
    ----------
    rows, offset : m functionals per sample; `offset` (n or 1, m)
    affines, lines : per layer, from the first, its affine map and its lines
    slopes : per layer (n, m, units), lower slopes for each row and unstable unit in place of the lines' (dense only)

    Returns
    -------
    (n, m)
    """
    lower = offset
    for j in reversed(range(len(lines))):
        if slopes is None:
            absolute, mean, gap, level, around = _relaxed(rows, lines[j], affines[j].bias[None])
            sloped, lower = _minus(rows.times(mean), absolute, gap), lower + level - around
        else:
            negative = rows.with_coefficients(rows.coefficients.clamp(max=0))
            steeper = negative.coefficients * (lines[j].upper[:, None] - slopes[j])
            sloped = rows.with_coefficients(rows.coefficients * slopes[j] + steeper)
            lower = lower + negative.dot(lines[j].intercept) + sloped.dot(affines[j].bias[None])
        rows = _below(sloped, affines, lines, j, choose=slopes is None)
    center, fall, _ = _over(ball, rows)
    return lower + center - fall


def both_bounds(
    rows: Rows, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines], ball: Perturbation
) -> Bounds:
    """As `lower_bound`, and upper bounds of the same functionals."""
    if lines and not lines[-1].parallel:
        return _apart(rows, offset, affines, lines, ball)
    lower = upper = offset
    for j in reversed(range(len(lines))):
        uncertain, intercept = _uncertain(rows, lines[j]), lines[j].intercept
        fall = uncertain.with_coefficients(uncertain.coefficients.clamp(max=0)).dot(intercept)
        rise = uncertain.dot(intercept) - fall
        sloped = rows.times(lines[j].upper)
        shift = sloped.dot(affines[j].bias[None])
        rows = _below(sloped, affines, lines, j)
        lower, upper = lower + fall + shift, upper + rise + shift
    center, fall, rise = _over(ball, rows)
    return lower + center - fall, upper + center + rise


def _apart(rows: Rows, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines], ball: Perturbation) -> Bounds:
    """`both_bounds` where the lines are not parallel: lower and upper functionals share their first step, then part.

    Only unstable units tell the two apart. Where those can be cut out, the product of the rest with the weights is
    computed once for both.
    """
    j = len(lines) - 1
    absolute, mean, gap, level, around = _relaxed(rows, lines[j], affines[j].bias[None])
    middle, spread = rows.times(mean), absolute.times(gap)
    columns = chosen_columns(affines[j], lines[:j], affines[:j], rows.coefficients.shape[1])
    middle, spread = substitute_both(middle, spread, affines[j], columns)
    low = middle.with_coefficients(middle.coefficients - spread.coefficients)
    high = middle.with_coefficients(middle.coefficients + spread.coefficients)
    if j == 0:
        center, fall, _ = _over(ball, low)
        above, _, rise = _over(ball, high)
        return offset + level - around + center - fall, offset + level + around + above + rise
    pair = low.followed_by_negative(high.coefficients)
    offsets = torch.cat([offset + level - around, -(offset + level + around)], 1)
    lower, negated = lower_bound(pair, offsets, affines[:j], lines[:j], ball).chunk(2, dim=1)
    return lower, -negated


def _relaxed(rows: Rows, line: Lines, bias: Tensor) -> tuple[Rows, Tensor, Tensor, Tensor, Tensor]:
    """Functionals w of activations in terms of pre-activations W a + bias: w mean -+ |w| gap, and level -+ around.

    A coefficient w takes the lower line where it is positive and the upper one where it is negative for the lower
    bound, and the other way round for the upper one. With half the sum and half the difference of the two slopes,
    these are w mean -+ |w| gap. |w|, returned first, stands on the unstable units alone where they can be cut out.
    """
    uncertain = _uncertain(rows, line)
    absolute = uncertain.with_coefficients(uncertain.coefficients.abs())
    mean, gap, half = (line.upper + line.lower) / 2, (line.upper - line.lower) / 2, line.intercept / 2
    level, around = rows.dot(mean * bias + half), absolute.dot(gap * bias + half)
    return absolute, mean, gap, level, around


def _minus(middle: Rows, absolute: Rows, gap: Tensor) -> Rows:
    """middle - |w| gap, in the middle's place, where |w| may stand on the first of the middle's columns only."""
    length = absolute.coefficients.shape[-1]
    middle.coefficients[..., :length].addcmul_(absolute.coefficients, absolute.at(gap), value=-1)
    return middle


def _uncertain(rows: Rows, line: Lines) -> Rows:
    """The part of the rows that stands on unstable units, as far as it can be cut out."""
    return rows.first(line.columns[1]) if isinstance(rows, DenseRows) and rows.columns is not None else rows


def _below(rows: Rows, affines: Sequence[Affine], lines: Sequence[Lines], j: int, choose: bool = True) -> Rows:
    """The rows on layer j's pre-activations in terms of the activations (or inputs) below."""
    columns = chosen_columns(affines[j], lines[:j], affines[:j], rows.coefficients.shape[1]) if choose else None
    return substitute(rows, affines[j], columns)


def chosen_columns(above: Affine, lines: Sequence[Lines], affines: Sequence[Affine], count: int) -> Tensor | None:
    """The units below `above` that `count` rows of it per sample need to name, where leaving out the others pays."""
    if count < WORTH_CHOOSING or not lines or not isinstance(above, Dense) or not isinstance(affines[-1], Dense):
        return None
    columns = lines[-1].columns[0]
    return columns if columns.shape[1] < 0.9 * lines[-1].lower.shape[1] else None


def _over(ball: Perturbation, rows: Rows) -> tuple[Tensor, Tensor, Tensor]:
    """The functionals' values at the center, and how far they fall and rise over the set: (n, m) each."""
    clean = rows.cleaned()
    return clean.dot(ball.center), *ball.extent(clean)
