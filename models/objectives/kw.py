"""Wong and Kolter's robust training: the cross entropy of the worst-case logits, bounded by the dual network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from certify import margins
from certify.bounds.layerwise import functional_bounds
from certify.bounds.methods import margin_functionals
from certify.perturbation.perturbation import perturbation
from geometry.network.network import Network
from models.objectives.objective import Progress, Terms
from models.objectives.random_projections import check_projections, estimated_bounds
from models.objectives.record import ObjectiveRecord
from models.objectives.worst_case import Ramped, converted, in_parts, points_at_once, worst_cross_entropy


@dataclass(frozen=True)
class KW(Ramped):
    """Cross entropy of -J_eps, the dual network's bounds of the margins (Fast-Lin): an upper bound of any attack's.

    Parameters
    ----------
    eps, p, box : the perturbation set; see `WorstCase`
    ramp, start : share of the epochs over which eps grows, and share of eps it begins with; see `Ramped`
    projections : number k of random projections that *estimate* hidden bounds in training (for p = inf, and p = 2
        without a box), for wide layers; the loss is then an estimate too. 0 is exact.

    Source: KW eq. (14) with Algorithm 1; for projections Wong et al. (2018).
    """

    projections: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_projections(self.projections, self.p, self.box is not None)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        exact, radius = converted(network, x), self.radius(progress)
        if self.projections:
            return {"robust": worst_cross_entropy(self._estimated_margins(exact, x, y, radius, random), y)}

        def terms(x: Tensor, y: Tensor) -> Terms:
            least = margins(exact, x, y, radius, self.p, "fast-lin", self.box, differentiable=True)
            return {"robust": worst_cross_entropy(least, y)}

        return in_parts(terms, x, y, points_at_once(exact, self.p, self.box), exact.weights())

    def _estimated_margins(
        self, network: Network, x: Tensor, y: Tensor, radius: float, random: torch.Generator
    ) -> Tensor:
        """(n, K) margins on estimated hidden bounds; the last layer has few rows and stays exact."""
        ball = perturbation(x, radius, self.p, self.box, network.input_shape)
        _, lines = estimated_bounds(network, ball, self.projections, random)
        weights, offset, others = margin_functionals(network, y)
        least = functional_bounds(network, weights, offset, lines, ball)
        return least.new_zeros(len(x), network.classes).scatter(1, others, least)


KW_ROBUST = ObjectiveRecord(
    run=KW,
    title="KW robust",
    line="Minimises Wong and Kolter's upper bound of the loss that any attack within ε can cause.",
)
