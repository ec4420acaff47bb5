"""The union of all results on the points of a data set: each is wrong, attacked, proved or open at every radius.

A success of any attack counts, and so does a proof by any bound: sentences about the data set use all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from certify.bounds.certificates import CERTIFICATES
from certify.dataset.detection import Detection
from certify.dataset.lp_gap import LpGap
from certify.dataset.robust_error import RobustError
from certify.dataset.sorted_radii import SortedRadii
from figures.certify.tables import AttackOutcome
from geometry.norms import Array, Norm

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Evidence:
    """The state of n points at eps: each is misclassified, attacked by some method, proved by some method, or open.

    `wrong`, `attacked`, `proved` (n,) exclude each other. A point that no run has reached is open, so that sentences
    about all n points stay true when more results arrive. `seen` (n,): points whose predicted class is known.
    `breakers`, `provers`: by method, the points that it attacked, and proved. `tried`: by method, the number of points
    that it has looked at, which are the first ones.
    """

    eps: float
    p: Norm
    wrong: Flags
    attacked: Flags
    proved: Flags
    seen: Flags
    breakers: Mapping[str, Flags]
    provers: Mapping[str, Flags]
    tried: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.wrong)

    @property
    def broken(self) -> int:
        """The number of points that are misclassified or attacked: a lower bound on the errors within eps."""
        return int((self.wrong | self.attacked).sum())

    @property
    def unproved(self) -> int:
        """The number of points that are not proved: an upper bound on the errors within eps."""
        return int((~self.proved).sum())

    @property
    def settled(self) -> bool:
        return self.broken == self.unproved


@dataclass(frozen=True, eq=False)
class Knowledge:
    """All results on n points, at all radii.

    `wrong`, `right` (n,): both false where no run has reached the point. `breakers`: by method, (n,) distances of the
    nearest points of another class than the label, infinite where there is none; `provers`: by method, (n,) radii up to
    which the label is proved, -inf where it is not proved even at 0. `tried`: by method, the number of points that it
    has looked at, which are the first ones.
    """

    p: Norm
    wrong: Flags
    right: Flags
    breakers: Mapping[str, Array]
    provers: Mapping[str, Array]
    tried: Mapping[str, int]

    def at(self, eps: float) -> Evidence:
        breakers = {name: (distances <= eps) & ~self.wrong for name, distances in self.breakers.items()}
        attacked = _any(breakers, len(self.wrong))
        provers = {name: (radii >= eps) & ~self.wrong & ~attacked for name, radii in self.provers.items()}
        proved = _any(provers, len(self.wrong))
        seen = self.wrong | self.right
        return Evidence(eps, self.p, self.wrong, attacked, proved, seen, breakers, provers, self.tried)

    def shares(self, grid: Array, done: int) -> tuple[Array, Array]:
        """(g,) each: lower and upper bounds on the robust error of the first `done` points at the grid's radii."""
        at_radii = [self.at(float(eps)) for eps in grid]
        least = [(state.wrong | state.attacked)[:done].mean() for state in at_radii]
        return np.array(least), np.array([(~state.proved)[:done].mean() for state in at_radii])


def knowledge(
    error: RobustError,
    *,
    radii: Iterable[SortedRadii] = (),
    detected: Detection | None = None,
    attacks: Mapping[str, AttackOutcome] | None = None,
    gap: tuple[float, LpGap] | None = None,
) -> Knowledge:
    """The union of the results of runs over the same points in the same order; they may be incomplete.

    `gap`: an eps, and the linear programs that were solved at it.
    """
    n = error.total
    wrong, right = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    breakers: dict[str, Array] = {}
    provers: dict[str, Array] = {}
    tried: Counter[str] = Counter()

    def attacked(method: str, distances: Array) -> None:
        near = breakers.setdefault(method, np.full(n, np.inf))[: len(distances)]
        np.minimum(near, distances, out=near)
        tried[method] = max(tried[method], len(distances))

    def proved(method: str, certified: Array) -> None:
        far = provers.setdefault(method, np.full(n, -np.inf))[: len(certified)]
        np.maximum(far, certified, out=far)
        tried[method] = max(tried[method], len(certified))

    correct = error.predicted == error.labels
    wrong[: error.done], right[: error.done] = ~correct, correct
    for run in radii:
        wrong[: run.done], right[: run.done] = ~run.correct, run.correct
        proved(run.method, np.where(run.correct, _closed(run), -np.inf))
    if error.attack:
        attacked(error.attack, np.where(correct, error.attacked, np.inf))
    for column, method in enumerate(error.methods):
        proved(method, error.certified[:, column])
    if detected is not None:  # about the predicted class, so it counts where that is known to be the label
        labelled = right[: detected.done]
        reached = np.where(detected.attacked, detected.eps, np.inf).min(axis=1, initial=np.inf)
        attacked(detected.attack, np.where(labelled, reached, np.inf))
        proved(detected.method, np.where(labelled, detected.certified, -np.inf))
    for name, outcome in (attacks or {}).items():
        near = np.where(outcome.success, outcome.distances, np.inf)
        wrong[: len(near)] |= (near == 0) & ~right[: len(near)]
        attacked(name, near)  # a right point attacked at distance 0 ties with another class: it counts as attacked
    if gap is not None:
        proved("lp", np.where(gap[1].proved, gap[0], -np.inf))
    return Knowledge(error.p, wrong, right, breakers, provers, tried)


def _closed(run: SortedRadii) -> Array:
    """(n,) largest radii at which the class is proved; -inf for a radius of 0, where two classes may tie.

    A certificate proves the class for distances *below* its radius: the largest such float is one ulp less.
    """
    radii = np.nextafter(run.radii, -np.inf) if run.method in CERTIFICATES else run.radii
    return np.where(run.radii > 0, radii, -np.inf)


def _any(flags: Mapping[str, Flags], n: int) -> Flags:
    return np.logical_or.reduce([*flags.values(), np.zeros(n, dtype=bool)])
