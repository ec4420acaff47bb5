"""Detection of possibly adversarial inputs (Wong & Kolter 2018, Corollary 2).

An input is flagged if the certificate of its own predicted class fails at eps. If it is the result of a perturbation
of at most eps that changed the class, the ball around it holds an input of another class, and no certificate can hold:
every attacked input is flagged. Some unattacked inputs are flagged as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from certify.attacks import attacked as run_attack
from certify.attacks import check_attack
from certify.bounds.proof import check_method, proved
from certify.dataset.robust_error import CHUNK, predictions, proved_radii
from certify.perturbation.perturbation import Numbers, checked_radii
from certify.perturbation.points import checked_points
from certify.resumable_runs import Columns, Partial, checked_grid, fingerprint, resumable_run
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled
from geometry.network.network import Network
from geometry.norms import Array, Norm


@dataclass(frozen=True, eq=False, kw_only=True)
class Detection(Partial):
    """Which inputs are flagged, over a grid `eps` (g,), unchanged and attacked.

    Per point, of those done: `certified` (n,) the largest eps of the grid at which its predicted class is proved, -inf
    if there is none; `attacked` (n, g) whether an attack within eps changed that class; `caught` (n, g) whether the
    attacked point is flagged.
    """

    eps: Array
    p: Norm
    method: str
    attack: str
    certified: Array
    attacked: NDArray[np.bool_]
    caught: NDArray[np.bool_]
    columns: ClassVar[tuple[str, ...]] = ("certified", "attacked", "caught")

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """(n, g) whether the unchanged point is flagged."""
        return self.certified[:, None] < self.eps

    def counts(self) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """(g,) each: flagged unchanged points, successfully attacked points, and those of them that are flagged."""
        both = self.attacked & self.caught
        return self.flagged.sum(0), self.attacked.sum(0), both.sum(0)


def flags(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    method: str = "fast-lin",
    box: BoxLike | None = None,
) -> NDArray[np.bool_]:
    """(n,) whether each input is possibly adversarial: the certificate of its own predicted class fails at eps.

    Arguments and errors as for `certify.margins`; decided in float64.
    """
    points = checked_points(network, x, None, p, box)
    check_method(method, p)
    return ~proved(points, checked_radii(torch.as_tensor(eps, dtype=torch.float64), len(points)), method)


def detection(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    *,
    method: str = "fast-lin",
    attack: str = "pgd",
    box: BoxLike | None = None,
    chunk: int = CHUNK,
    resume: Detection | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[Detection]:
    """Yield the flags of the points done so far, unchanged and attacked at every eps of the grid.

    Arguments and errors as for `robust_error`; attacks go for any class but the predicted one.
    """
    points, grid = checked_points(network, x, None, p, box), checked_grid(eps)
    check_method(method, p)
    check_attack(attack, p)
    none = np.zeros((0, len(grid)), dtype=bool)
    empty = Detection(
        question=fingerprint(points.exact, points.x, grid, p, method, attack, points.low, points.high),
        total=len(points),
        eps=grid,
        p=p,
        method=method,
        attack=attack,
        certified=np.zeros(0),
        attacked=none,
        caught=none,
    )

    def part(samples: slice) -> Columns:
        unchanged = points[samples]
        radii = proved_radii(unchanged, grid, method)
        itself = proved(unchanged, 0.0, method)  # whether the point itself is proved
        attacked, caught = (np.zeros((len(unchanged), len(grid)), dtype=bool) for _ in range(2))
        for column, radius in enumerate(grid):
            attack_result = run_attack(unchanged, attack, radius)
            attacked[:, column] = attack_result.success
            moved = unchanged.in_float64().moved(attack_result.points)
            caught[:, column] = ~proved(moved.labelled(predictions(moved)), radius, method)
        return {"certified": np.where(itself, radii, -np.inf), "attacked": attacked, "caught": caught}

    return resumable_run(empty, part, chunk, resume, cancelled)
