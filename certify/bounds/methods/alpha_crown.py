"""alpha-CROWN: the slope of every unstable unit's lower line, chosen for each functional so that its bound is best.

Any slope between the activation's own and 1 gives a valid lower line: these are the free variables of KW's dual
(Wong & Kolter 2018, Theorem 1). The bound is ascended in them by projected gradient steps (Adam), from CROWN's
choice, and the best value of all steps is kept. So it is never below CROWN's on the same hidden bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from certify.bounds.backward import lower_bound
from certify.bounds.batches import in_batches
from certify.bounds.functionals import DenseFunctionals, PatchFunctionals, unit_functionals
from certify.bounds.interval import Bounds, first_layer
from certify.bounds.layerwise import (
    drawn,
    largest_before,
    proved_functionals,
    proved_units,
    unit_bounds,
    where_undecided,
)
from certify.bounds.methods.crown import crown
from certify.bounds.relaxations import Lines
from certify.costs import back_substitution
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums
from certify.records import Bound, Style
from geometry.computation.cancellation import check_cancelled
from geometry.network.network import Layer, Network


@dataclass(frozen=True)
class AlphaCrown:
    """CROWN on this method's own bounds of the layers below, then optimised slopes for each unit left unstable."""

    steps: int = 20
    rate: float = 0.25

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden_bounds, lines = self._hidden(network, ball)
        return [*hidden_bounds, self._units(network, len(network.hidden), None, lines, ball)]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        lines = self._hidden(network, ball)[1]
        best = self._best(network.hidden, weights, offset, lines, ball)
        return proved_functionals(best, weights, offset, largest_before(lines[-1] if lines else None, ball), ball, sums)

    def _hidden(self, network: Network, ball: Perturbation) -> tuple[list[Bounds], list[Lines]]:
        hidden_bounds: list[Bounds] = []
        lines: list[Lines] = []
        for k, layer in enumerate(network.hidden):
            if k == 0:
                hidden_bounds.append(first_layer(layer.affine, ball))
            else:
                by_crown = unit_bounds(network, k, None, lines, ball)
                by_slopes = partial(self._units, network, k, lines=lines, ball=ball)
                hidden_bounds.append(where_undecided(by_crown, layer, by_slopes))
            lines.append(drawn(crown, hidden_bounds[-1], layer, lines[-1] if lines else None, ball))
        return hidden_bounds, lines

    def _units(
        self, network: Network, k: int, units: Tensor | None, lines: Sequence[Lines], ball: Perturbation
    ) -> Bounds:
        affine = network.layers[k].affine
        rows = unit_functionals(affine, units)
        weights = (rows.dense() if isinstance(rows, PatchFunctionals) else rows).coefficients
        offset = affine.bias[None] if units is None else affine.bias[units]
        offset = offset.expand(len(ball), -1)
        weights = weights.expand(len(ball), -1, -1)
        lower = self._best(network.layers[:k], weights, offset, lines, ball)
        upper = -self._best(network.layers[:k], -weights, -offset, lines, ball)
        return proved_units((lower, upper), affine, units, lines, ball)

    def _best(
        self, layers: Sequence[Layer], weights: Tensor, offset: Tensor, lines: Sequence[Lines], ball: Perturbation
    ) -> Tensor:
        """(n, m) the best lower bounds of all steps of <weights, a> + offset of the last of the layers' activations."""
        length = max([ball.center.shape[1], *(layer.units for layer in layers)])

        def least(samples: slice, part: slice) -> tuple[Tensor]:
            cut = [line[samples] for line in lines]
            return (self._ascend(layers, weights[samples, part], offset[samples, part], cut, ball[samples]),)

        (lower,) = in_batches(len(ball), weights.shape[1], 4 * length, ball.center.device, least)
        return lower

    def _ascend(
        self, layers: Sequence[Layer], weights: Tensor, offset: Tensor, lines: Sequence[Lines], ball: Perturbation
    ) -> Tensor:
        affines = [layer.affine for layer in layers]
        drawn_slopes = [line.lower.detach()[:, None].expand(-1, weights.shape[1], -1) for line in lines]
        columns = [line.unstable.any(dim=0).nonzero()[:, 0] for line in lines]  # the others' slopes are given
        open_here = [line.unstable[:, None, units] for line, units in zip(lines, columns)]
        floors = [
            layer.below[units] if isinstance(layer.below, Tensor) else weights.new_full((len(units),), layer.below)
            for layer, units in zip(layers, columns)
        ]
        chosen = slopes = [slope[:, :, units] for slope, units in zip(drawn_slopes, columns)]
        best, state = None, [(torch.zeros_like(slope), torch.zeros_like(slope)) for slope in slopes]

        def bound(weights: Tensor, slopes: Sequence[Tensor]) -> Tensor:
            whole = [given.index_copy(2, units, own) for given, units, own in zip(drawn_slopes, columns, slopes)]
            return lower_bound(DenseFunctionals(weights), offset, affines, lines, ball, whole)

        for step in range(self.steps if any(map(len, columns)) else 0):
            check_cancelled()
            slopes = [slope.detach().requires_grad_() for slope in slopes]
            with torch.enable_grad():
                value = bound(weights.detach(), slopes)
                gradients = torch.autograd.grad(value.sum(), slopes)
            value = value.detach()
            better = torch.ones_like(value, dtype=torch.bool) if best is None else value > best
            best = value if best is None else torch.maximum(best, value)
            chosen = [torch.where(better[:, :, None], slope.detach(), kept) for slope, kept in zip(slopes, chosen)]
            size = self.rate * (1 - step / self.steps)
            for j, (gradient, (mean, square)) in enumerate(zip(gradients, state)):
                mean.lerp_(gradient, 0.1)
                square.lerp_(gradient**2, 0.01)
                unbiased = mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.99 ** (step + 1))
                moved = slopes[j].detach() + size * unbiased[0] / (unbiased[1].sqrt() + 1e-12)
                moved = torch.maximum(moved.clamp(max=1), floors[j])
                slopes[j] = torch.where(open_here[j], moved, slopes[j].detach())
        return bound(weights, chosen)


ALPHA_CROWN = Bound(
    run=AlphaCrown(),
    title="α-CROWN",
    line="CROWN with every unstable unit's lower line chosen to prove the most.",
    place=100,
    cost=back_substitution(passes=20, small=20),
    largest=2_000_000,
    style=Style("#146C40", "longdashdot", "square"),
)
