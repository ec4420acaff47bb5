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
from certify.rows import DenseRows, Rows, substitute
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
        line, uncertain = lines[j], _uncertain(rows, lines[j])
        negative = uncertain.with_coefficients(uncertain.coefficients.clamp(max=0))
        lower = lower + negative.dot(line.intercept)
        if slopes is not None:
            steeper = negative.coefficients * (line.upper[:, None] - slopes[j])
            sloped = rows.with_coefficients(rows.coefficients * slopes[j] + steeper)
        else:
            sloped = rows.times(line.lower)
            if not line.parallel:
                steeper = negative.coefficients * uncertain.at(line.upper - line.lower)
                sloped.coefficients[..., : steeper.shape[-1]] += steeper
        rows, shift = _below(sloped, affines, lines, j, choose=slopes is None)
        lower = lower + shift
    middle, fall, _ = _over(ball, rows)
    return lower + middle - fall


def both_bounds(
    rows: Rows, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines], ball: Perturbation
) -> Bounds:
    """As `lower_bound`, and upper bounds of the same functionals."""
    if lines and not lines[-1].parallel:
        pair, offsets = _part(rows, offset, affines, lines)
        found = lower_bound(pair, offsets, affines[:-1], lines[:-1], ball)
        lower, negated = found.chunk(2, dim=1)
        return lower, -negated
    lower = upper = offset
    for j in reversed(range(len(lines))):
        uncertain, intercept = _uncertain(rows, lines[j]), lines[j].intercept
        fall = uncertain.with_coefficients(uncertain.coefficients.clamp(max=0)).dot(intercept)
        rise = uncertain.dot(intercept) - fall
        rows, shift = _below(rows.times(lines[j].upper), affines, lines, j)
        lower, upper = lower + fall + shift, upper + rise + shift
    middle, fall, rise = _over(ball, rows)
    return lower + middle - fall, upper + middle + rise


def _part(rows: Rows, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines]) -> tuple[Rows, Tensor]:
    """One step of `both_bounds` where the lines are not parallel: the lower functionals, then the upper ones negated.

    The two differ on unstable units only. Where those can be cut out, the product of all others with the weights is
    computed once for both.
    """
    j = len(lines) - 1
    line, uncertain = lines[j], _uncertain(rows, lines[j])
    negative = uncertain.with_coefficients(uncertain.coefficients.clamp(max=0))
    fall = negative.dot(line.intercept)
    rise = uncertain.dot(line.intercept) - fall
    apart = negative.times(line.upper - line.lower).coefficients
    low = uncertain.with_coefficients(torch.addcmul(apart, uncertain.coefficients, uncertain.at(line.lower)))
    pair = low.followed_by(uncertain.times(-line.upper).coefficients + apart)
    offsets = torch.cat([offset + fall, -(offset + rise)], 1)
    affine = affines[j]
    if (
        not isinstance(rows, DenseRows)
        or not isinstance(pair, DenseRows)
        or not isinstance(affine, Dense)
        or pair.columns is None
    ):
        pair, shift = _below(pair, affines, lines, j)
        return pair, offsets + shift
    certain, shared = _below(rows.beyond(line.columns[1]).times(line.lower), affines, lines, j)
    both = DenseRows(torch.cat([certain.coefficients, -certain.coefficients], 1))
    shift = torch.cat([shared, -shared], 1) + pair.dot(affine.bias[None])
    return pair.added_to(both, affine), offsets + shift


def _uncertain(rows: Rows, line: Lines) -> Rows:
    """The part of the rows that stands on unstable units, as far as it can be cut out."""
    return rows.first(line.columns[1]) if isinstance(rows, DenseRows) and rows.columns is not None else rows


def _below(
    rows: Rows, affines: Sequence[Affine], lines: Sequence[Lines], j: int, choose: bool = True
) -> tuple[Rows, Tensor]:
    """The rows on layer j's pre-activations in terms of the activations (or inputs) below, and the bias's share."""
    columns = chosen_columns(affines[j], lines[:j], affines[:j], rows.coefficients.shape[1]) if choose else None
    return substitute(rows, affines[j], columns), rows.dot(affines[j].bias[None])


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
