"""A network on a perturbation set, without the units that are stable there.

A unit that cannot change its sign is linear, and is eliminated. The unstable units u with activations a remain, and
functionals of interest f, each an affine function of the step delta = x' - center and the units below:

    z = inputs delta + below a + constant,      f = f_inputs delta + f_below a + f_constant.

Few units are unstable even in large networks, and convolutions have become matrices. So a bound of f by
back-substitution costs little here, and thousands of them, each with lines of its own, are a few matrix products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from certify.bounds.functionals import DenseFunctionals
from certify.perturbation.arithmetic import REAL
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import FEW, functional_errors, gamma, lost_to_underflow, relative_error
from certify.records import Bounds
from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import check_cancelled
from geometry.network.affine import Affine, evaluate
from geometry.network.network import Network


@dataclass(frozen=True, eq=False)
class ChosenLines:
    """Lines of every unstable unit, one set per row: `lower` z <= a <= `upper` z + `intercept`, each (n, units).

    `multipliers` (n, units): a row's bound holds where every multiplier times its z is at least 0, so where a unit is
    on (multiplier >= 0) or off (<= 0).
    """

    lower: Tensor
    upper: Tensor
    intercept: Tensor
    multipliers: Tensor


@dataclass(frozen=True, eq=False)
class Worst:
    """Where a bound is attained in the relaxation: the step (n, d), and each unit's z there (n, units).

    `weights` (n, units) are the coefficients of the activations. Together they are the bound's gradient.
    """

    step: Tensor
    z: Tensor
    weights: Tensor


@dataclass(frozen=True, eq=False)
class UnstableSubnetwork:
    """See above. All units in the order of the layers: `below` is zero but for units of lower `layers`.

    `low` < 0 < `high` (units,) bound z; `slopes` (units,) are the activations' for z < 0. `units` are their
    positions in the network, per hidden layer.

    For rounding: `error` (units,) and `f_error` (m,) bound the errors of z and f, as written above, the rounding of
    their own sums included; `largest` (units,) bounds the activations.
    """

    ball: Perturbation  # around 0, one sample
    layers: tuple[slice, ...]
    units: tuple[Tensor, ...]
    inputs: Tensor  # (units, d)
    below: Tensor  # (units, units)
    constant: Tensor  # (units,)
    low: Tensor
    high: Tensor
    slopes: Tensor
    error: Tensor
    largest: Tensor
    f_inputs: Tensor  # (m, d)
    f_below: Tensor  # (m, units)
    f_constant: Tensor  # (m,)
    f_error: Tensor

    def __len__(self) -> int:
        return len(self.constant)

    @cached_property
    def chord(self) -> Tensor:
        """(units,) slopes of the upper lines of open units."""
        return (self.high - self.slopes * self.low) / (self.high - self.low)

    @cached_property
    def intercept(self) -> Tensor:
        """(units,) of the upper lines of open units."""
        return (self.slopes - 1) * self.low * (self.high / (self.high - self.low))

    def single(self) -> UnstableSubnetwork:
        """The same in float32."""
        ball = self.ball
        below, above = (None if limit is None else limit.float() for limit in (ball.below, ball.above))
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        values = {name: value.float() if isinstance(value, Tensor) else value for name, value in values.items()}
        values["ball"] = Perturbation(ball.center.float(), ball.eps.float(), ball.p, below, above, ball.arithmetic)
        return UnstableSubnetwork(**values)

    def lower_bounds(self, indices: Tensor, lines: ChosenLines) -> Tensor:
        """(n,) a lower bound of functional `indices[i]` by the lines i: no step of the set has less where they hold.

        Proved in float64: less a bound on its rounding error.
        """
        constant, coefficients, _ = self.substituted(indices, lines)
        return constant - self.ball.extent(DenseFunctionals(coefficients[None]))[0][0]

    def lower_bounds_and_worst(self, indices: Tensor, lines: ChosenLines) -> tuple[Tensor, Worst]:
        """The same, and where it is attained: the forward pass through the lines from the worst step."""
        constant, coefficients, weights = self.substituted(indices, lines)
        with torch.enable_grad():
            coefficients.requires_grad_()
            fall = self.ball.extent(DenseFunctionals(coefficients[None]))[0][0]
            step = -torch.autograd.grad(fall.sum(), coefficients)[0]
        z = step @ self.inputs.T + self.constant
        a = torch.empty_like(z)
        for layer in self.layers:
            check_cancelled()
            if layer.start:
                z[:, layer] += a[:, : layer.start] @ self.below[layer, : layer.start].T
            low, high = lines.lower[:, layer] * z[:, layer], lines.upper[:, layer] * z[:, layer]
            a[:, layer] = torch.where(weights[:, layer] > 0, low, high + lines.intercept[:, layer])
        return constant - fall.detach(), Worst(step, z, weights)

    def substituted(self, indices: Tensor, lines: ChosenLines) -> tuple[Tensor, Tensor, Tensor]:
        """The bound as a functional of the step: (n,) constant, (n, d) coefficients; and the activations' weights.

        Where the lines hold, the functional `indices[i]` is at least this on the set: the constant is less a bound on
        the rounding error. As in `certify.perturbation.rounding`, a coefficient s on z costs |s| times `error`, and one
        on an activation a the error of its lines, at most gamma intercept + 16 eps |a|.
        """
        weights, constant = self.f_below[indices], self.f_constant[indices]
        sloped = torch.empty_like(weights)
        for layer in reversed(self.layers):
            check_cancelled()
            here = weights[:, layer]
            rising, falling = here.clamp(min=0), here.clamp(max=0)
            constant = constant + (falling * lines.intercept[:, layer]).sum(1)
            pulled = rising * lines.lower[:, layer] + falling * lines.upper[:, layer]
            sloped[:, layer] = pulled - lines.multipliers[:, layer]
            if layer.start:
                weights[:, : layer.start] += sloped[:, layer] @ self.below[layer, : layer.start]
        dtype, terms = constant.dtype, weights.shape[1] + FEW
        lines_lose = gamma(terms, dtype) * lines.intercept + 16 * torch.finfo(dtype).eps * self.largest
        lost = self.f_error[indices] + sloped.abs() @ self.error + (weights.abs() * lines_lose).sum(1)
        constant = constant + sloped @ self.constant
        lost = lost + terms * torch.finfo(dtype).eps * constant.abs()
        return constant - lost, self.f_inputs[indices] + sloped @ self.inputs, weights


@torch.no_grad()
def unstable_subnetwork(
    network: Network, ball: Perturbation, hidden: Sequence[Bounds], weights: Tensor, offset: Tensor
) -> UnstableSubnetwork:
    """Reduce the network on a single perturbation set.

    Parameters
    ----------
    network : in float64
    ball : one sample, in float64
    hidden : per hidden layer valid (lower, upper), each (units,)
    weights, offset : (m, units) and (m,) functionals of the last hidden layer's activations; without hidden layers of
        the input
    """
    d, count, ball = network.input_units, 0, ball.proving()
    fixed, moving = ball.center, torch.eye(d, dtype=ball.center.dtype)  # activations: constant, and by delta and a
    reach, off = ball.reach, torch.zeros_like(ball.center)  # of delta and a; and what the activations are off by
    parts: list[tuple[Tensor, ...]] = []
    layers, units = [], []
    for layer, (lower, upper) in zip(network.hidden, hidden):
        error = _written_out_errors(layer.affine, off, reach @ moving.abs() + fixed.abs())
        fixed, moving = evaluate(layer.affine, fixed), layer.affine.linear(moving)
        bends, slope = torch.from_numpy(layer.bending()), torch.from_numpy(layer.slopes())
        unstable = torch.nonzero((lower < 0) & (upper > 0) & bends).flatten()
        rows, bounds = moving[:, unstable].T, (lower[unstable], upper[unstable], slope[unstable])
        parts.append((rows[:, :d], rows[:, d:], fixed[0, unstable], *bounds, error[0, unstable]))
        factor = torch.where(lower >= 0, 1.0, slope)
        factor[unstable] = 0
        fixed, off = fixed * factor, error * factor
        reach = torch.cat([reach, torch.maximum(-lower, upper)[None, unstable]], 1)
        moving = torch.cat([moving * factor, F.one_hot(unstable, layer.units).to(fixed)])
        layers.append(slice(count, count := count + len(unstable)))
        units.append(unstable)
    all_inputs, all_below, *rest = zip(*parts) if parts else ((moving[:0],), (moving[:0, :0],), *[(fixed[0, :0],)] * 5)
    constant, low, high, slopes, errors = (torch.cat(values) for values in rest)
    functionals = weights @ moving.T
    sizes = reach @ moving.abs() + fixed.abs()
    off_by = functional_errors(weights[None], offset[None], sizes + off, REAL)[0] + (weights.abs() @ off.T)[:, 0]
    terms = gamma(d + count + FEW, fixed.dtype)
    inputs = torch.cat(all_inputs)
    below = torch.cat([F.pad(part, (0, count - part.shape[1])) for part in all_below])
    written = torch.cat([inputs, below], 1).abs() @ reach[0] + constant.abs()
    return UnstableSubnetwork(
        ball=replace(ball, center=torch.zeros_like(ball.center)),
        layers=tuple(layer for layer in layers if layer.start < layer.stop),
        units=tuple(units),
        inputs=inputs,
        below=below,
        constant=constant,
        low=low,
        high=high,
        slopes=slopes,
        error=errors + terms * written,
        largest=reach[0, d:],
        f_inputs=functionals[:, :d].contiguous(),
        f_below=functionals[:, d:].contiguous(),
        f_constant=weights @ fixed[0] + offset,
        f_error=off_by + terms * (functionals.abs() @ reach[0] + (weights @ fixed[0] + offset).abs()),
    )


def _written_out_errors(affine: Affine, off: Tensor, sizes: Tensor) -> Tensor:
    """(1, units) bounds on the error of W a + b as an affine function of delta and the units below.

    `off` (1, in_units) are those of a, and `sizes` bounds the sums of the absolute values of its terms: the new sums
    lose at most gamma (|W| sizes + |b|), in addition to |W| off.
    """
    error, absolute = relative_error(affine, REAL, sizes.dtype), affine.absolute()
    lost = lost_to_underflow(affine, sizes, REAL)
    return absolute.linear(off + error * (sizes + off)) + error * absolute.bias + lost
