"""The gap between the linear program and a dual bound on the same hidden bounds (KW Fig. 11).

KW's dual network gives a feasible point of the LP's dual, so its value is at most the LP's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from certify.bounds.methods import METHODS
from certify.bounds.methods.linear_program import Lp
from certify.bounds.proof import check_method, proved_margins, proved_unit_bounds
from certify.bounds.tightness import TESTABLE, tightness_at
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import checked_points
from certify.perturbation.rounding import proves_positive
from certify.resumable_runs import Columns, Partial, checked_grid, fingerprint, resumable_run
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled
from geometry.network.network import Network
from geometry.norms import Array, Norm


@dataclass(frozen=True, eq=False, kw_only=True)
class LpGap(Partial):
    """Lower bounds of f_label - f_s, (n, K) each for the points done, 0 in the label's own column.

    `dual` by the method, `lp` by the linear program on the method's own bounds of the hidden units, less its rounding
    errors: above 0 it is a proof. `reached`: the network's margin at the method's optimal input (Tight's p'_O). Where
    `exact`, the dual's value is the minimum over the perturbation set itself, and so is the LP's.
    """

    method: str
    p: Norm
    dual: Array
    lp: Array
    reached: Array
    exact: NDArray[np.bool_]
    columns: ClassVar[tuple[str, ...]] = ("dual", "lp", "reached", "exact")

    @property
    def proved(self) -> NDArray[np.bool_]:
        """(n,) whether the linear program proves the label: its margins to all other classes are above 0."""
        return proves_positive(self.lp).sum(axis=1) == self.lp.shape[1] - 1

    @property
    def gap(self) -> Array:
        """(n, K) lp - dual, and 0 where the solver's tolerances make it negative."""
        return np.maximum(self.lp - self.dual, 0.0)


def lp_gap(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    *,
    method: str = "fast-lin",
    box: BoxLike | None = None,
    chunk: int = 1,
    resume: LpGap | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[LpGap]:
    """Yield LP and dual for the points done so far; in float64, p = 1 or math.inf.

    `eps` is one number; other arguments and errors as for `robust_error`, `method` one of
    `certify.bounds.tightness.TESTABLE`.
    """
    points, radius = checked_points(network, x, labels, p, box), float(checked_grid(eps)[0])
    check_method("lp", p)
    if method not in TESTABLE:
        raise ValueError(f"method must be one of {', '.join(TESTABLE)}, got {method!r}")
    none = np.zeros((0, points.exact.classes))
    empty = LpGap(
        question=fingerprint(points.exact, points.x, points.labels, radius, p, method, points.low, points.high),
        total=len(points),
        method=method,
        p=p,
        dual=none,
        lp=none,
        reached=none,
        exact=none.astype(bool),
    )

    def part(samples: slice) -> Columns:
        chosen, labels = points[samples], torch.from_numpy(points.labels[samples])
        ball = chosen.ball(radius)
        lp = METHODS["lp"].run
        assert isinstance(lp, Lp)
        proof = proved_margins(points.exact, ball, labels, lp.on(proved_unit_bounds(points.exact, ball, method)))
        measured = tightness_at(chosen, radius, method)
        others = torch.ones(len(chosen), points.exact.classes, dtype=torch.bool)
        others[torch.arange(len(chosen)), labels] = False
        lps = torch.zeros(others.shape, dtype=torch.float64)
        lps[others] = proof.reshape(-1)
        return {"dual": measured.bound, "lp": lps.numpy(), "reached": measured.reached, "exact": measured.exact}

    return resumable_run(empty, part, chunk, resume, cancelled)
