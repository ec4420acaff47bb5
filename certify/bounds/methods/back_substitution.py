"""Back-substitution as a bounding method: a relaxation's lines, pulled back to the input (Fast-Lin, CROWN)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from certify.bounds.interval import Bounds, interval_bounds
from certify.bounds.layerwise import drawn, functional_bounds, layerwise_bounds, unit_bounds
from certify.bounds.records import Bound, Style
from certify.bounds.relaxations import Lines, Relaxation, crown, fast_lin
from certify.costs import BISECTIONS, back_substitution
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


CROWN_INTERVAL = Bound(
    run=BackSubstitution(crown, hidden_by_interval=True),
    title="CROWN-IBP",
    line="CROWN's lines between interval bounds: quick and often tighter than intervals.",
    place=40,
    cost=lambda work: work.radius + BISECTIONS * (4 + work.classes) * work.forward,
    style=Style("#6CC08B", "dash", "square-open"),
)
FAST_LIN = Bound(
    run=BackSubstitution(fast_lin),
    title="Fast-Lin",
    line="Each unstable unit between two parallel lines, traced back to the input; KW's dual.",
    place=50,
    cost=back_substitution(passes=1, small=1.5),
    style=Style("#4DB87A", "longdash", "diamond-open"),
)
CROWN = Bound(
    run=BackSubstitution(crown),
    title="CROWN",
    line="As Fast-Lin, with the lower line that leaves less area.",
    place=60,
    cost=back_substitution(passes=2, small=2),
    style=Style("#1C7F4C", "14px,3px,2px,3px,2px,3px", "circle"),
)
