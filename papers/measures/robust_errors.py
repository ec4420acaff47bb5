"""Bounds of the robust error at one eps: attacked points from below, points that nothing proves from above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from certify import flags, verify
from geometry.box import BoxLike
from geometry.norms import Norm
from models.networks.error_rate import error_rate
from models.training.measures import measure
from papers.data import Labelled
from papers.job import Progress, silent

CHUNK = 50  # points between two reports of progress


@dataclass(frozen=True, eq=False)
class RobustErrors:
    """Per point (n,): `lost` is wrong or was made wrong within eps, `proved` is right and cannot be made wrong."""

    lost: NDArray[np.bool_]
    proved: NDArray[np.bool_]

    @property
    def lower(self) -> float:
        """A lower bound of the robust error, in percent."""
        return 100 * float(self.lost.mean())

    @property
    def upper(self) -> float:
        """An upper bound of the robust error, in percent."""
        return 100 * float((~self.proved).mean())


def robust_errors(
    network: nn.Sequential,
    data: Labelled,
    eps: float,
    p: Norm,
    *,
    box: BoxLike | None,
    seconds: float = 0.0,
    progress: Progress = silent,
) -> RobustErrors:
    """PGD and the bounds of interval arithmetic, Fast-Lin and CROWN; then an exact search on the points left open.

    `seconds` is the search's time limit on a point; 0 leaves it out.
    """
    parts = []
    exact = network.double()
    for begin in range(0, len(data), CHUNK):
        x, y = data.x[begin : begin + CHUNK], data.y[begin : begin + CHUNK]
        parts.append(measure(exact, x, y, eps=eps, p=p, box=box, only=("pgd_error", "certified_error")))
        progress("bounds and PGD", min(begin + CHUNK, len(data)), len(data))
    lost = np.concatenate([part.attacked for part in parts if part.attacked is not None])
    proved = np.concatenate([part.certified for part in parts if part.certified is not None])
    left = np.flatnonzero(~lost & ~proved if seconds > 0 else np.zeros_like(lost))
    for number, i in enumerate(left, 1):
        verdict = verify(exact, data.x[i : i + 1], data.y[i : i + 1], eps, p, box=box, time_limit=seconds)[0]
        lost[i], proved[i] = verdict.status == "vulnerable", verdict.status == "robust"
        progress("exact search on open points", number, len(left))
    return RobustErrors(lost, proved)


def test_error(network: nn.Sequential, data: Labelled) -> float:
    """The share of points that the network gets wrong, in percent."""
    return 100 * error_rate(network, data.x, data.y)


def flagged(network: nn.Sequential, data: Labelled, eps: float, p: Norm, method: str) -> float:
    """The share of points, in percent, whose own predicted class the method does not prove at eps."""
    return 100 * float(flags(network, data.x, eps, p, method).mean())
