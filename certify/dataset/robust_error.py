"""Robust error over a data set as curves over eps: upper bounds by certificates, lower bounds by attacks.

Per point an attack finds a distance at which the class changes, and each method a radius up to which it is proved. The
curves count these, so they never fall, and cost a few bisection steps for any grid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from certify.attacks import ATTACKS, check_attack
from certify.attacks import attacked as run_attack
from certify.bounds.certificates import CERTIFICATES, check_certificate
from certify.bounds.proof import check_method, proved
from certify.bounds.radius import certified_radii
from certify.perturbation.arithmetic import REAL, Arithmetic, Covers, arithmetic
from certify.perturbation.perturbation import Numbers
from certify.perturbation.points import Points, checked_points
from certify.resumable_runs import Columns, Partial, bisected, checked_grid, fingerprint, resumable_run
from geometry.box import BoxLike
from geometry.computation.cancellation import Cancelled
from geometry.network.network import Network
from geometry.norms import Array, Norm

CHUNK = 32  # points per partial result: limits the memory, and the work lost when a run is cancelled


@dataclass(frozen=True, eq=False, kw_only=True)
class RobustError(Partial):
    """Bounds on the robust error: the share of points that are wrong, or made wrong by a perturbation of at most eps.

    Per point, of those done: `labels` and `predicted`, (n,) integers; `attacked` (n,) the smallest distance at which
    the attack reached another class than the label, 0 for a point that is wrong, infinite if it reached none;
    `certified` (n, methods) the largest radius at which a method proved the label, on the grid `eps` (g,) for
    bounding methods, -inf for a point that is wrong.
    """

    eps: Array
    p: Norm
    methods: tuple[str, ...]
    attack: str
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    attacked: Array
    certified: Array
    columns: ClassVar[tuple[str, ...]] = ("labels", "predicted", "attacked", "certified")

    @property
    def clean(self) -> float:
        """Share of the points done that are wrong; NaN while there are none."""
        return _share(self.predicted != self.labels)

    def lower(self, eps: Numbers | None = None) -> Array:
        """(g,) share of the points that the attack breaks within eps; on the run's own grid if none is given."""
        return _share(self.attacked[:, None] <= self._grid(eps))

    def upper(self, method: str, eps: Numbers | None = None) -> Array:
        """(g,) share of the points that are wrong or not proved by `method` at eps. Valid at every eps.

        What is proved at a radius is proved at smaller ones. At 0 a forward pass decides: the clean error.
        """
        if method not in self.methods:
            raise ValueError(f"method must be one of {', '.join(self.methods)}, got {method!r}")
        return _share(self.certified[:, self.methods.index(method)][:, None] < self._grid(eps))

    def _grid(self, eps: Numbers | None) -> Array:
        return self.eps if eps is None else checked_grid(eps)


