"""What everything that was tried says of the points of a data set: wrong, attacked, proved or open at each radius.

One attack's success counts, and so does one bound's proof, whichever method it is: a sentence about the data set is
about what all of them know together.
"""

from __future__ import annotations

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
    """Of n points at eps: each is wrong as it is, attacked by some method, proved by some method, or open.

    `wrong`, `attacked`, `proved` (n,): no point is two of them. A point that a run has not reached is open, so that
    what is said of all n points stays true whatever is still to come. `seen` (n,): points that are known to be right or
    wrong. `breakers`, `provers`: by method, the points that it attacked, and proved.
    """

    eps: float
    p: Norm
    wrong: Flags
    attacked: Flags
    proved: Flags
    seen: Flags
    breakers: Mapping[str, Flags]
    provers: Mapping[str, Flags]

    def __len__(self) -> int:
        return len(self.wrong)

    @property
    def broken(self) -> int:
        """How many are wrong, or made wrong: at least so many within eps."""
        return int((self.wrong | self.attacked).sum())

    @property
    def unproved(self) -> int:
        """How many are not proved: at most so many are wrong, or can be made wrong within eps."""
        return int((~self.proved).sum())

    @property
    def settled(self) -> bool:
        return self.broken == self.unproved


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything that is known of n points, at all radii.

    `wrong`, `right` (n,): neither where no run has looked yet. `breakers`: by method, (n,) how near it found another
    class than the label, infinite where it did not; `provers`: by method, (n,) up to which radius it proves the label,
    -inf where not even at 0.
    """

    p: Norm
    wrong: Flags
    right: Flags
    breakers: Mapping[str, Array]
    provers: Mapping[str, Array]

    def at(self, eps: float) -> Evidence:
        breakers = {name: (distances <= eps) & ~self.wrong for name, distances in self.breakers.items()}
        attacked = _any(breakers, len(self.wrong))
        provers = {name: (radii >= eps) & ~self.wrong & ~attacked for name, radii in self.provers.items()}
        proved = _any(provers, len(self.wrong))
        return Evidence(eps, self.p, self.wrong, attacked, proved, self.wrong | self.right, breakers, provers)

    def shares(self, grid: Array, done: int) -> tuple[Array, Array]:
        """(g,) each, of the first `done` points: at least so many are wrong or made wrong, and at most so many."""
        found = [self.at(float(eps)) for eps in grid]
        least = [(each.wrong | each.attacked)[:done].mean() for each in found]
        return np.array(least), np.array([(~each.proved)[:done].mean() for each in found])


def knowledge(
    error: RobustError,
    *,
    radii: Iterable[SortedRadii] = (),
    detected: Detection | None = None,
    attacks: Mapping[str, AttackOutcome] | None = None,
    gap: tuple[float, LpGap] | None = None,
) -> Knowledge:
    """What runs know together. All are about the same points, in the same order; none needs to be complete.

    `gap`: linear programs, and the eps that they were solved at.
    """
    n = error.total
    wrong, right = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    breakers: dict[str, Array] = {}
    provers: dict[str, Array] = {}

    def attacked(method: str, distances: Array) -> None:
        near = breakers.setdefault(method, np.full(n, np.inf))[: len(distances)]
        np.minimum(near, distances, out=near)

    def proved(method: str, known: Array) -> None:
        far = provers.setdefault(method, np.full(n, -np.inf))[: len(known)]
        np.maximum(far, known, out=far)

    correct = error.predicted == error.labels
    wrong[: error.done], right[: error.done] = ~correct, correct
    for each in radii:
        wrong[: each.done], right[: each.done] = ~each.correct, each.correct
        proved(each.method, np.where(each.correct, _closed(each), -np.inf))
    if error.attack:
        attacked(error.attack, np.where(correct, error.attacked, np.inf))
    for column, method in enumerate(error.methods):
        proved(method, error.certified[:, column])
    if detected is not None:  # it speaks of the predicted class: of the label where that is known to be the same
        kept = right[: detected.done]
        reached = np.where(detected.attacked, detected.eps, np.inf).min(axis=1, initial=np.inf)
        attacked(detected.attack, np.where(kept, reached, np.inf))
        proved(detected.method, np.where(kept, detected.certified, -np.inf))
    for name, outcome in (attacks or {}).items():
        near = np.where(outcome.success, outcome.distances, np.inf)
        wrong[: len(near)] |= (near == 0) & ~right[: len(near)]
        attacked(name, near)  # one that is right, and attacked at distance 0, ties with another class: it is lost
    if gap is not None:
        proved("lp", np.where(gap[1].proved, gap[0], -np.inf))
    return Knowledge(error.p, wrong, right, breakers, provers)


def _closed(found: SortedRadii) -> Array:
    """(n,) radii at which the class is proved: nothing is proved at a radius of 0, where two classes may tie.

    A certificate says that nothing *nearer* than its radius has another class: the largest it proves is an ulp less.
    """
    radii = np.nextafter(found.radii, -np.inf) if found.method in CERTIFICATES else found.radii
    return np.where(found.radii > 0, radii, -np.inf)


def _any(flags: Mapping[str, Flags], n: int) -> Flags:
    return np.logical_or.reduce([*flags.values(), np.zeros(n, dtype=bool)])
