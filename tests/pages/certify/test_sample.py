"""A sample of a data set is like the set, and the same every time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geometry import as_network
from pages.certify.sample import sampled, spread_order
from pages.shared.network_and_data import NetworkAndData
from tests.strategies import mlp

LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=60).map(lambda labels: np.sort(np.array(labels)))


@given(LABELS, st.data())
def test_every_beginning_has_each_class_s_share_of_the_points(labels, data):
    order = spread_order(labels)
    assert sorted(order.tolist()) == list(range(len(labels)))
    k = data.draw(st.integers(1, len(labels)))
    for label in np.unique(labels):
        expected = k * (labels == label).mean()
        assert abs((labels[order[:k]] == label).sum() - expected) <= 2


def test_a_sample_knows_its_points_numbers_and_leaves_out_those_without_a_class():
    x, y = np.random.default_rng(0).uniform(0, 1, (20, 2)), np.arange(20) // 10
    y[3] = -1
    network = as_network(mlp([2, 4, 2], 0), (2,))
    chosen = NetworkAndData(network, "title", x, y, None, {}, in_link=True)
    some, whole = sampled(chosen, 8), sampled(chosen, 19)
    assert (some.chosen.x == x[some.numbers]).all()
    assert (some.chosen.y == y[some.numbers]).all()
    assert 3 not in whole.numbers
    assert whole.words == "all 19 points"
    assert "8 of 19" in some.words
    assert (some.numbers == sampled(chosen, 8).numbers).all()
