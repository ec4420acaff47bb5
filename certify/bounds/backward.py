"""Back-substitution: linear bounds pulled back through the network, layer by layer, to the perturbation set.

A functional of a layer's activations is bounded from below by replacing each activation by its lower line where its
coefficient is positive and by its upper line where it is negative (Tight §3; KW Algorithm 1 runs the same sums as a
dual network). The result is a functional of the input, whose extremes over the set are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import torch
from torch import Tensor

from certify.bounds import tuning
from certify.bounds.functionals import DenseFunctionals, LayerFunctionals, substitute, substitute_both
from certify.bounds.relaxations import Lines
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import FEW, gamma
from certify.records import Bounds
from geometry.network.affine import Affine, Dense

# Coefficients w of activations a and s of pre-activations z, (n, m, units) -> lower bounds (n, m) of <w, a> - <s, z>,
# and their rounding errors.
Offsets: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor | float]]


def lower_bound(
    rows: LayerFunctionals,
    offset: Tensor,
    affines: Sequence[Affine],
    lines: Sequence[Lines],
    ball: Perturbation,
    slopes: Sequence[Tensor] | None = None,
    offsets: Sequence[Offsets] | None = None,
) -> Tensor:
    """Lower bounds of functionals <rows, a> + offset of the activations a of the last of these layers.

    Parameters
    ----------
    rows, offset : m functionals per sample; `offset` (n or 1, m)
    affines, lines : per layer, from the first, its affine map and its lines
    slopes : per layer (n, m, units), lower slopes for each row and unstable unit in place of the lines' (dense only)
    offsets : per layer what to add in place of the lines' intercepts; slopes are then (2, n, m, units), for
        coefficients above 0 and for others

    Returns
    -------
    (n, m)
    """
    lower, errors = offset, RunningErrors(ball)
    for j in reversed(range(len(lines))):
        errors.step(rows, lines[j])
        if slopes is None:
            absolute, mean, gap, level, around = _relaxed(rows, lines[j], affines[j].bias[None])
            sloped, constants = _minus(rows.times(mean), absolute, gap), (level, -around)
        elif offsets is not None:
            positive, falling = slopes[j]
            sloped = rows.with_coefficients(rows.coefficients * torch.where(rows.coefficients > 0, positive, falling))
            coupled, lost = offsets[j](rows.coefficients, sloped.coefficients)
            errors.lost = errors.lost + lost
            constants = coupled, sloped.dot(affines[j].bias[None])
        else:
            negative = rows.with_coefficients(rows.coefficients.clamp(max=0))
            steeper = negative.coefficients * (lines[j].upper[:, None] - slopes[j])
            sloped = rows.with_coefficients(rows.coefficients * slopes[j] + steeper)
            constants = negative.dot(lines[j].intercept), sloped.dot(affines[j].bias[None])
        lower = errors.added(lower, *constants)
        rows = _below(sloped, affines, lines, j, choose=slopes is None)
    center, fall, _ = _over(ball, rows)
    errors.last(rows, fall)
    return errors.off(errors.added(lower, center, -fall))


class RunningErrors:
    """A running bound on the rounding errors of one back-substitution, (n, m); zero unless the set is `proving`.

    See `certify.perturbation.rounding`: each step loses <|A|, e> with its actual coefficients A, each sum of constants
    at most eps times the absolute values of what is added and of the result.
    """

    def __init__(self, ball: Perturbation) -> None:
        self.ball, self.proving = ball, ball.arithmetic is not None
        self.lost: Tensor | float = 0.0

    def step(self, rows: LayerFunctionals, line: Lines) -> None:
        """Add the error of one step, through these lines and the affine map before them."""
        if line.errors is not None:
            absolute = rows.with_coefficients(rows.coefficients.detach().abs())
            self.lost = self.lost + absolute.dot(line.errors.relative) + line.errors.lost

    def added(self, first: Tensor, *others: Tensor) -> Tensor:
        """The sum, whose rounding is added to the error."""
        total, sizes = first, first.detach().abs() if self.proving else first
        for other in others:
            total = total + other
            sizes = sizes + other.detach().abs() if self.proving else sizes
        if self.proving:
            self.lost = self.lost + len(others) * torch.finfo(total.dtype).eps * sizes
        return total

    def last(self, rows: LayerFunctionals, *extents: Tensor) -> None:
        """Add the error of evaluating functionals of the input over the set."""
        if self.proving:
            absolute = rows.with_coefficients(rows.coefficients.detach().abs())
            terms = self.ball.center.shape[1] + FEW
            dtype, size = self.ball.center.dtype, absolute.cleaned().dot(self.ball.magnitudes)
            size = torch.stack([size, *(extent.detach() for extent in extents)]).sum(0)
            self.lost = self.lost + gamma(terms, dtype) * size + torch.finfo(dtype).tiny * terms

    def off(self, lower: Tensor) -> Tensor:
        """Lower bounds less the total error, and less the rounding of this difference."""
        if not self.proving:
            return lower
        below = lower - self.lost
        return below - torch.finfo(below.dtype).eps * below.abs()


def both_bounds(
    rows: LayerFunctionals, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines], ball: Perturbation
) -> Bounds:
    """As `lower_bound`, and upper bounds of the same functionals."""
    if lines and not lines[-1].parallel:
        return _apart(rows, offset, affines, lines, ball)
    lower, upper, falling, rising = offset, offset, RunningErrors(ball), RunningErrors(ball)
    for j in reversed(range(len(lines))):
        falling.step(rows, lines[j])
        uncertain, intercept = _uncertain(rows, lines[j]), lines[j].intercept
        fall = uncertain.with_coefficients(uncertain.coefficients.clamp(max=0)).dot(intercept)
        rise = uncertain.dot(intercept) - fall
        sloped = rows.times(lines[j].upper)
        shift = sloped.dot(affines[j].bias[None])
        rows = _below(sloped, affines, lines, j)
        lower, upper = falling.added(lower, fall, shift), rising.added(upper, rise, shift)
    center, fall, rise = _over(ball, rows)
    falling.last(rows, fall, rise)
    lower, upper = falling.added(lower, center, -fall), rising.added(upper, center, rise)
    falling.lost = rising.lost = falling.lost + rising.lost
    return falling.off(lower), -rising.off(-upper)


def _apart(
    rows: LayerFunctionals, offset: Tensor, affines: Sequence[Affine], lines: Sequence[Lines], ball: Perturbation
) -> Bounds:
    """`both_bounds` where the lines are not parallel: lower and upper functionals share their first step only.

    They differ on unstable units only. Where those can be cut out, both share the product of the other units with the
    weights.
    """
    j, errors = len(lines) - 1, RunningErrors(ball)
    errors.step(rows, lines[j])
    absolute, mean, gap, level, around = _relaxed(rows, lines[j], affines[j].bias[None])
    middle, spread = rows.times(mean), absolute.times(gap)
    columns = chosen_columns(affines[j], lines[:j], affines[:j], rows.coefficients.shape[1])
    middle, spread = substitute_both(middle, spread, affines[j], columns)
    low = middle.with_coefficients(middle.coefficients - spread.coefficients)
    high = middle.with_coefficients(middle.coefficients + spread.coefficients)
    below, above = errors.added(offset, level, -around), errors.added(offset, level, around)
    if j == 0:
        middle_low, fall, _ = _over(ball, low)
        middle_high, _, rise = _over(ball, high)
        errors.last(low, fall)
        errors.last(high, rise)
        below, above = errors.added(below, middle_low, -fall), errors.added(above, middle_high, rise)
        return errors.off(below), -errors.off(-above)
    pair = low.followed_by_negative(high.coefficients)
    lower, negated = lower_bound(pair, torch.cat([below, -above], 1), affines[:j], lines[:j], ball).chunk(2, dim=1)
    return errors.off(lower), -errors.off(negated)


def _relaxed(
    rows: LayerFunctionals, line: Lines, bias: Tensor
) -> tuple[LayerFunctionals, Tensor, Tensor, Tensor, Tensor]:
    """Functionals w of activations in terms of pre-activations W a + bias: w mean -+ |w| gap, and level -+ around.

    A coefficient w takes the lower line where it is positive and the upper one where it is negative for the lower
    bound, and the opposite for the upper one. With half the sum and half the difference of the two slopes,
    these are w mean -+ |w| gap. |w|, returned first, is restricted to the unstable units where they can be cut out.
    """
    uncertain = _uncertain(rows, line)
    absolute = uncertain.with_coefficients(uncertain.coefficients.abs())
    mean, gap, half = (line.upper + line.lower) / 2, (line.upper - line.lower) / 2, line.intercept / 2
    level, around = rows.dot(mean * bias + half), absolute.dot(gap * bias + half)
    return absolute, mean, gap, level, around


def _minus(middle: LayerFunctionals, absolute: LayerFunctionals, gap: Tensor) -> LayerFunctionals:
    """middle - |w| gap, in place, where |w| may cover only the first of the middle's columns."""
    length = absolute.coefficients.shape[-1]
    middle.coefficients[..., :length].addcmul_(absolute.coefficients, absolute.at(gap), value=-1)
    return middle


