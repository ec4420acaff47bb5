"""Running bounds on rounding errors, and the rule when a bound in float64 is a proof (`proves_positive`).

Notation: u = eps / 2 is the unit roundoff. A sum of n products, in any order, is off by at most n u / (1 - n u) times
the sum of the products' absolute values (Higham 2002, §3.1). `gamma(n)` = n eps is twice that, which covers the
rounding of the error bound itself, whose sums have fewer than 1 / eps terms of one sign.

Back-substitution computes A' = A D W from A, and replaces <A, a>, a the activations of layer j, by <A', a'> plus
constants. That *one* step is off by gamma |A| D |W| in A', which multiplies the activations a' of the layer below, and
by gamma |A| (D |b| + c) in the constants, where c are the lines' intercepts. |a'| is at most M', known from the bounds
of that layer, which hold already. So all steps together cost

    sum over j of <|A_j|, e_j>,   e_j = gamma (D_j (|W_j| M_{j-1} + |b_j|) + c_j) + 16 eps M_j,

with the actual coefficients A_j: no product of several |W| occurs. The last term is for the lines. Slope and
intercept take at most 5 roundings each, and at both ends of the unit's bounds the chord's parts are at most 2 M_j, so
the computed chord misses the activation by at most 13 u M_j. Slopes are at most 1, and 0 for a unit proved to be off,
which costs nothing. A scaled unit changes nothing either: what |A_j| loses, M_j gains.

A float32 pass of the same network differs from it in each layer by what that layer's own sums lose, which is at most
gamma (|W_j| M_{j-1} + |b_j|) at float32's roundoff, whatever their order. So it is a network with a small unknown
offset at every unit, which enters the bounds like the biases, through <|A_j|, e_j>.

All this holds for IEEE arithmetic without reduced-precision products and fast convolutions: verdicts are decided in
float64 on the CPU.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from certify.perturbation.arithmetic import Arithmetic
from geometry.network.affine import Affine, Chain
from geometry.network.rounding import longest_sum
from geometry.norms import Array

FEW = 16  # bounds the roundings per unit besides the sums: of slope, intercept, products with them, lines' half sums


def gamma(terms: int, dtype: torch.dtype) -> float:
    """Twice the relative error of a sum of this many products; infinite where that is no useful bound."""
    error = terms * torch.finfo(dtype).eps
    return error if error < 0.1 else float("inf")


@overload
def proves_positive(lower: float, error: float = 0.0) -> bool: ...
@overload
def proves_positive(lower: Tensor, error: Tensor | float = 0.0) -> Tensor: ...
@overload
def proves_positive(lower: Array, error: Array | float = 0.0) -> NDArray[np.bool_]: ...
def proves_positive(lower: Any, error: Any = 0.0) -> Any:
    """Whether a lower bound computed in float64 proves that a margin is positive: it must exceed its rounding error.

    `error` bounds the rounding of `lower`; 0 for bounds that are already less theirs. A margin of 0 is no proof: two
    logits may then be equal.
    """
    return lower > error


def absolute_sums(affine: Affine, largest: Tensor) -> Tensor:
    """(n, in_units) largest magnitudes of the inputs -> (n, units) |W| largest + |b|."""
    absolute = affine.absolute()
    return absolute.linear(largest) + absolute.bias


def relative_error(affine: Affine, arithmetic: Arithmetic, dtype: torch.dtype) -> float:
    """The error of a computed value or row of the map, relative to `absolute_sums`, that of a covered pass included.

    A covered pass also rounds its weights, its inputs and the activations of a sloped layer.
    """
    return _sum_error(longest_sum(affine) + FEW, arithmetic, dtype)


def _sum_error(terms: int, arithmetic: Arithmetic, dtype: torch.dtype) -> float:
    """`gamma` of a computed sum, and of the same sum in a covered pass."""
    covered = 2 * terms * arithmetic.roundoff
    return gamma(terms, dtype) + (covered if covered < 0.1 else float("inf"))


def lost_to_underflow(affine: Affine, largest: Tensor, arithmetic: Arithmetic) -> Tensor:
    """(n, 1) a unit's error by products that underflow, here or in a covered pass: `tiny` times the other factor."""
    tiny = torch.finfo(largest.dtype).tiny + arithmetic.tiny
    return tiny * longest_sum(affine) * (1 + largest.sum(1, keepdim=True))


