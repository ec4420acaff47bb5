"""Outputs that attacks reach lie in the true set, near its boundary."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import outer_polytope
from certify.polytopes.inner_polytope import furthest_outputs, plane_of_attacks
from geometry import adversarial_polytope
from geometry.planar.ball import ball_corners
from tests.strategies import mlp


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 50), p=st.sampled_from([1, 2, math.inf]), boxed=st.booleans())
def test_what_is_reached_comes_from_the_ball_and_lies_in_the_true_set(seed, p, boxed):
    network, x, eps = mlp([2, 8, 8, 3], seed), np.array([0.3, -0.1]), 0.4
    box = (-0.2, 0.5) if boxed else None
    inputs, outputs = furthest_outputs(network, x, eps, p, (2, 0), box, directions=8)
    assert (np.linalg.norm(inputs - x, ord=p, axis=1) <= eps * (1 + 1e-9)).all()
    if boxed:
        assert inputs.min() >= -0.2 and inputs.max() <= 0.5
    np.testing.assert_allclose(network(torch.from_numpy(inputs))[:, [2, 0]].detach().numpy(), outputs, atol=1e-12)
    true = adversarial_polytope(network, x, eps, p, (2, 0), box)
    assert shapely.covers(true.buffer(1e-4), shapely.points(outputs)).all()


def test_on_an_affine_network_the_furthest_is_found():
    torch.manual_seed(0)
    network = torch.nn.Linear(6, 2).double()
    _, outputs = furthest_outputs(network, np.zeros(6), 0.5, math.inf, directions=16)
    outer = outer_polytope(network, np.zeros(6), 0.5, math.inf, method="crown", directions=16)
    angles = np.arange(16) * math.pi / 8
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    corners = np.array(outer.exterior.coords)
    heights = (directions @ corners.T).max(axis=1)
    np.testing.assert_allclose((directions * outputs).sum(axis=1), heights, atol=1e-6)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_the_plane_holds_the_point_and_an_attack(p):
    network, x = mlp([5, 12, 3], 1), np.full(5, 0.5)
    plane = plane_of_attacks(network, x, 0.2, p, (0, 1), (0.0, 1.0))
    np.testing.assert_allclose(plane.embed(plane.project(x[None]))[0], x, atol=1e-9)
    assert len(ball_corners(x, 0.2, p, plane, (0.0, 1.0))) >= 3


def test_a_network_without_slope_still_has_a_plane():
    flat = torch.nn.Linear(3, 2).double()
    torch.nn.init.zeros_(flat.weight)
    assert plane_of_attacks(flat, np.zeros(3), 0.1, 2).input_shape == (3,)


def test_a_negative_radius_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        furthest_outputs(torch.nn.Linear(2, 2), np.zeros(2), -1.0, 2)