def _uncertain(rows: LayerFunctionals, line: Lines) -> LayerFunctionals:
    """The rows restricted to unstable units, where these can be cut out; else all of the rows."""
    return rows.first(line.columns[1]) if isinstance(rows, DenseFunctionals) and rows.columns is not None else rows


def _below(
    rows: LayerFunctionals, affines: Sequence[Affine], lines: Sequence[Lines], j: int, choose: bool = True
) -> LayerFunctionals:
    """The rows on layer j's pre-activations in terms of the activations (or inputs) below."""
    columns = chosen_columns(affines[j], lines[:j], affines[:j], rows.coefficients.shape[1]) if choose else None
    return substitute(rows, affines[j], columns)


def chosen_columns(above: Affine, lines: Sequence[Lines], affines: Sequence[Affine], count: int) -> Tensor | None:
    """(n, k) inputs on which `count` rows of `above` need coefficients; None for all, where choosing costs more."""
    if count < tuning.WORTH_CHOOSING or not lines or not isinstance(above, Dense) or not isinstance(affines[-1], Dense):
        return None
    columns = lines[-1].columns[0]
    return columns if columns.shape[1] < tuning.NEARLY_ALL * lines[-1].lower.shape[1] else None


def _over(ball: Perturbation, rows: LayerFunctionals) -> tuple[Tensor, Tensor, Tensor]:
    """The functionals' values at the center, and how far they fall and rise over the set: (n, m) each."""
    clean = rows.cleaned()
    return clean.dot(ball.center), *ball.extent(clean)