def robust_error(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    *,
    methods: Sequence[str] = ("fast-lin",),
    attack: str = "pgd",
    box: BoxLike | None = None,
    covers: Covers = "real",
    chunk: int = CHUNK,
    resume: RobustError | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[RobustError]:
    """Yield the robust error of the points done so far, chunk by chunk; `certify.complete` gives the last one.

    Parameters
    ----------
    network : torch module or Network
    x : (n, *input_shape)
    labels : (n,) integers, the true classes
    eps : number or (g,) ascending, in the units of x
    p : 1, 2 or math.inf
    methods : of `certify.METHODS` or `certify.CERTIFICATES`; may be empty
    attack : of `certify.attacks.ATTACKS`; "" for none
    box : (lo, hi); only perturbations inside it count
    covers : "float32" for proofs that hold for every float32 forward pass as well, see `certified_radius`
    chunk : points between two results, which bounds the memory as well
    resume : an earlier, partial result of the same question
    cancelled : called often; True ends the run, without the chunk it interrupts

    Proofs and successes are decided in float64. Each point is bisected over the grid: log2(g) attacks and bounds.

    Raises
    ------
    ValueError
        For an unknown method or attack, a norm or network it does not know, shapes, labels, eps or box that do not
        fit, NaN in x, an x outside the box, or a `resume` of another question.
    """
    points, grid, methods = checked_points(network, x, labels, p, box), checked_grid(eps), tuple(methods)
    check_proofs(points, methods, covers)
    check_attack(attack, p, optional=True)
    covered = arithmetic(covers)
    true_labels = points.labels
    settings = (
        points.labels,
        grid,
        p,
        methods,
        attack,
        points.low,
        points.high,
        *([] if covers == "real" else [covers]),
    )
    empty = RobustError(
        question=fingerprint(points.exact, points.x, *settings),
        total=len(points),
        eps=grid,
        p=p,
        methods=methods,
        attack=attack,
        labels=true_labels[:0],
        predicted=true_labels[:0],
        attacked=np.zeros(0),
        certified=np.zeros((0, len(methods))),
    )

    def part(samples: slice) -> Columns:
        predicted = predictions(points[samples])
        right = np.flatnonzero(predicted == true_labels[samples])
        attacked, certified = np.zeros(len(predicted)), np.full((len(predicted), len(methods)), -np.inf)
        are_right = points[samples][right]
        attacked[right] = attack_distances(are_right, grid, attack) if attack else np.inf
        for column, method in enumerate(methods):
            certified[right, column] = proved_radii(are_right, grid, method, covered)
        return {"labels": true_labels[samples], "predicted": predicted, "attacked": attacked, "certified": certified}

    return resumable_run(empty, part, chunk, resume, cancelled)


@torch.no_grad()
def check_proofs(points: Points, methods: Sequence[str], covers: Covers) -> None:
    """A ValueError if a method does not prove, in this arithmetic, that classes of these points stay."""
    covered = arithmetic(covers)
    for name in methods:
        if name not in CERTIFICATES:
            check_method(name, points.p)
            continue
        check_certificate(name, points)
        if covered.roundoff > 0:
            raise ValueError(f"{name} speaks of real arithmetic; covers must be 'real', got {covers!r}")


def predictions(points: Points) -> NDArray[np.int64]:
    """(n,) classes by a float64 forward pass."""
    classes: NDArray[np.int64] = points.exact.scores(points.flat).argmax(1).numpy()
    return classes


def attack_distances(points: Points, grid: Array, method: str) -> Array:
    """(n,) distances at which the attack reaches another class within grid[-1]; infinite where it finds none."""
    nearest = np.full(len(points), np.inf)

    def withstood(samples: NDArray[np.intp], index: NDArray[np.intp]) -> NDArray[np.bool_]:
        attack_result = run_attack(points[samples], method, grid[index])
        # at 0 a forward pass has decided that the class is right: a tie there counts as lost at any radius above
        distances = np.maximum(attack_result.distances, np.nextafter(0, 1))
        nearest[samples] = np.minimum(nearest[samples], np.where(attack_result.success, distances, np.inf))
        return ~attack_result.success

    if ATTACKS[method].needs_eps:
        bisected(len(points), len(grid), withstood)
    elif len(points):
        withstood(np.arange(len(points)), np.full(len(points), len(grid) - 1))
    return nearest


def proved_radii(points: Points, grid: Array, method: str, covered: Arithmetic = REAL) -> Array:
    """(n,) radii up to which `method` proves the labels of points that have them: of the grid, or a certificate's own.

    A certificate proves that no *nearer* point has another class: the largest radius it proves is one ulp less.
    """
    if method in CERTIFICATES:
        radii = certified_radii(points, method, predicted=points.labels).numpy()
        return np.maximum(np.nextafter(radii, -np.inf), 0.0)
    count = bisected(
        len(points),
        len(grid),
        lambda samples, index: proved(points[samples], grid[index], method, covered),
    )
    return np.concatenate([[0.0], grid])[count]


def _share(events: Any) -> Any:
    """The share of the points, along the first axis; NaN if there are none."""
    return events.mean(axis=0) if len(events) else np.full(events.shape[1:], np.nan)
