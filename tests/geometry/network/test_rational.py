"""Exact arithmetic against fractions, number by number."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from geometry.network.affine import dense_matrix
from geometry.network.network import as_network
from geometry.network.rational import Dyadic, RationalNetwork, exact_maps
from geometry.network.rounding import doubled
from tests import strategies

finite = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e200, max_value=1e200)


def fractions_of(values: np.ndarray) -> list[Fraction]:
    return [Fraction(float(value)) for value in np.ravel(values)]


def forward_in_fractions(network: nn.Sequential, x: np.ndarray) -> list[list[Fraction]]:
    """Pre-activations of every layer of a fully connected network, then the logits."""
    values, layers = fractions_of(x), []
    for module in network:
        if isinstance(module, nn.Linear):
            rows, bias = module.weight.numpy(), fractions_of(module.bias.numpy())
            values = [sum((w * v for w, v in zip(fractions_of(r), values)), b) for r, b in zip(rows, bias)]
            layers.append(values)
        else:
            slope = Fraction(getattr(module, "negative_slope", 0.0))
            values = [value if value > 0 else slope * value for value in values]
    return layers


@given(st.lists(finite, min_size=1, max_size=6))
def test_a_dyadic_array_is_the_float_array_itself(values):
    exact = Dyadic.of(np.array(values))
    assert exact.fractions() == [Fraction(value) for value in values]
    assert (exact.floats() == np.array(values)).all()
    assert (exact.signs() == np.sign(values)).all()


@given(strategies.mlps(st.integers(1, 5)), strategies.seeds)
def test_preactivations_are_those_of_a_forward_pass_in_fractions(case, seed):
    x = np.random.default_rng(seed).normal(size=case.input_shape)
    exact = RationalNetwork(doubled(as_network(case.network, case.input_shape))).preactivations(x)
    assert [layer.fractions() for layer in exact] == forward_in_fractions(case.network, x)


@given(strategies.networks(), strategies.seeds)
def test_pieces_and_rows_take_the_value_of_the_network_on_the_pattern_of_a_point(case, seed):
    x = np.random.default_rng(seed).normal(size=case.input_shape)
    network = RationalNetwork(doubled(as_network(case.network, case.input_shape)))
    values = network.preactivations(x)
    pattern = np.concatenate([np.zeros(0, bool), *(layer.signs() > 0 for layer in values[:-1])])
    columns = np.zeros((x.size, 3))
    columns[:, 2], columns[:, :2] = x.ravel(), np.random.default_rng(seed + 1).normal(size=(x.size, 2))
    point = [*fractions_of(x), Fraction(1)]
    for k, layer in enumerate(values):
        pieces = network.pieces(Dyadic.of(columns), pattern, k)
        assert pieces[:, 2].fractions() == layer.fractions()
        unit = seed % len(layer.numerators)
        assert network.pieces(Dyadic.of(columns), pattern, k, [unit]).fractions() == pieces[unit].fractions()
        row = network.row(pattern, k, unit).fractions()
        assert sum(a * b for a, b in zip(row, point)) == layer.fractions()[unit]
        along = sum(a * b for a, b in zip(row, fractions_of(columns[:, 0])))
        assert along == pieces[unit, 0].fractions()[0]


@given(strategies.conv_networks())
def test_exact_maps_of_convolutions_hold_the_entries_of_their_matrix(case):
    network = doubled(as_network(case.network, case.input_shape))
    for layer in network.layers:
        product = torch.eye(int(np.prod(layer.affine.in_shape)), dtype=torch.float64)
        for part in exact_maps(layer.affine):
            matrix = np.zeros((len(part.starts) - 1, part.inputs))
            matrix[np.repeat(np.arange(len(matrix)), np.diff(part.starts)), part.columns] = part.entries.floats()
            product = torch.from_numpy(matrix) @ product
        assert torch.allclose(product, dense_matrix(layer.affine), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("slope", [0.0007, 2.0**-63, 1e-5, 1e-300, 5e-324, 0.5, 1.0])
@pytest.mark.parametrize("x", [(1.0, -3.0), (-1.0, 0.25)])
def test_leaky_slopes_of_any_size_are_exact(slope, x):
    """As fractions some have a denominator beyond the integers of a machine word, or one that is its smallest."""
    network = strategies.mlp([2, 3, 3, 2], seed=1, slope=slope)
    exact = RationalNetwork(as_network(network, (2,))).preactivations(np.array(x))
    assert [layer.fractions() for layer in exact] == forward_in_fractions(network, np.array(x))
