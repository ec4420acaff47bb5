"""Tightness of a relaxation over a test set, by the test of Tight §4 (see `certify.bounds.tightness`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import nn

from certify.bounds.proof import check_method
from certify.bounds.tightness import TESTABLE, tightness_at
from certify.dataset.robust_error import predictions
from certify.perturbation.perturbation import Numbers, checked_radius
from certify.perturbation.points import Points, checked_points
from certify.rungs import expected_seconds_at_eps
from certify.staged_runs.answers import Answers, Column, Values, every_point
from certify.staged_runs.run import Run, stage
from geometry.box import BoxLike
from geometry.network.network import Network
from geometry.norms import Norm


def tightness_run(
    network: nn.Module | Network,
    x: Numbers,
    eps: float,
    p: Norm,
    *,
    method: str = "fast-lin",
    box: BoxLike | None = None,
) -> Run:
    """The run that tells how much a bound loses, of the predicted class against the class with the least margin.

    Its columns: `predicted`; `other`, that class; `bound`, the method's lower bound of the margin (p_C in Tight);
    `reached`, the network's margin at the relaxation's optimal input (p'_O); `gap`, their difference (d); `distance`,
    Tight's r; `tight`, whether the gap is zero up to rounding, so that the bound is the exact minimum.

    Arguments and errors as for `certify.tightness`.
    """
    points = checked_points(network, x, None, p, box)
    radius = checked_radius(eps)
    check_method(method, p)
    if method not in TESTABLE:
        raise ValueError(f"tightness is tested for {', '.join(TESTABLE)}, got {method!r}")
    seconds = expected_seconds_at_eps(points.exact, method, p) * points.exact.classes
    stages = (stage(method, Tight(method, radius), points.exact, seconds),)
    return Run("tightness", points, {"eps": radius, "method": method}, COLUMNS, stages, every_point, summary)


COLUMNS = (
    Column("predicted", -1),
    Column("other", -1),
    Column("bound", np.nan, "logit"),
    Column("reached", np.nan, "logit"),
    Column("gap", np.nan, "logit"),
    Column("distance", np.nan, "pre-activation"),
    Column("tight", False),
)


def summary(answers: Answers) -> Mapping[str, float]:
    """Of the points done: the share whose bound is proved to be tight, and means."""
    done = answers.done[:, 0]
    if not done.any():
        return {}
    means = {f"mean {name}": float(answers[name][done].mean()) for name in ("bound", "reached", "gap", "distance")}
    return {"tight": float(answers["tight"][done].mean()), **means}


@dataclass(frozen=True)
class Tight:
    """The test at one eps, of the class with the least bound."""

    method: str
    eps: float

    def __call__(self, points: Points) -> Values:
        classes = predictions(points)
        measured = tightness_at(points.labelled(classes), self.eps, self.method)
        samples, bound = np.arange(len(points)), measured.bound.copy()
        bound[samples, classes] = np.inf
        nearest = bound.argmin(axis=1)
        chosen = {name: getattr(measured, name)[samples, nearest] for name in ("bound", "reached", "gap", "distance")}
        return {"predicted": classes, "other": nearest, **chosen, "tight": measured.exact[samples, nearest]}
