"""Interval bound propagation (IBP) as a training objective, also mixed with CROWN-IBP's tighter bounds."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify import margins
from geometry.network.network import Network, as_network, class_scores
from models.objectives.objective import Progress, Terms
from models.objectives.record import ObjectiveRecord, Option
from models.objectives.schedules import check_share
from models.objectives.worst_case import WarmedUp, in_parts, points_at_once, worst_cross_entropy


@dataclass(frozen=True)
class IBP(WarmedUp):
    """kappa times the cross entropy, and 1 - kappa times that of the worst-case logits by interval arithmetic.

    Parameters
    ----------
    eps, p, box : the perturbation set; see `WorstCase`
    warm_up : share of the epochs without perturbation
    ramp : share of the epochs after it over which eps grows from 0, and kappa falls from 1 to its value
    kappa : final weight of the clean cross entropy

    Source: Gowal et al. (2018), eq. (12) and §3; shares of CROWN-IBP's 200 epochs on MNIST.
    """

    kappa: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("kappa", self.kappa)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        clean = class_scores(network(x))  # first, as it updates BatchNorm's statistics, which the bounds use
        kappa = self.during_ramp(progress, 1, self.kappa)
        if kappa == 1:
            return {"clean": F.cross_entropy(clean, y), "robust": clean.new_zeros(())}
        converted = as_network(network, tuple(x.shape[1:]), compare="once")

        def robust(x: Tensor, y: Tensor) -> Terms:
            return {"robust": (1 - kappa) * worst_cross_entropy(self.margins(converted, x, y, progress), y)}

        size = points_at_once(converted, self.p, self.box, back_substitution=False)
        return {"clean": kappa * F.cross_entropy(clean, y), **in_parts(robust, x, y, size, converted.weights())}

    def numbers(self, network: Network, points: int, *, back_substitution: bool = False) -> float:
        return super().numbers(network, points, back_substitution=back_substitution)

    def margins(self, network: Network, x: Tensor, y: Tensor, progress: Progress) -> Tensor:
        """(n, K) lower bounds of the margins at this moment's radius."""
        return self._by("interval", network, x, y, progress)

    def _by(self, method: str, network: Network, x: Tensor, y: Tensor, progress: Progress) -> Tensor:
        return margins(network, x, y, self.radius(progress), self.p, method, self.box, differentiable=True)


@dataclass(frozen=True)
class CrownIBP(IBP):
    """IBP whose margins are mixed with tighter ones while eps grows: beta CROWN-IBP + (1 - beta) IBP.

    CROWN-IBP is back-substitution of the last layer on the intervals of the others. beta falls from 1 to its final
    value during the ramp, so that training begins with the tighter bound and ends with the one that trains better.

    Parameters
    ----------
    eps, p, box, warm_up, ramp, kappa : see `IBP`
    beta : final share of the CROWN-IBP margins

    Source: Zhang et al. (2019), Towards stable and efficient training of verifiably robust neural networks, eq. (10).
    """

    beta: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_share("beta", self.beta)

    def margins(self, network: Network, x: Tensor, y: Tensor, progress: Progress) -> Tensor:
        beta = self.during_ramp(progress, 1, self.beta)
        least = torch.zeros((), dtype=x.dtype, device=x.device)
        if beta > 0:
            least = beta * self._by("crown-interval", network, x, y, progress)
        return least + (1 - beta) * self._by("interval", network, x, y, progress) if beta < 1 else least


KAPPA = Option("kappa", "κ", "kappa", "Share of the clean loss in the end.", share=True)
BETA = Option("beta", "β", "beta", "Share of CROWN-IBP's bound in the end.", share=True)
IBP_ROBUST = ObjectiveRecord(
    run=IBP,
    title="IBP",
    line="Minimises the loss of the worst case by interval arithmetic, while ε grows.",
    options=(KAPPA,),
)
CROWN_IBP = ObjectiveRecord(
    run=CrownIBP,
    title="CROWN-IBP",
    line="IBP whose bounds begin with CROWN's, tighter at first.",
    options=(KAPPA, BETA),
)
