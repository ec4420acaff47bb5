"""Maximum margin regularizers (MMR): penalties on region and decision boundaries near the data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from certify.bounds.functionals import longest
from geometry.network.network import Network, class_scores
from geometry.norms import Norm, check_norm
from models.objectives.adversarial import Adversarial
from models.objectives.affine_pieces import Pieces, pieces_at
from models.objectives.hinge_distances import decision_hinges, region_hinges
from models.objectives.objective import Progress, Terms, plain_numbers
from models.objectives.record import LAMBDA, ObjectiveRecord, Option
from models.objectives.schedules import check_share, linear


@dataclass(frozen=True)
class MMR:
    """Cross entropy + λ mean[ max(0, 1 - d_B / gamma_B) + max(0, 1 - d_D / gamma_D) ].

    d_B is the distance to the nearest region boundary, d_D to the nearest decision hyperplane, negative where the
    label's class does not win. Distances ignore the box of legal inputs.

    Parameters
    ----------
    p : norm of the distances, 1, 2 or math.inf
    lam : λ, the weight of the regularizer
    gamma_B, gamma_D : target distances, in the units of the input
    ramp : share of the epochs over which the weight grows linearly from λ/10 to λ; the paper's 10 of 100

    Source: Croce et al. (2019), eq. (5).
    """

    p: Norm = math.inf
    lam: float = 1.0
    gamma_B: float = 0.1
    gamma_D: float = 0.1
    ramp: float = 0.1

    def __post_init__(self) -> None:
        check_norm(self.p)
        _check_weight(self.lam, self.ramp)
        _check_target("gamma_B", self.gamma_B)
        _check_target("gamma_D", self.gamma_D)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        cross_entropy, pieces = losses_and_pieces(network, x, y)
        return {"cross entropy": cross_entropy.mean(), **self.regularizer(pieces, y, progress)}

    def regularizer(self, pieces: Pieces, y: Tensor, progress: Progress) -> Terms:
        """Its two terms, weighted."""
        weight = linear(progress, self.lam / 10, self.lam, (0, self.ramp))
        units = sum(pieces.network.widths)
        k_B, k_D = self.counts(units, pieces.network.classes, progress)
        regions = region_hinges(pieces, k_B, self.gamma_B, self.p)
        decisions = decision_hinges(pieces, y, k_D, self.gamma_D, self.p)
        return {"regions": weight / k_B * regions.mean(), "decision": weight / k_D * decisions.mean()}

    def counts(self, units: int, classes: int, progress: Progress) -> tuple[int, int]:
        """k_B and k_D: how many region boundaries and decision boundaries count."""
        return 1, 1

    def numbers(self, network: Network, points: int) -> float:
        """See `models.objectives.objective.step_numbers`; measured by benchmarks.training_memory."""
        most, _ = self.counts(sum(network.widths), network.classes, Progress(0, 1))
        return piece_numbers(network, points, most)


@dataclass(frozen=True)
class KMMR(MMR):
    """MMR with the k_B nearest region boundaries and the k_D nearest decision hyperplanes, averaged.

    Parameters (besides those of `MMR`)
    ----------
    k_B : shares of the hidden units at the start and at the end of training; linear between, one unit at least
    k_D : number of decision hyperplanes, at most the classes; None: as many as classes. There is no
        hyperplane for the true class: the sum over the K - 1 others is divided by K

    Source: Croce et al. (2019), eqs. (6) and (7), schedules of B.1.
    """

    k_B: tuple[float, float] = (0.1, 0.02)
    k_D: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.k_B) != 2 or not all(0 < share <= 1 for share in self.k_B):
            raise ValueError(f"k_B must be two shares of the hidden units above 0 and up to 1, got {self.k_B}")
        _check_count(self.k_D)

    def counts(self, units: int, classes: int, progress: Progress) -> tuple[int, int]:
        start, end = self.k_B
        share = linear(progress, start, end, (0, 1))
        return max(1, int(share * units + 1e-9)), min(self.k_D or classes, classes)


@dataclass(frozen=True)
class MMRAdversarial(KMMR):
    """MMR+at: kMMR on batches whose first half is attacked, as in `Adversarial`; the regularizer sees them too.

    Parameters (besides those of `KMMR`)
    ----------
    eps, steps, box, step_size : of the attack, which uses the norm p

    Source: Croce et al. (2019), §5 and B.1.
    """

    eps: float = 0.1
    steps: int = 10
    box: tuple[float, float] | None = None
    step_size: float = 2.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._adversarial()

    def _adversarial(self) -> Adversarial:
        return Adversarial(eps=self.eps, p=self.p, steps=self.steps, box=self.box, step_size=self.step_size)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        attacked = (len(x) + 1) // 2
        moved = self._adversarial().attack(network, x[:attacked], y[:attacked], random)
        losses, pieces = losses_and_pieces(network, torch.cat([moved, x[attacked:]]), y)
        losses = losses / len(x)
        terms = {"clean": losses[attacked:].sum(), "adversarial": losses[:attacked].sum()}
        return {**terms, **self.regularizer(pieces, y, progress)}


@dataclass(frozen=True)
class MMRDecision:
    """MMR-d_D: the term of kMMR for decision hyperplanes alone.

    Parameters as in `KMMR`. Source: Croce et al. (2019), Table 2.
    """

    p: Norm = math.inf
    lam: float = 1.0
    gamma_D: float = 0.1
    ramp: float = 0.1
    k_D: int | None = None

    def __post_init__(self) -> None:
        check_norm(self.p)
        _check_weight(self.lam, self.ramp)
        _check_target("gamma_D", self.gamma_D)
        _check_count(self.k_D)

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        cross_entropy, pieces = losses_and_pieces(network, x, y)
        k_D = min(self.k_D or pieces.network.classes, pieces.network.classes)
        decisions = decision_hinges(pieces, y, k_D, self.gamma_D, self.p)
        weight = linear(progress, self.lam / 10, self.lam, (0, self.ramp))
        return {"cross entropy": cross_entropy.mean(), "decision": weight / k_D * decisions.mean()}

    def numbers(self, network: Network, points: int) -> float:
        """See `models.objectives.objective.step_numbers`; measured by benchmarks.training_memory."""
        return piece_numbers(network, points, 1)


def piece_numbers(network: Network, points: int, most: int) -> float:
    """An estimate of the numbers that a step holds with the rows of `most` units and all classes, for every point."""
    affines = [layer.affine for layer in network.layers]
    lengths = [longest(affines[: k + 1]) for k in range(len(affines))]
    near = sum(
        min(units, max(most, units // 16)) * length for units, length in zip(network.widths[1:], lengths[1:])
    )  # the first pass computes more rows than turn out to be near
    return plain_numbers(network, points) + 2 * points * (near + network.classes * lengths[-1])


def losses_and_pieces(network: nn.Sequential, x: Tensor, y: Tensor) -> tuple[Tensor, Pieces]:
    """(n,) cross entropies in training mode, and the pieces, for which BatchNorm uses its running statistics.

    A network without BatchNorm and Dropout is evaluated only once.
    """
    changing = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    logits = class_scores(network(x)) if any(isinstance(module, changing) for module in network.modules()) else None
    pieces = pieces_at(network, x)
    return F.cross_entropy(pieces.logits if logits is None else logits, y, reduction="none"), pieces


def _check_weight(lam: float, ramp: float) -> None:
    if not 0 <= lam < math.inf:
        raise ValueError(f"lam must be 0 or above and finite, got {lam}")
    check_share("ramp", ramp)


def _check_target(name: str, gamma: float) -> None:
    if not 0 < gamma < math.inf:
        raise ValueError(f"{name} must be positive and finite, got {gamma}")


def _check_count(k_D: int | None) -> None:
    if k_D is not None and (not isinstance(k_D, int) or k_D < 1):
        raise ValueError(f"k_D must be a whole number from 1, or None for all classes, got {k_D}")


K_B = Option(
    "k",
    "$k_B$",
    "k_B",
    "Share of the hidden units whose boundary is pushed at first; 2 % in the end.",
    share=True,
    may_vanish=False,
    falls_to=0.02,
)
GAMMA_B = Option("gamma-B", "$γ_B$", "gamma_B", "How far region boundaries should be.", reach=4, may_vanish=False)
GAMMA_D = Option("gamma-D", "$γ_D$", "gamma_D", "How far decision hyperplanes should be.", reach=4, may_vanish=False)
TERM_TITLES = {"regions": "d_B", "decision": "d_D"}  # the distances that the terms are about
MMR_NEAREST = ObjectiveRecord(
    run=MMR,
    title="MMR, nearest only",
    line="MMR with the one nearest boundary and the one nearest hyperplane.",
    options=(LAMBDA, GAMMA_B, GAMMA_D),
    term_titles=TERM_TITLES,
)
MMR_MEAN = ObjectiveRecord(
    run=KMMR,
    title="MMR",
    line="Pushes the k nearest region boundaries (d_B) and decision hyperplanes (d_D) away.",
    options=(LAMBDA, K_B, GAMMA_B, GAMMA_D),
    term_titles=TERM_TITLES,
)
MMR_DECISION = ObjectiveRecord(
    run=MMRDecision,
    title="MMR-d_D",
    line="Only the decision hyperplanes are pushed away; the regions are left to themselves.",
    options=(LAMBDA, GAMMA_D),
    term_titles=TERM_TITLES,
)
MMR_ADVERSARIAL = ObjectiveRecord(
    run=MMRAdversarial,
    title="MMR+at",
    line="MMR on batches of which half is attacked.",
    options=(LAMBDA, K_B, GAMMA_B, GAMMA_D),
    term_titles=TERM_TITLES,
)
