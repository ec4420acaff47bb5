"""Detection: every attacked input is flagged, and none whose class is proved."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import complete, detection, flags, margins
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points, random_directions

GRID = np.array([0.05, 0.3, 1.0])


@given(st.one_of(mlps(3), degenerate_mlps()), norms(), st.booleans(), st.sampled_from(["interval", "crown"]), st.data())
@settings(deadline=None, max_examples=12)
def test_every_attacked_input_is_flagged(case, p, boxed, method, data):
    x = data.draw(points(case.input_shape, 4))
    box = data.draw(boxes(x)) if boxed else None
    found = complete(detection(case.network, x, GRID, p, method=method, attack="fgsm", box=box, chunk=3))
    flagged, attacked, caught = found.counts()
    np.testing.assert_array_equal(attacked, caught)
    assert (flagged >= attacked).all()  # a point with another class near by is flagged itself
    assert (np.diff(flagged) >= 0).all()


@given(mlps(2), norms(), st.data())
@settings(deadline=None, max_examples=10)
def test_around_an_input_that_is_not_flagged_no_sample_has_another_class(case, p, data):
    x = data.draw(points(case.input_shape, 4))
    classes = case.network(torch.from_numpy(x)).argmax(1)
    for i in np.flatnonzero(~flags(case.network, x, 0.1, p, "fast-lin")):
        z = x[i] + 0.1 * random_directions(case.input_shape, p, 300)
        assert (case.network(torch.from_numpy(z)).argmax(1) == classes[i]).all()


def test_an_input_is_flagged_where_the_margin_of_its_own_class_is_not_positive():
    network, x = mlp([3, 10, 10, 3], 4), np.random.default_rng(1).uniform(-1, 1, (12, 3))
    classes = network(torch.from_numpy(x)).argmax(1)
    least = margins(network, x, classes, 0.2, math.inf, "fast-lin")
    least[torch.arange(12), classes] = math.inf
    flagged = flags(network, x, 0.2, math.inf, "fast-lin")
    np.testing.assert_array_equal(flagged, (least.amin(1) <= 0).numpy())
    assert 0 < flagged.sum() < 12
    grid = complete(detection(network, x, [0.2], math.inf)).flagged
    np.testing.assert_array_equal(grid[:, 0], flagged)


def test_where_attacks_succeed_all_of_them_are_caught():
    network, x = mlp([2, 12, 12, 2], 3), np.random.default_rng(0).uniform(-1, 1, (8, 2))
    network[-1].bias.sub_(network(torch.from_numpy(x)).median(0).values)  # so that both classes are seen
    _, attacked, caught = complete(detection(network, x, [0.5, 1.5], 2)).counts()
    assert attacked[-1] > 2 and (attacked == caught).all()
