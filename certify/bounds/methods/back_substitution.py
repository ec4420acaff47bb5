"""Back-substitution as a bounding method, for any relaxation: Fast-Lin and CROWN differ in their lines alone."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from certify.bounds.interval import Bounds, interval_bounds
from certify.bounds.layerwise import drawn, functional_bounds, layerwise_bounds, unit_bounds
from certify.bounds.relaxations import Lines, Relaxation
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums
from geometry.network.network import Network


@dataclass(frozen=True)
class BackSubstitution:
    """Lines from one relaxation, pulled back to the input; hidden bounds by the same method, or by intervals."""

    relaxation: Relaxation
    hidden_by_interval: bool = False

    def hidden(self, network: Network, ball: Perturbation, every_unit: bool) -> tuple[list[Bounds], list[Lines]]:
        """Bounds of the hidden layers and the lines drawn from them; see `layerwise_bounds` for `every_unit`."""
        if not network.hidden:
            return [], []
        if not self.hidden_by_interval:
            return layerwise_bounds(network, ball, self.relaxation, every_unit)
        hidden_bounds = list(interval_bounds(network.hidden, ball))
        lines: list[Lines] = []
        for bound, layer in zip(hidden_bounds, network.hidden):
            lines.append(drawn(self.relaxation, bound, layer, lines[-1] if lines else None, ball))
        return hidden_bounds, lines

    def bounds(self, network: Network, ball: Perturbation) -> list[Bounds]:
        hidden_bounds, lines = self.hidden(network, ball, every_unit=True)
        return [*hidden_bounds, unit_bounds(network, len(network.hidden), None, lines, ball)]

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        _, lines = self.hidden(network, ball, every_unit=False)
        return functional_bounds(network, weights, offset, lines, ball, sums)
