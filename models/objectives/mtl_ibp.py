"""MTL-IBP: a weighted mean of the loss of an attack, a lower bound of the worst case, and of IBP's upper bound."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify import margins
from geometry.network.network import Network, as_network, class_scores
from models.objectives.ascent import Ascent
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord, Option
from models.objectives.schedules import check_share
from models.objectives.worst_case import WarmedUp, in_parts, points_at_once, worst_cross_entropy


@dataclass(frozen=True)
class MTLIBP(WarmedUp):
    """(1 - alpha) times the cross entropy of attacked points, and alpha times that of IBP's worst-case logits.

    Parameters
    ----------
    eps, p, box : the perturbation set of both; see `WorstCase`
    warm_up, ramp : shares of the epochs without perturbation, and over which eps then grows from 0
    alpha : weight of IBP's bound; 1 is IBP without its clean loss, 0 is adversarial training on all points
    steps, step_size : of the attack; see `Ascent`

    Source: De Palma et al. (2024), Expressive losses for verified robustness via convex combinations, eq. (8).
    """

    alpha: float = 0.1
    steps: int = 10
    step_size: float = 2.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("alpha", self.alpha)
        self._ascent()

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        radius = self.radius(progress)
        moved = self._ascent().attack(network, x, y, radius, random)
        attacked = class_scores(network(moved))  # first, as it updates BatchNorm's statistics, which the bounds use
        exact = as_network(network, tuple(x.shape[1:]), compare="once")

        def robust(x: Tensor, y: Tensor) -> Terms:
            least = margins(exact, x, y, radius, self.p, "interval", self.box, differentiable=True)
            return {"robust": self.alpha * worst_cross_entropy(least, y)}

        size = points_at_once(exact, self.p, self.box, back_substitution=False)
        bounded = in_parts(robust, x, y, size, exact.weights())
        return {"adversarial": (1 - self.alpha) * F.cross_entropy(attacked, y), **bounded}

    def numbers(self, network: Network, points: int, *, back_substitution: bool = False) -> float:
        return super().numbers(network, points, back_substitution=back_substitution)

    def _ascent(self) -> Ascent:
        return Ascent(self.p, self.steps, self.box, self.step_size)


ALPHA = Option("alpha", "α", "alpha", "Weight of IBP's bound: 1 is IBP, 0 adversarial training.", share=True)
MTL_IBP = ObjectiveRecord(
    run=MTLIBP,
    title="MTL-IBP",
    line="A weighted mean of the loss after an attack within ε and of IBP's bound.",
    options=(ALPHA,),
)
