"""Tight's test: the gap between what a bound says and what the network reaches at the bound's own optimum."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import TESTABLE, is_tight, margins, tightness
from geometry import distances
from tests.strategies import boxes, degenerate_mlps, mlps, networks, norms, points


def v_shaped() -> nn.Sequential:
    """The network of Tight's appendix A, eq. 5, with a second class that is always 0: x2 >= |x1|."""
    network = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1, 0], [-1, 0], [0, 1], [0, -1]]))
    network[2].weight.copy_(torch.tensor([[0, 0, 0, 0], [-1, -1, 1, -1]]))
    network[0].bias.zero_()
    network[2].bias.zero_()
    return network


@given(networks(), norms(), st.sampled_from(TESTABLE), st.booleans(), st.data())
@settings(deadline=None, max_examples=12)
def test_the_optimal_input_lies_in_the_set_and_the_network_reaches_no_less_than_the_bound(case, p, method, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    labels = case.network(torch.from_numpy(x)).argmax(1)
    found = tightness(case.network, x, labels, 0.2, p, method, box)
    bound = margins(case.network, x, labels, 0.2, p, method, box).numpy()
    np.testing.assert_allclose(found.bound, bound, atol=1e-10 * (1 + np.abs(bound).max()))
    assert (found.gap >= -found.errors).all()
    moves = (found.points - x[:, None]).reshape(*found.bound.shape, -1)
    assert (np.linalg.norm(moves, ord=p, axis=2) <= 0.2 * (1 + 1e-9)).all()
    if box is not None:
        assert (found.points >= box[0] - 1e-12).all() and (found.points <= box[1] + 1e-12).all()
    classes = found.bound.shape[1]
    logits = case.network(torch.from_numpy(found.points.reshape(-1, *case.input_shape))).reshape(2, classes, classes)
    for i in range(2):
        reached = logits[i, :, labels[i]] - logits[i].diagonal()
        np.testing.assert_allclose(found.reached[i], reached, atol=1e-10 * (1 + logits.abs().max().item()))


@given(st.one_of(mlps(3), degenerate_mlps()), norms(), st.sampled_from(["fast-lin", "crown"]), st.data())
@settings(deadline=None, max_examples=25)
def test_bounds_are_exact_while_no_unit_can_switch(case, p, method, data):
    x = data.draw(points(case.input_shape, 1))
    eps = min(float(distances(case.network, x, p).d_B[0]), 10.0) * (1 - 1e-9)
    labels = case.network(torch.from_numpy(x)).argmax(1)
    assert is_tight(case.network, x, labels, eps, p, method).all()


@given(mlps(2, depth=2, width=4), norms(), st.floats(0.01, 0.5), st.data())
@settings(deadline=None, max_examples=25)
def test_proposition_1_implies_that_there_is_no_gap(case, p, eps, data):
    x = data.draw(points(case.input_shape, 3))
    labels = case.network(torch.from_numpy(x)).argmax(1)
    found = tightness(case.network, x, labels, eps, p, "fast-lin")
    lands = found.distance < 1e-14
    assert (found.gap[lands] <= 1e-11 * (1 + np.abs(found.bound[lands]))).all()


def test_the_bound_of_tights_example_is_exact_though_two_units_are_unstable():
    x, eps = np.array([[0.1, 0.42]]), 0.2
    found = tightness(v_shaped(), x, [1], eps, math.inf, "fast-lin")
    assert found.exact[0, 0]
    np.testing.assert_allclose(found.points[0, 0], [0.3, 0.22])
    np.testing.assert_allclose([found.bound[0, 0], found.reached[0, 0]], 0.42 - 0.1 - 2 * eps, atol=1e-12)
    np.testing.assert_allclose(found.distance[0, 0], 0, atol=1e-12)


def test_a_loose_bound_is_not_called_exact():
    absolute = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 2)).double().requires_grad_(False)
    absolute[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
    absolute[2].weight.copy_(torch.tensor([[1.0, 1.0], [0.0, 0.0]]))
    absolute[0].bias.zero_()
    absolute[2].bias.copy_(torch.tensor([0.2, 0.0]))
    question = (absolute, [[0.1]], [0], 0.4, math.inf, "fast-lin")  # |x| + 0.2 on [-0.3, 0.5]
    found = tightness(*question)
    np.testing.assert_allclose(found.bound[0, 1], 0.2 - 0.075)  # chords 0.625 (x + 0.3) and 0.375 (0.5 - x)
    np.testing.assert_allclose(found.reached[0, 1], 0.2 + 0.3)
    assert not is_tight(*question)[0]


def test_only_methods_that_substitute_back_can_be_tested():
    with pytest.raises(ValueError, match="tightness is tested for"):
        tightness(v_shaped(), np.zeros((1, 2)), [0], 0.4, math.inf, "alpha-crown")
