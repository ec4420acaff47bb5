"""Distances given as proofs against exact rational ones: never more, and hardly less."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry import distances, simplex_certificate, theorem_3_1
from geometry.network.unit_gradients import largest_singular_value
from tests.exact_hyperplanes import hyperplanes_at, reaches, scaled_units
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points, seeds

FAMILIES = {"generic": mlps(3), "degenerate": degenerate_mlps(), "leaky": mlps(2, depth=2)}


def holds(network: nn.Sequential, x: np.ndarray, radius: float, p: float, box) -> bool:
    """Whether no exact hyperplane of the point's piece, a unit's or a decision one, is nearer than the radius."""
    if radius == 0:
        return True
    rows, tied = hyperplanes_at(network, x)
    return not tied and not any(reaches(*row, x, radius, p, box) for row in rows)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_certificate_exceeds_the_exact_distance(family):
    @given(FAMILIES[family], norms(), st.booleans(), st.data())
    @settings(deadline=None, max_examples=15)
    def check(case, p, boxed, data):
        x = data.draw(points(case.input_shape, 3))
        box = data.draw(boxes(x)) if boxed else None
        found = simplex_certificate(case.network, x, p, box)
        for point, radius in zip(x, found):
            assert holds(case.network, point, radius, p, box)

    check()


@given(seeds, norms(), st.sampled_from([30, 43]))
@settings(deadline=None, max_examples=10)
def test_units_scaled_by_powers_of_two_change_no_certificate(seed, p, exponent):
    network, x = mlp([3, 6, 6, 3], seed), np.random.default_rng(seed).uniform(-1, 1, (3, 3))
    scaled = scaled_units(network, seed, exponent)
    found = simplex_certificate(scaled, x, p)
    np.testing.assert_allclose(found, simplex_certificate(network, x, p), rtol=1e-9)
    assert all(holds(scaled, point, radius, p, None) for point, radius in zip(x, found))
    measured, own = distances(scaled, x, p), distances(network, x, p)
    np.testing.assert_allclose(measured.d_B, own.d_B, rtol=1e-9)
    np.testing.assert_allclose(measured.d_D, own.d_D, rtol=1e-9)


@given(seeds, norms())
@settings(deadline=None, max_examples=5)
def test_twenty_layers_lose_little(seed, p):
    network, x = mlp([3, *[5] * 20, 2], seed), np.random.default_rng(seed).uniform(-1, 1, (2, 3))
    found, measured = simplex_certificate(network, x, p), distances(network, x, p)
    least = np.minimum(measured.d_B, measured.d_D)
    assert all(holds(network, point, radius, p, None) for point, radius in zip(x, found))
    usable = (least > 1e-6) & (least < 1e6)
    np.testing.assert_allclose(found[usable], least[usable], rtol=1e-5)


@given(mlps(3), norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=15)
def test_the_radius_of_theorem_3_1_is_the_certificate_and_close_to_the_measured_distances(case, p, boxed, data):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x)) if boxed else None
    found = theorem_3_1(case.network, x[0], p, box)
    assert found.radius == simplex_certificate(case.network, x, p, box)[0]
    least = min(found.d_B, found.d_D)
    if 1e-6 < least < 1e6:
        assert (1 - 1e-6) * least <= found.radius <= least * (1 + 1e-12)


def test_a_row_within_rounding_of_zero_still_has_its_hyperplane():
    """Two units that differ in their last bits only, and a layer above that reads the difference: 2^-40 x."""
    network = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0], [1.0 + 2.0**-40]], dtype=torch.float64))
    network[0].bias.copy_(torch.tensor([1.0, 1.0]))
    network[2].weight.copy_(torch.tensor([[2.0**40, -(2.0**40)], [0.0, 0.0]]))
    network[2].bias.copy_(torch.tensor([0.25, 0.0]))
    x = np.zeros((1, 1))
    assert 0.2 < simplex_certificate(network, x, 2)[0] <= 0.25


@pytest.mark.parametrize("shape", [(1, 7), (6, 4), (5, 5), (3, 20)])
def test_the_spectral_bound_is_above_every_exact_stretch(shape):
    matrix = torch.from_numpy(np.random.default_rng(0).normal(size=shape))
    bound = largest_singular_value(matrix)
    direction = np.linalg.svd(matrix.numpy())[2][0]
    step = [Fraction(v) for v in direction.tolist()]
    rows = [[Fraction(v) for v in row] for row in matrix.tolist()]
    image = sum(sum(a * b for a, b in zip(row, step)) ** 2 for row in rows)
    assert Fraction(bound) ** 2 * sum(v * v for v in step) >= image
    assert bound == pytest.approx(float(np.linalg.norm(matrix.numpy(), 2)), rel=1e-11)


def test_equal_logits_everywhere_prove_nothing_and_one_class_everywhere_proves_all():
    network = nn.Sequential(nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.ones(2, 2))
    network[0].bias.zero_()
    assert simplex_certificate(network, np.ones((1, 2)), 2)[0] == 0
    network[0].bias.copy_(torch.tensor([1.0, 0.0]))
    assert simplex_certificate(network, np.ones((1, 2)), 2)[0] == math.inf