def unit_errors(affine: Affine, largest: Tensor, arithmetic: Arithmetic) -> Tensor:
    """(n, units) bounds on one layer's rounding in bounds of W a + b, |a| <= largest (n, in_units).

    They include the rounding of a covered pass; infinite where that might overflow.
    """
    error, lost = relative_error(affine, arithmetic, largest.dtype), lost_to_underflow(affine, largest, arithmetic)
    sums, allowed = largest, torch.zeros_like(lost)
    for part in affine.parts if isinstance(affine, Chain) else (affine,):
        sums = absolute_sums(part, sums)
        allowed = allowed + forbidden(part, sums, arithmetic)
    return error * sums + lost + allowed


@dataclass(frozen=True, eq=False)
class Sums:
    """The absolute values of which functionals <weights, a> + offset are sums: (n, m, units) and (n, m).

    They exceed those of the functionals where these are differences of logits, which a covered pass computes one by
    one, or rows of several maps. Each is a sum of `terms` numbers.
    """

    weights: Tensor
    offset: Tensor
    terms: int


def functional_errors(
    weights: Tensor, offset: Tensor, largest: Tensor, arithmetic: Arithmetic, sums: Sums | None = None
) -> Tensor:
    """(n, m) bounds on the rounding in bounds of <weights, a> + offset, |a| <= largest (n, units).

    `weights` (n or 1, m, units) and `offset` (n or 1, m) may be differences, off by u, or the sums given by `sums`.
    """
    sums = sums or Sums(weights.abs(), offset.abs(), 0)
    absolute, loads = sums.weights, (sums.weights @ largest[:, :, None]).squeeze(2) + sums.offset
    terms, dtype = largest.shape[1] + sums.terms + FEW, largest.dtype
    error = _sum_error(terms, arithmetic, dtype)
    lost = (torch.finfo(dtype).tiny + arithmetic.tiny) * terms * (1 + largest.sum(1, keepdim=True))
    worst = torch.maximum(absolute.amax(2), loads) if arithmetic.roundoff else loads
    return torch.where(worst < arithmetic.largest, error * loads + lost, torch.inf)


def forbidden(affine: Affine, sums: Tensor, arithmetic: Arithmetic) -> Tensor:
    """(n, 1) infinite where the covered arithmetic may overflow on sums of this size or on a weight, else 0."""
    if arithmetic.roundoff == 0:
        return sums.new_zeros(len(sums), 1)
    too_large = sums.amax(1, keepdim=True) >= arithmetic.largest
    if any(float(weight.abs().max()) >= arithmetic.largest for weight in affine.weights() if weight.numel()):
        too_large = torch.ones_like(too_large)
    return torch.where(too_large, torch.inf, 0.0).to(sums)


@dataclass(frozen=True, eq=False)
class StepErrors:
    """Bounds on the rounding of one step of back-substitution through a layer, for the step above it.

    `largest` (n, units) bounds the activations. A functional with coefficients A on them loses at most
    <|A|, `relative`> + `lost`, (n, units) and (n, 1).
    """

    largest: Tensor
    relative: Tensor
    lost: Tensor

    def __getitem__(self, samples: slice) -> StepErrors:
        return StepErrors(self.largest[samples], self.relative[samples], self.lost[samples])


def step_errors(
    affine: Affine,
    below: Tensor,
    largest: Tensor,
    passing: Tensor,
    intercept: Tensor,
    curved: Tensor,
    arithmetic: Arithmetic,
) -> StepErrors:
    """The error e_j of the step through lines on W a + b, where |a| <= `below` (n, in_units); see above.

    Parameters
    ----------
    largest : (n, units) bounds of the layer's activations and of the values of its lines
    passing : (n, units) the largest slope of a unit's lines: 0 where nothing passes
    intercept : (n, units)
    curved : (n, units) whether the lines were computed; others are the activation itself, exactly
    """
    dtype, units = largest.dtype, largest.shape[1]
    own = unit_errors(affine, below, arithmetic) + gamma(units + FEW, dtype) * affine.bias.abs()
    lines = 16 * (torch.finfo(dtype).eps + arithmetic.roundoff) * largest * curved
    relative = torch.where(passing > 0, passing * own, 0) + gamma(units + FEW, dtype) * intercept + lines
    tiny = torch.finfo(dtype).tiny * (units + FEW)
    lost = tiny * (
        1 + below.sum(1, keepdim=True) + (largest + intercept).sum(1, keepdim=True) + own.sum(1, keepdim=True)
    )
    return StepErrors(largest, relative, lost)
