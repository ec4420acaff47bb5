"""SDP-CROWN in a domain of branch and bound: in l2 the open units of a layer share one ball.

A domain's bound replaces w a by s z + k, unit by unit. Where a sign is fixed, k is 0 and s the piece less a multiplier
beta >= 0 of the sign. An open unit has any slope s, and the k of `certify.bounds.methods.sdp_crown`: with one m >= 0
per layer, the least w a - s z + m/2 (z - c)^2 within the unit's bounds; the layer loses m/2 r^2. The ball of all
unstable units holds the open ones, too. With m = 0 and the chord's slopes this is `UnstableSubnetwork.lower_bounds`.

Source: Chiu et al. (2025), there without domains, and Wang et al. (2021) for beta.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from certify.bounds.functionals import DenseFunctionals
from certify.bounds.layerwise import drawn
from certify.bounds.methods.crown import crown
from certify.bounds.methods.sdp_crown import BESIDE, Coupled, coupled_layers
from certify.bounds.relaxations import Lines
from certify.exact import tuning
from certify.exact.unstable_subnetwork import UnstableSubnetwork
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import FEW
from certify.records import Bounds
from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Network


@dataclass(frozen=True, eq=False)
class CoupledSubnetwork:
    """The unstable units, with the ball of each of their layers.

    A state (n, 4, units) holds for each domain and unit: the slope at weights above 0, the multiplier of the sign, the
    slope at other weights, and the logarithm of m, the same for all units of a layer. `signs` (n, units) are 1, -1, and
    0 where a unit is open.
    """

    problem: UnstableSubnetwork
    balls: tuple[Coupled, ...]  # by the problem's layers, each of one sample

    def single(self) -> CoupledSubnetwork:
        """The same in float32."""
        return CoupledSubnetwork(self.problem.single(), tuple(ball.single() for ball in self.balls))

    def lower_bounds(self, indices: Tensor, signs: Tensor, state: Tensor) -> Tensor:
        """(n,) a lower bound of functional `indices[i]` in domain i, less a bound on its rounding error."""
        return self._bounds(indices, signs, state)[0]

    def first_state(self, indices: Tensor, signs: Tensor, slopes: Tensor) -> Tensor:
        """(n, 4, units) from uncoupled lower slopes (n, units): the best of few m, layer by layer."""
        problem = self.problem
        falling = torch.maximum(BESIDE * problem.chord, problem.slopes).expand_as(slopes)
        state = torch.stack([slopes, torch.zeros_like(slopes), falling, torch.zeros_like(slopes)], 1)
        state[:, 3] = self._bounds(indices, signs, state, search=True)[1]
        return state

    def ascended(self, indices: Tensor, signs: Tensor, state: Tensor, steps: int) -> Tensor:
        """The best state of `steps` projected gradient steps (Adam)."""
        starts, units = zip(*((layer.start, layer.stop - layer.start) for layer in self.problem.layers))
        lines, logs = state[:, :3].clone().requires_grad_(), state[:, 3, starts].clone().requires_grad_()
        least = torch.stack([self.problem.slopes, torch.zeros_like(self.problem.slopes), self.problem.slopes])
        most = torch.ones_like(least)
        most[1] = torch.inf
        optimizer, repeated = torch.optim.Adam([lines, logs], lr=tuning.ASCENT_RATE), torch.tensor(units)
        best, highest = state, state.new_full((len(state),), -torch.inf)
        for step in range(steps + 1):
            check_cancelled()
            with torch.enable_grad():
                now = torch.cat([lines, logs.repeat_interleave(repeated, 1)[:, None]], 1)
                values, _ = self._bounds(indices, signs, now)
                if step < steps:
                    lines.grad, logs.grad = torch.autograd.grad(-values.sum(), [lines, logs])
            better = values.detach() > highest
            highest = torch.maximum(highest, values.detach())
            best = torch.where(better[:, None, None], now.detach(), best)
            optimizer.step()
            with torch.no_grad():
                lines.clamp_(least, most)
        return best

    def _bounds(self, indices: Tensor, signs: Tensor, state: Tensor, search: bool = False) -> tuple[Tensor, Tensor]:
        """(n,) the bounds, and (n, units) the logarithms of m; if asked, of the best of few.

        Rounding costs what it does in `UnstableSubnetwork.substituted`, and the errors of the offsets in place of those
        of intercepts.
        """
        problem, (rising, multipliers, falling, logs) = self.problem, state.unbind(1)
        weights, constant, lost = problem.f_below[indices], problem.f_constant[indices], problem.f_error[indices]
        coefficients, sizes, eps = problem.f_inputs[indices], constant.abs(), torch.finfo(state.dtype).eps
        logs = logs.clone() if search else logs
        for layer, ball in zip(reversed(problem.layers), reversed(self.balls)):
            check_cancelled()
            w, sign, own = weights[:, layer], signs[:, layer], problem.slopes[layer]
            # float32 may have rounded a slope to less than the activation's own
            slope = torch.maximum(torch.where(w > 0, rising[:, layer], falling[:, layer]), own)
            s = w * torch.where(sign == 0, slope, torch.where(sign > 0, 1.0, own))
            units = replace(ball, unstable=sign == 0)
            if search:
                logs[:, layer] = units.first_multiplier(w[:, None], s[:, None])[1].log()
            offset, error = units.offsets(w[:, None], s[:, None], logs[:, layer.start, None].exp())
            pulled = s - sign * multipliers[:, layer]
            constant = constant + offset[:, 0] + pulled @ problem.constant[layer]
            coefficients = coefficients + pulled @ problem.inputs[layer]
            lost = lost + (error[:, 0] if isinstance(error, Tensor) else error)
            lost = lost + pulled.abs() @ problem.error[layer] + 16 * eps * w.abs() @ problem.largest[layer]
            sizes = sizes + offset[:, 0].abs()
            weights = weights[:, : layer.start] + pulled @ problem.below[layer, : layer.start]
        lost = lost + (len(problem) + FEW) * eps * (sizes + constant.abs())
        extent = problem.ball.extent(DenseFunctionals(coefficients[None]))[0][0]
        return constant - lost - extent, logs


def coupled_subnetwork(
    network: Network, ball: Perturbation, hidden: Sequence[Bounds], problem: UnstableSubnetwork
) -> CoupledSubnetwork:
    """The balls of a problem's layers, from the same set and the same bounds of hidden units."""
    ball, lines = ball.proving(), list[Lines]()
    bounds = [(lower[None], upper[None]) for lower, upper in hidden]
    for layer, limits in zip(network.hidden, bounds):
        lines.append(drawn(crown, limits, layer, lines[-1] if lines else None, ball))
    layers = zip(coupled_layers(network, bounds, lines, ball), problem.units)
    return CoupledSubnetwork(problem, tuple(layer.of_units(units) for layer, units in layers if len(units)))
