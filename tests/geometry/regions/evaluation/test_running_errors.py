"""Bounds on rounding that run along with the values, against fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from geometry.network.affine import Dense
from geometry.network.network import as_network
from geometry.network.rational import RationalNetwork
from geometry.plane import Plane
from geometry.regions import tuning
from geometry.regions.evaluation.running_errors import Errors, FirstLayer, carried, running_bounds
from tests.strategies import mlp, seeds

WINDOW = (-2.0, 2.0, -2.0, 2.0)
SCALES = [1.0, 1e-8, 1e8, 1e-100, 1e90, 1e-160, 1e-300, 1e-310]


@given(seeds, st.lists(st.sampled_from(SCALES), min_size=9, max_size=9))
def test_no_unit_is_farther_from_its_exact_value_than_its_bound_whatever_its_scale(seed, scales):
    network = mlp([2, 3, 3, 3, 2], seed)
    for layer, module in enumerate(network[:-1:2]):
        factors = torch.tensor(scales[3 * layer : 3 * layer + 3], dtype=torch.float64)
        module.weight.mul_(factors[:, None])
        module.bias.mul_(factors)
    converted = as_network(network, (2,))
    points = np.random.default_rng(seed).uniform(-2, 2, (3, 2))
    first = FirstLayer.of(converted.layers[0].affine, Plane.identity(), WINDOW)
    found = running_bounds(converted.layers, first, points, np.zeros(3), 3)
    for i, point in enumerate(points):
        exact = RationalNetwork(converted).preactivations(point)
        for (values, errors), layer in zip(found, exact):
            for value, error, true in zip(values[i], errors[i], layer.fractions()):
                if np.isfinite(value) and np.isfinite(error):
                    assert abs(Fraction(float(value)) - true) <= Fraction(float(error))


@pytest.mark.parametrize("size", [1.0, 1e-155, 1e-162, 1e-200, 5e-324])
def test_the_length_of_errors_is_no_less_than_the_exact_one(size):
    found = Errors.of(torch.full((1, 5), size, dtype=torch.float64))
    assert Fraction(float(found.length[0])) ** 2 >= 5 * Fraction(size) ** 2


@pytest.mark.parametrize("small", [1e-160, 1e-200, 1e-310])
def test_a_small_row_beside_a_large_one_lets_errors_through(small):
    affine = as_network(torch.nn.Sequential(torch.nn.Linear(2, 2, dtype=torch.float64)), (2,)).layers[0].affine
    with torch.no_grad():
        affine.weight.copy_(torch.tensor([[1.0, 1.0], [small, small]], dtype=torch.float64))
        entering = Errors.of(torch.full((1, 2), 1e100, dtype=torch.float64))
        error = carried(affine, entering, torch.zeros(1, 2, dtype=torch.float64))
    assert Fraction(float(error.per_unit[0, 1])) >= 2 * Fraction(small) * Fraction(1e100)


@pytest.mark.parametrize("shape", [(9, 9), (13, 4), (4, 13), (1, 1)])
def test_in_blocks_the_length_of_errors_grows_by_at_least_the_largest_singular_value(shape, monkeypatch):
    monkeypatch.setattr(tuning, "NORM_ROWS", 3)
    weight = torch.from_numpy(np.random.default_rng(0).normal(size=shape))
    affine = Dense(weight, torch.zeros(shape[0], dtype=torch.float64), shape[1:], shape[:1])
    grown = Errors(torch.full((1, shape[1]), 1e9).double(), torch.ones(1).double()).through(affine).length
    stretched = float(np.linalg.norm(weight.numpy(), 2))
    assert stretched <= float(grown) <= 3 * stretched


def test_a_wide_layer_s_errors_are_bounded_at_most_twice_as_loosely_as_by_the_whole_matrix():
    weight = torch.from_numpy(np.random.default_rng(0).normal(size=(1500, 1500)))
    affine = Dense(weight, torch.zeros(1500, dtype=torch.float64), (1500,), (1500,))
    length = float(Errors.of(torch.full((1, 1500), 1e-12).double()).through(affine).length)
    eighth = float((weight @ weight.T @ weight @ weight.T).norm()) ** 0.25 * 1e-12 * 1500**0.5
    assert length <= 2 * eighth
