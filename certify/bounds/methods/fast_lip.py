"""Fast-Lip: a functional changes by no more than a Lipschitz constant on the perturbation set times the distance.

Between two points x, x' of the set each unit's activation changes by a' - a = s (z' - z). The secant slope s is 1 where
the unit is surely on, the activation's own slope where it is surely off, and between both where it is unstable. So

    <w, a'> - <w, a> = <g, x' - x>,   g = W_1^T S_1 W_2^T S_2 ... W_L^T S_L w,   S_k the diagonal matrices of secants.

From the last layer down, each coefficient has a range: that of a product with a secant between two numbers, and that of
a sum by interval arithmetic with |W|. The ranges [low, high] of g bound the change: a step up loses at most -low of a
coordinate per unit of length, a step down at most high. Without a box the worst step of length eps loses eps times the
dual norm of max(|low|, |high|), the Lipschitz constant. The class stays for eps as long as eps times this constant is
less than the margin at the center.

Bounds of hidden layers are Fast-Lin's, as in the paper. Source: Weng et al. (2018), "Towards Fast Computation of
Certified Robustness for ReLU Networks", section 3.4 and Algorithm 3. There g are gradients; secants need no case for
points on the faces of regions.

Rounding: computed ranges are widened by what their sums lose. A forward pass, float64's own at the center or a covered
one, is one of the network with an unknown small offset at each unit (`certify.perturbation.rounding`). By the formula
above, with the coefficients G_k on the activations of layer k, it changes the functional by at most
sum <max |G_k|, offsets>; a unit that is off in every pass loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from certify.bounds.batches import in_batches
from certify.bounds.functionals import DenseFunctionals, substitute
from certify.bounds.layerwise import largest_before, proved_functionals
from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.methods.fast_lin import fast_lin
from certify.bounds.relaxations import Lines
from certify.costs import back_substitution
from certify.perturbation.arithmetic import REAL
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums, relative_error, unit_errors
from certify.records import Bound, Bounds, Style
from geometry.network.affine import Affine, dense_matrix, evaluate
from geometry.network.network import Layer, Network
from geometry.network.rounding import longest_sum

HIDDEN = BackSubstitution(fast_lin)  # bounds of hidden layers


@dataclass(frozen=True, eq=False)
class Secants:
    """Per hidden layer the range of its units' secant slopes, `least` to `greatest`, (n, units).

    `errors` (n, units) bounds the offsets of forward passes, 0 where no pass has one; None unless bounds are proofs.
    """

    least: Tensor
    greatest: Tensor
    errors: Tensor | None

    @classmethod
    def of(cls, bounds: Bounds, layer: Layer, below: Lines | None, ball: Perturbation) -> Secants:
        """Those of a layer between bounds of its pre-activations; `below` are the lines of the layer before."""
        (lower, upper), slope = bounds, layer.below
        least = torch.where(lower >= 0, 1.0, slope).to(lower)
        greatest = torch.where((upper <= 0) & (lower < 0), slope, 1.0).to(lower)
        if ball.arithmetic is None:
            return cls(least, greatest, None)
        offsets = unit_errors(layer.affine, largest_before(below, ball), ball.arithmetic)
        passing = ~(upper + 2 * offsets <= 0) | (slope > 0)
        return cls(least, greatest, torch.where(passing, 2 * offsets, 0.0))

    def __getitem__(self, samples: slice) -> Secants:
        errors = None if self.errors is None else self.errors[samples]
        return Secants(self.least[samples], self.greatest[samples], errors)


@dataclass(frozen=True)
class FastLip:
    """Functionals at the center of the set, less what the ranges of their secants allow them to fall."""

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden_bounds, lines = HIDDEN.hidden(network, ball, every_unit=True)
        last = network.layers[-1].affine
        weights, offset = dense_matrix(last)[None], last.bias[None]
        both = torch.cat([weights, -weights], 1), torch.cat([offset, -offset], 1)
        lower, negated = self._least(network, ball, *both, hidden_bounds, lines, None).chunk(2, 1)
        return [*hidden_bounds, (lower, -negated)]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        hidden_bounds, lines = HIDDEN.hidden(network, ball, every_unit=False)
        return self._least(network, ball, weights, offset, hidden_bounds, lines, sums)

    def _least(
        self,
        network: Network,
        ball: Perturbation,
        weights: Tensor,
        offset: Tensor,
        hidden_bounds: Sequence[Bounds],
        lines: Sequence[Lines],
        sums: Sums | None,
    ) -> Tensor:
        secants, activations, below = [], ball.center, None
        for layer, hidden, line in zip(network.hidden, hidden_bounds, lines):
            secants.append(Secants.of(hidden, layer, below, ball))
            activations, below = layer.activate(evaluate(layer.affine, activations)), line
        affines = [layer.affine for layer in network.hidden]
        length = max([network.input_units, *network.widths])

        def least(samples: slice, part: slice) -> tuple[Tensor]:
            own = slice(None) if len(weights) == 1 else samples
            rows, some = DenseFunctionals(weights[own, part]), ball[samples]
            low, high, lost = coefficient_ranges(rows, affines, [one[samples] for one in secants], some)
            value = rows.dot(activations[samples]) + offset[own, part]
            fall = lost + falls(low, high, some)
            return (value - fall - (0 if ball.arithmetic is None else _rounded(value, fall)),)

        (lower,) = in_batches(len(ball), weights.shape[1], 4 * length, ball.center.device, least)
        return proved_functionals(lower, weights, offset, largest_before(below, ball), ball, sums)


def coefficient_ranges(
    rows: DenseFunctionals, affines: Sequence[Affine], secants: Sequence[Secants], ball: Perturbation
) -> tuple[Tensor, Tensor, Tensor]:
    """The ranges of the coefficients on the input, and what the offsets of forward passes cost.

    `rows` (n or 1, m, units) are functionals of the activations of the last of these layers.

    Returns
    -------
    low, high (n, m, input_units), and (n, m)
    """
    n, m = len(ball), rows.coefficients.shape[1]
    low = high = rows.coefficients.expand(n, -1, -1)
    lost = low.new_zeros(n, m)
    for affine, slopes in zip(reversed(affines), reversed(secants)):
        least, greatest = slopes.least[:, None], slopes.greatest[:, None]
        if slopes.errors is not None:
            lost = lost + DenseFunctionals(torch.maximum(-low, high)).dot(slopes.errors)
        low, high = (
            low.clamp(max=0) * greatest + low.clamp(min=0) * least,
            high.clamp(min=0) * greatest + high.clamp(max=0) * least,
        )
        middle, half = (low + high) / 2, (high - low) / 2
        if slopes.errors is not None:
            tiny = torch.finfo(half.dtype).tiny * longest_sum(affine)
            half = half + relative_error(affine, REAL, half.dtype) * (middle.abs() + half) + tiny
        middle = substitute(DenseFunctionals(middle), affine).coefficients
        half = substitute(DenseFunctionals(half), affine.absolute()).coefficients
        low, high = middle - half, middle + half
    return low, high, lost


def falls(low: Tensor, high: Tensor, ball: Perturbation) -> Tensor:
    """(n, m) how far functionals whose coefficients lie between `low` and `high` can fall from the center.

    In a box, a coordinate that cannot rise gains nothing from `low`, one that cannot sink nothing from `high`.
    """
    rising, sinking = (-low).clamp(min=0), high.clamp(min=0)
    if ball.below is not None and ball.above is not None:
        rising, sinking = rising * (ball.above > 0)[:, None], sinking * (ball.below > 0)[:, None]
        limit = ball.reach
        ball = replace(ball, below=limit, above=limit)
    return ball.extent(DenseFunctionals(torch.maximum(rising, sinking)))[0]


def _rounded(value: Tensor, fall: Tensor) -> Tensor:
    """What the last sums and the sums of `lost` may be off by: their terms have one sign, but for three."""
    return 8 * torch.finfo(value.dtype).eps * (value.abs() + fall)


FAST_LIP = Bound(
    run=FastLip(),
    title="Fast-Lip",
    line="The largest Lipschitz constant that the units' slopes in the ball allow.",
    place=45,
    cost=back_substitution(passes=1, small=2.5),
    style=Style("#5CBF84", "2px,2px,8px,2px", "pentagon-open"),
)
