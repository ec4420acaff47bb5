"""Sorted maximal certified radii: how far the predicted class of each point is proved to stay (KW Fig. 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import nn

from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.bounds.proof import check_method
from certify.bounds.radius import certified_radii
from certify.dataset.robust_error import CHUNK, predictions
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import checked_points
from certify.resumable_runs import Columns, Partial, fingerprint, resumable_run
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled
from geometry.network.network import Network
from geometry.norms import Array, Norm


@dataclass(frozen=True, eq=False, kw_only=True)
class SortedRadii(Partial):
    """`radii` (n,) of the predicted classes, in the order of the points; `correct` (n,) where those are the labels."""

    method: str
    p: Norm
    radii: Array
    correct: NDArray[np.bool_]
    columns: ClassVar[tuple[str, ...]] = ("radii", "correct")

    @property
    def order(self) -> NDArray[np.intp]:
        """(n,) indices of the points, the smallest radius first."""
        return np.argsort(self.radii, kind="stable")


def sorted_radii(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    p: Norm,
    method: str = "fast-lin",
    *,
    box: BoxLike | None = None,
    chunk: int = CHUNK,
    resume: SortedRadii | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[SortedRadii]:
    """Yield the certified radii of the points done so far. Arguments and errors as for `robust_error`."""
    points = checked_points(network, x, labels, p, box)
    if method in METHODS or method not in CERTIFICATES:
        check_method(method, p)
    empty = SortedRadii(
        question=fingerprint(points.exact, points.x, points.labels, p, method, points.low, points.high),
        total=len(points),
        method=method,
        p=p,
        radii=np.zeros(0),
        correct=np.zeros(0, dtype=bool),
    )

    def part(samples: slice) -> Columns:
        predicted = predictions(points[samples])
        radii = certified_radii(points[samples].labelled(predicted), method, predicted=predicted).numpy()
        return {"radii": radii, "correct": predicted == points.labels[samples]}

    return resumable_run(empty, part, chunk, resume, cancelled)
