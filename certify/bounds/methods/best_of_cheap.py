"""The best of the cheap methods, layer by layer: intervals, Fast-Lin and CROWN on each other's bounds.

Each layer's bounds are the best of four methods' own (intervals, Fast-Lin, CROWN, CROWN-IBP), and of Fast-Lin's and
CROWN's lines between the best bounds of the layers below. So they are never looser than any of the four. Lines between
better bounds alone would not do: in a narrower range a method may choose a lower line of another slope, which can be
worse for a given functional.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from certify.bounds.interval import Bounds, interval_bounds, through
from certify.bounds.layerwise import drawn, functional_bounds, unit_bounds, where_undecided
from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.methods.crown import crown
from certify.bounds.methods.fast_lin import fast_lin
from certify.bounds.methods.interval_arithmetic import Interval
from certify.bounds.relaxations import Lines
from certify.costs import back_substitution
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums
from certify.records import Bound, Style
from geometry.network.network import Network

RELAXATIONS = (fast_lin, crown)
ALONE = (*map(BackSubstitution, RELAXATIONS), BackSubstitution(crown, hidden_by_interval=True))


@dataclass(frozen=True)
class BestOfCheap:
    """The four methods alone, and Fast-Lin's and CROWN's lines between the best bounds of all."""

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden_bounds, lines = self._hidden(network, ball, every_unit=True)
        last = [unit_bounds(network, len(network.hidden), None, chosen, ball) for chosen in lines]
        *_, by_interval = interval_bounds(network.layers, ball)
        return [*hidden_bounds, _best([by_interval, *last])]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        _, lines = self._hidden(network, ball, every_unit=False)
        values = [functional_bounds(network, weights, offset, chosen, ball, sums) for chosen in lines]
        if network.hidden:
            values.append(Interval().functionals(network, ball, weights, offset, sums))
        return torch.stack(values).amax(0)

    def _hidden(self, network: Network, ball: Perturbation, every_unit: bool) -> tuple[list[Bounds], list[list[Lines]]]:
        """The best bounds of the hidden layers; the lines of each method alone, and those between the best bounds."""
        if not network.hidden:
            return [], [[]]
        alone = [method.hidden(network, ball, every_unit) for method in ALONE]
        together: list[list[Lines]] = [[] for _ in RELAXATIONS]
        hidden_bounds: list[Bounds] = []
        for k, layer in enumerate(network.hidden):
            candidates = [bounds[k] for bounds, _ in alone]
            if k > 0:
                before, (lower, upper) = network.hidden[k - 1], hidden_bounds[-1]
                candidates.append(
                    through(layer.affine, before.activate(lower), before.activate(upper), ball.arithmetic)
                )
                best = _best(candidates)
                for lines in together:
                    by_lines = partial(unit_bounds, network, k, lines=lines, ball=ball)
                    candidates.append(by_lines(None) if every_unit else where_undecided(best, layer, by_lines))
            hidden_bounds.append(_best(candidates))
            for relaxation, lines in zip(RELAXATIONS, together):
                lines.append(drawn(relaxation, hidden_bounds[-1], layer, lines[-1] if lines else None, ball))
        return hidden_bounds, [*(lines for _, lines in alone), *together]


def _best(several: Sequence[Bounds]) -> Bounds:
    """The intersection. Bounds that cross by rounding, where they are no proofs, become equal."""
    lower, upper = torch.stack([low for low, _ in several]).amax(0), torch.stack([high for _, high in several]).amin(0)
    return lower, torch.maximum(lower, upper)


BEST_OF_CHEAP = Bound(
    run=BestOfCheap(),
    title="Best of cheap",
    line="Every layer's bounds by the best of intervals, Fast-Lin and CROWN, on which the next builds.",
    place=65,
    cost=back_substitution(passes=6, small=8),
    style=Style("#187347", "6px,2px", "hexagram-open"),
)
