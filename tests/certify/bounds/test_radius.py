"""Certified radii: proved where they say, not much smaller than what can be proved, zero where nothing can."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import METHODS, certified_radius, margins
from geometry import distances
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points, random_directions

SEARCHED = [name for name in METHODS if name not in ("lp", "alpha-crown")]


@pytest.mark.slow
@given(st.one_of(mlps(3), degenerate_mlps()), norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=8)
def test_beyond_the_simplex_certificate_margins_are_positive_and_no_sample_changes_class(case, p, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    labels = case.network(torch.from_numpy(x)).argmax(1)
    simplex = certified_radius(case.network, x, p, "simplex", box=box)
    for method in SEARCHED:
        radii = certified_radius(case.network, x, p, method, box=box)
        for i in range(2):
            radius = min(radii[i].item(), 1e3)
            if radius == 0:
                continue
            least = margins(case.network, x[i : i + 1], labels[i : i + 1], radius, p, method, box)[0]
            assert radius <= simplex[i] or (least[torch.arange(len(least)) != labels[i]] > 0).all()
            z = x[i] + radius * random_directions(x[i].shape, p, 200)
            z = z if box is None else np.clip(z, *box)
            assert (case.network(torch.from_numpy(z)).argmax(1) == labels[i]).all()


@given(mlps(3), norms(), st.data())
@settings(deadline=None, max_examples=25)
def test_fast_lin_proves_at_least_the_simplex_certificate(case, p, data):
    x = data.draw(points(case.input_shape, 3))
    near = distances(case.network, x, p)
    least = np.minimum(near.d_B, near.d_D)
    radii = certified_radius(case.network, x, p, "fast-lin").numpy()
    np.testing.assert_allclose(certified_radius(case.network, x, p, "simplex").numpy(), least)
    usable = (least < 1e6) & (least > 1e-6)
    assert (radii[usable] >= least[usable] * (1 - 1e-6)).all()
    optimal = usable & (near.d_D <= near.d_B)
    np.testing.assert_allclose(radii[optimal], near.d_D[optimal], rtol=1e-6)


@pytest.mark.parametrize("method", ["lp", "alpha-crown"])
def test_the_dear_methods_prove_at_least_what_crown_proves(method):
    network, x = mlp([3, 6, 6, 3], 2), np.random.default_rng(0).uniform(-1, 1, (1, 3))
    radii = certified_radius(network, x, math.inf, method)
    assert (radii >= certified_radius(network, x, math.inf, "crown") * (1 - 1e-6)).all()


@given(mlps(3, depth=1), st.data())
@settings(deadline=None, max_examples=25)
def test_the_decision_boundary_certificate_is_the_minimum_over_theta(case, data):
    x = data.draw(points(case.input_shape, 1))
    first, second = case.network[0], case.network[2]
    slope = getattr(case.network[1], "negative_slope", 0.0)
    z = (torch.from_numpy(x) @ first.weight.T + first.bias)[0].numpy()
    W, b = second.weight.numpy(), second.bias.numpy()
    c = int(case.network(torch.from_numpy(x)).argmax())
    expected = math.inf
    for s in (s for s in range(len(b)) if s != c):
        corners = [[slope, 1.0]] * len(z)
        ends = [sum(f(t * a for t in theta) for theta, a in zip(corners, (W[c] - W[s]) * z)) for f in (min, max)]
        low, high = (b[c] - b[s] + end for end in ends)
        least = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
        expected = min(expected, least / (np.linalg.norm(W[c] - W[s]) * np.linalg.norm(first.weight.numpy(), 2)))
    found = certified_radius(case.network, x, 2, "decision-boundary")
    assert found.item() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_a_misclassified_point_has_radius_zero():
    network, x = mlp([3, 8, 3], 0), np.random.default_rng(0).random((4, 3))
    predicted = network(torch.from_numpy(x)).argmax(1)
    for method in ("interval", "crown", "simplex", "decision-boundary"):
        assert (certified_radius(network, x, 2, method, labels=(predicted + 1) % 3) == 0).all()


def test_a_constant_network_is_safe_in_the_whole_box():
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)).double().requires_grad_(False)
    for parameter in network.parameters():
        parameter.zero_()
    network[2].bias[0] = 1
    for method in METHODS:
        p = math.inf
        assert certified_radius(network, np.full((1, 2), 0.5), p, method, box=(0, 1)).item() == math.inf
    assert certified_radius(network, np.full((1, 2), 0.5), 2, "crown").item() > 1e100


def test_equal_logits_have_radius_zero():
    network = nn.Sequential(nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.eye(2))
    network[0].bias.zero_()
    assert certified_radius(network, np.ones((1, 2)), 2, "crown").item() == 0


def test_an_affine_network_is_certified_up_to_its_decision_boundary():
    network = nn.Sequential(nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    network[0].bias.zero_()
    for p, expected in ((1, 1.0), (2, 1 / math.sqrt(2)), (math.inf, 0.5)):
        for method in ("fast-lin", "interval", "crown-interval", "alpha-crown"):
            found = certified_radius(network, np.array([[2.0, 1.0]]), p, method)
            assert found.item() == pytest.approx(expected, rel=1e-9) and found.item() < expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "guess"}, "method must be one of"),
        ({"method": "lp", "p": 2}, "lp knows the norms"),
        ({"method": "decision-boundary", "p": 1}, "two layers and p = 2"),
        ({"labels": [7]}, r"labels must lie in 0\.\.2, got 7"),
        ({"box": (0.5, 1.0)}, "outside the box"),
        ({"p": 3}, "p must be"),
        ({"x": np.full((1, 3), np.nan)}, "NaN"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    asked = {"x": np.zeros((1, 3)), "p": math.inf, "method": "crown"} | change
    with pytest.raises(ValueError, match=message):
        certified_radius(mlp([3, 5, 3], 0), **asked)
