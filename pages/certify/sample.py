"""The points of a run: the whole data set, or a stratified sample of it; and whether there are any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.words import counted
from pages.shared.network_and_data import NetworkAndData

SEED = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """The network with only the points of the run, in its order. `numbers` are their indices in the data set."""

    chosen: NetworkAndData
    numbers: NDArray[np.intp]
    words: str  # describes which points these are


def lacks_points(chosen: NetworkAndData) -> bool:
    """Whether there are no labelled points, or no network that stays as it is; then the page says so."""
    if chosen.images is not None and (chosen.y < 0).all():
        st.info(
            "The data-set view counts wrong answers, and these inputs have no labels: add y to the NPZ.",
            icon=":material/label_off:",
        )
        return True
    if not (chosen.y >= 0).any():
        st.info("There are no data points: draw some in Explore, or choose another data set.", icon=":material/draw:")
        return True
    if chosen.training:
        st.info("The network is being trained: the run begins when training stops.", icon=":material/school:")
    return chosen.training


def sampled(chosen: NetworkAndData, count: int) -> Sample:
    """The first `count` points of an order whose every prefix has about each class's share of the points.

    Points without a label are left out.
    """
    labelled = np.flatnonzero(chosen.y >= 0)
    order = labelled[spread_order(chosen.y[labelled])[:count]]
    total = len(labelled)
    part = f"a random sample of {count} of {total}, by class, seed {SEED}"
    words = part if count < total else f"all {counted(total, 'point')}"
    return Sample(replace(chosen, x=chosen.x[order], y=chosen.y[order]), order, words)


def spread_order(labels: NDArray[np.int64]) -> NDArray[np.intp]:
    """(n,) a seeded order of the points that spreads every class evenly: data sets are often sorted by class.

    Each class's points, in random order, are spread evenly between 0 and 1; the order is by that place. So the first k
    points hold, of a class with m of n points, k m / n of them up to about one.
    """
    drawn = np.random.default_rng(SEED).permutation(len(labels))
    place = np.empty(len(labels))
    for label in np.unique(labels):
        own = drawn[labels[drawn] == label]
        place[own] = (np.arange(len(own)) + 0.5) / len(own)
    return np.lexsort((drawn.argsort(), place))
