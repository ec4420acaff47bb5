"""Which points of a data set a run takes: all, or a sample with every class's share of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from figures.words import counted
from pages.shared.subject import Subject

SEED = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """The subject with the chosen points alone, in the order of the run; `numbers` are their places in the set."""

    subject: Subject
    numbers: NDArray[np.intp]
    words: str  # which points these are


def sampled(subject: Subject, count: int) -> Sample:
    """The first `count` points of an order in which every beginning has about each class's share of the points.

    Points whose class is not known are left out.
    """
    known = np.flatnonzero(subject.y >= 0)
    order = known[spread_order(subject.y[known])[:count]]
    total = len(known)
    sampled = f"a random sample of {count} of {total}, by class, seed {SEED}"
    words = sampled if count < total else f"all {counted(total, 'point')}"
    return Sample(replace(subject, x=subject.x[order], y=subject.y[order]), order, words)


def spread_order(labels: NDArray[np.int64]) -> NDArray[np.intp]:
    """(n,) a seeded order of the points in which no class comes late: data sets are often sorted by class.

    Each class's points, in random order, are spread evenly between 0 and 1; the order is by that place. So the first k
    points hold, of a class with m of n points, k m / n of them up to about one.
    """
    drawn = np.random.default_rng(SEED).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = drawn[labels[drawn] == label]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.lexsort((drawn.argsort(), place))
