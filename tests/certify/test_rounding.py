"""The stated rounding error against exact rational arithmetic, on networks scaled to make rounding hurt."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import certified_radius, margins
from certify.bracket import Bracket
from certify.methods import margin_functionals
from certify.perturbation import perturbation
from certify.rounding import functional_errors
from geometry import as_network
from tests.strategies import mlp, seeds


def rational_margins(network: nn.Sequential, x: np.ndarray, label: int, eps: float) -> list[Fraction]:
    """Fast-Lin's l-infinity margins without any rounding."""
    layers = [module for module in network if isinstance(module, nn.Linear)]
    W = [[[Fraction(w) for w in row] for row in layer.weight.tolist()] for layer in layers]
    b = [[Fraction(v) for v in layer.bias.tolist()] for layer in layers]
    center, radius, bounds = [Fraction(v) for v in x.tolist()], Fraction(eps), []

    def lower(row: list[Fraction], k: int) -> Fraction:
        total = Fraction(0)
        for i in range(k, -1, -1):
            total += sum(r * v for r, v in zip(row, b[i]))
            row = [sum(r * w[j] for r, w in zip(row, W[i])) for j in range(len(W[i][0]))]
            if i > 0:
                slopes = []
                for r, (low, high) in zip(row, bounds[i - 1]):
                    unstable = low < 0 < high
                    slopes.append(high / (high - low) if unstable else Fraction(int(low >= 0)))
                    if unstable and r < 0:
                        total += r * -low * high / (high - low)
                row = [r * slope for r, slope in zip(row, slopes)]
        return total + sum(r * v for r, v in zip(row, center)) - radius * sum(abs(r) for r in row)

    for k in range(len(W) - 1):
        units = [[Fraction(int(i == j)) for i in range(len(b[k]))] for j in range(len(b[k]))]
        bounds.append([(lower(unit, k), -lower([-e for e in unit], k)) for unit in units])
    K = len(b[-1])
    return [lower([Fraction(int(i == label)) - int(i == s) for i in range(K)], len(W) - 1) for s in range(K)]


@given(seeds, st.lists(st.integers(-12, 12), min_size=3, max_size=3), st.floats(0.01, 1))
@settings(deadline=None, max_examples=25)
def test_margins_are_within_the_stated_error_of_the_exact_ones(seed, exponents, eps):
    network = mlp([3, 5, 5, 3], seed)
    linear = [module for module in network if isinstance(module, nn.Linear)]
    for module, exponent in zip(linear, exponents):
        module.weight.mul_(10.0**exponent)
        module.bias.mul_(10.0**-exponent)
    x = np.random.default_rng(seed).uniform(-1, 1, (1, 3))
    found = margins(network, x, [0], eps, math.inf, "fast-lin")[0, 1:]
    converted = as_network(network, (3,))
    ball = perturbation(x, eps, math.inf, None, (3,))
    weights, offset, _ = margin_functionals(converted, torch.tensor([0]))
    errors = functional_errors(converted, ball, weights, offset)[0]
    for value, error, exact in zip(found.tolist(), errors.tolist(), rational_margins(network, x[0], 0, eps)[1:]):
        assert abs(Fraction(value) - exact) <= Fraction(error)


@given(seeds, st.sampled_from([1e3, 1e8, 1e12]))
@settings(deadline=None, max_examples=25)
def test_a_searchs_bounds_of_units_hold_the_exact_values_where_much_cancels(seed, scale):
    """Two units that are nearly the same, far from 0, and the layer above takes one from the other."""
    network = mlp([3, 2, 2, 2], seed)
    network[0].weight[1] = network[0].weight[0] + 1e-9
    network[0].bias.fill_(1.0)
    network[0].weight.mul_(scale)
    network[2].weight.copy_(torch.tensor([[1.0, -1.0], [-1.0, 1.0]]))
    x = np.random.default_rng(seed).uniform(-1, 1, 3)
    bracket = Bracket(as_network(network, (3,)), x, 0, math.inf, np.full(3, -math.inf), np.full(3, math.inf))
    values = [Fraction(v) for v in x.tolist()]
    for layer, (lower, upper) in zip((network[0], network[2]), bracket.unit_bounds(0.0)):
        rows = zip(layer.weight.tolist(), layer.bias.tolist())
        values = [sum(Fraction(w) * v for w, v in zip(row, values)) + Fraction(b) for row, b in rows]
        assert all(Fraction(a) <= z <= Fraction(b) for a, z, b in zip(lower.tolist(), values, upper.tolist()))
        values = [max(z, Fraction(0)) for z in values]


@pytest.mark.parametrize("scale", [1e8, 1e12, 1e15])
def test_a_margin_that_only_rounding_makes_positive_proves_nothing(scale):
    """f_0 - f_1 = (scale + 1) relu(x) - scale relu(x) - x is 0 everywhere on x > 0, and noise in floats."""
    network = nn.Sequential(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[scale / 3 + 1], [scale / 3], [1.0]]))
    network[0].bias.zero_()
    network[2].weight.copy_(torch.tensor([[1.0, -1.0, -1.0], [0.0, 0.0, 0.0]]))
    network[2].bias.zero_()
    for x in np.random.default_rng(0).uniform(0.5, 1, (20, 1, 1)):
        for method in ("interval", "fast-lin", "crown", "crown-interval", "alpha-crown", "lp"):
            assert certified_radius(network, x, math.inf, method, labels=[0]).item() == 0


def test_an_overflowing_network_is_never_certified():
    network = mlp([3, 5, 5, 3], 0)
    for module in network:
        if isinstance(module, nn.Linear):
            module.weight.mul_(1e120)
    x = np.random.default_rng(0).uniform(-1, 1, (3, 3))
    for method in ("interval", "fast-lin", "crown", "crown-interval"):
        assert (certified_radius(network, x, 2, method) == 0).all()
