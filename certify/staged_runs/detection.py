"""Detection of possibly adversarial inputs at one eps (Wong & Kolter 2018, Corollary 2), over a test set.

An input is flagged if its own predicted class is not proved at eps. The attack moves each point to another class, and
the moved point is tested in the same way: every attacked input is flagged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import nn

from certify.attacks import attacked, check_attack
from certify.bounds.proof import check_method, proved
from certify.dataset.robust_error import predictions
from certify.perturbation.perturbation import Numbers, checked_radius
from certify.perturbation.points import Points, checked_points
from certify.rungs import expected_seconds_at_eps
from certify.staged_runs.answers import Answers, Column, Values, every_point
from certify.staged_runs.chunks import TIMED
from certify.staged_runs.run import Run, stage
from geometry.box import BoxLike
from geometry.network.network import Network
from geometry.norms import Norm

COLUMNS = (Column("predicted", -1), Column("flagged", False), Column("attacked", False), Column("caught", False))


def detection_run(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    *,
    method: str = "fast-lin",
    attack: str = "pgd",
    box: BoxLike | None = None,
) -> Run:
    """The run that says which points are flagged at eps, and which of the attacked ones.

    Its columns: `predicted`; `flagged`, whether the unchanged point is; `attacked`, whether an attack within eps
    changed the predicted class; `caught`, whether the point that it found is flagged.

    Arguments and errors as for `certify.detection`; `attack` "" for none.
    """
    points = checked_points(network, x, None, p, box)
    radius = checked_radius(eps)
    check_method(method, p)
    check_attack(attack, p, optional=True)
    by_method = expected_seconds_at_eps(points.exact, method, p)
    stages = [stage(method, Flagged(method, radius), points.exact, by_method)]
    if attack:
        by_attack = by_method + expected_seconds_at_eps(points.exact, attack, p, TIMED)
        stages.append(stage(attack, Caught(method, attack, radius), points.exact, by_attack))
    settings = {"eps": radius, "method": method, "attack": attack}
    return Run("detection", points, settings, COLUMNS, tuple(stages), every_point, summary)


def summary(answers: Answers) -> Mapping[str, float]:
    """Shares of the points: flagged; changed to another class by the attack; and of these, flagged after it."""
    known, tried = answers.done[:, 0], answers.done[:, -1] & (answers.done.shape[1] > 1)
    shown = {"flagged": float(answers["flagged"][known].mean()) if known.any() else 0.0}
    if tried.any():
        moved = answers["attacked"][tried]
        caught = answers["caught"][tried][moved]
        shown["changed by the attack"] = float(moved.mean())
        shown["flagged of these"] = float(caught.mean()) if moved.any() else 1.0
    return shown


@dataclass(frozen=True)
class Flagged:
    """Whether the method fails to prove the predicted class at eps."""

    method: str
    eps: float

    def __call__(self, points: Points) -> Values:
        classes = predictions(points)
        return {"predicted": classes, "flagged": ~proved(points.labelled(classes), self.eps, self.method)}


@dataclass(frozen=True)
class Caught:
    """Whether the attack succeeds, and whether the point that it finds is flagged."""

    method: str
    attack: str
    eps: float

    def __call__(self, points: Points) -> Values:
        aimed = points.labelled(predictions(points))
        outcome = attacked(aimed, self.attack, self.eps)
        moved = points.in_float64().moved(outcome.points)
        itself = proved(moved.labelled(predictions(moved)), self.eps, self.method)
        return {"attacked": outcome.success, "caught": np.asarray(outcome.success & ~itself)}
