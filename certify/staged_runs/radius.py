"""Certified radii of a network's predicted classes, by several methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from certify.bounds.certificates import CERTIFICATES, check_certificate
from certify.bounds.proof import check_method
from certify.bounds.radius import certified_radii
from certify.dataset.robust_error import predictions
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import Points, checked_points
from certify.rungs import expected_seconds
from certify.staged_runs.answers import Answers, Column, Values, every_point
from certify.staged_runs.run import Run, stage
from geometry.box import BoxLike
from geometry.network.network import Network
from geometry.norms import NORM_NAMES, Norm

USUAL = ("simplex", "fast-lin", "crown")  # the methods if none are named


def radius_run(
    network: nn.Module | Network,
    x: Numbers,
    p: Norm,
    *,
    methods: Sequence[str] | None = None,
    box: BoxLike | None = None,
) -> Run:
    """The run that computes the radius up to which each method proves a point's predicted class.

    Its columns: `predicted`, and for each method `radius METHOD`, NaN while it is not known.

    Arguments and errors as for `certify.certified_radius`; `methods` without names are those of USUAL.
    """
    points = checked_points(network, x, None, p, box)
    methods = USUAL if methods is None else methods
    for name in methods:
        if name in CERTIFICATES:
            check_certificate(name, points)
        else:
            check_method(name, p)
    seconds = {name: expected_seconds(points.exact, name, p) for name in methods}
    ordered = sorted(seconds, key=seconds.__getitem__)
    stages = tuple(stage(name, Radius(name), points.exact, seconds[name]) for name in ordered)
    columns = (
        Column("predicted", -1),
        *(Column(column(name), np.nan, f"input units in l{NORM_NAMES[p]}") for name in ordered),
    )
    return Run("radius", points, {"methods": ordered}, columns, stages, every_point, summary)


def column(method: str) -> str:
    """The name of a method's column."""
    return f"radius {method}"


def summary(answers: Answers) -> Mapping[str, float]:
    """Mean and median of each method's radii so far."""
    known = {name: values[~np.isnan(values)] for name, values in answers.values.items() if name != "predicted"}
    shown: dict[str, float] = {}
    for name, values in known.items():
        if len(values):
            shown |= {f"mean {name}": float(values.mean()), f"median {name}": float(np.median(values))}
    return shown


@dataclass(frozen=True)
class Radius:
    """The certified radii of one method."""

    method: str

    def __call__(self, points: Points) -> Values:
        classes = predictions(points)
        radii = certified_radii(points.labelled(classes), self.method, predicted=classes)
        return {"predicted": classes, column(self.method): radii.numpy()}
