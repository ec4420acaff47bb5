"""SABR: interval bounds of small boxes around attacked points, a compromise between adversarial training and IBP."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from certify import margins
from geometry.network.network import Network
from models.objectives.ascent import Ascent
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord, Option
from models.objectives.schedules import check_share
from models.objectives.worst_case import WarmedUp, converted, in_parts, points_at_once, worst_cross_entropy


@dataclass(frozen=True)
class SABR(WarmedUp):
    """The cross entropy of the worst-case logits by interval arithmetic, on a small ball around an attacked point.

    The small ball has the radius ratio * eps, and its centre is found by an attack within (1 - ratio) * eps. So it lies
    in the ball of radius eps, and the loss is smaller than IBP's, but it bounds the small ball alone.

    Parameters
    ----------
    eps, p, box : the perturbation set; see `WorstCase`. The small ball is cut by the box, too
    warm_up, ramp : shares of the epochs without perturbation, and over which eps then grows from 0
    ratio : λ, the subselection ratio; 1 is IBP without its clean loss, 0 is adversarial training on all points
    steps, step_size : of the attack; see `Ascent`

    Source: Müller et al. (2023), Certified training: small boxes are all you need, §3; ratio .4 for MNIST at .1.
    """

    ratio: float = 0.4
    steps: int = 10
    step_size: float = 2.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("ratio", self.ratio)
        self._ascent()

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        exact, radius = converted(network, x), self.radius(progress)
        centres = self._ascent().attack(network, x, y, (1 - self.ratio) * radius, random)

        def terms(x: Tensor, y: Tensor) -> Terms:
            least = margins(exact, x, y, self.ratio * radius, self.p, "interval", self.box, differentiable=True)
            return {"robust": worst_cross_entropy(least, y)}

        size = points_at_once(exact, self.p, self.box, back_substitution=False)
        return in_parts(terms, centres, y, size, exact.weights())

    def numbers(self, network: Network, points: int, *, back_substitution: bool = False) -> float:
        return super().numbers(network, points, back_substitution=back_substitution)

    def _ascent(self) -> Ascent:
        return Ascent(self.p, self.steps, self.box, self.step_size)


RATIO = Option("ratio", "λ", "ratio", "The small box, as a share of ε: 1 is IBP, 0 an attack alone.", share=True)
SABR_ROBUST = ObjectiveRecord(
    run=SABR,
    title="SABR",
    line="IBP on a small box around an attacked point, which lies within ε.",
    options=(RATIO,),
)
