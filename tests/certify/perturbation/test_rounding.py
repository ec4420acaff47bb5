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
from certify.bounds.methods import METHODS
from certify.bounds.proof import proved_margins
from certify.perturbation.arithmetic import FLOAT32, REAL
from certify.perturbation.perturbation import perturbation
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from geometry import as_network
from tests.exact_hyperplanes import scaled_units
from tests.slow import others_slow
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
def test_proved_margins_are_below_the_exact_ones_and_close(seed, exponents, eps):
    network = mlp([3, 5, 5, 3], seed)
    linear = [module for module in network if isinstance(module, nn.Linear)]
    for module, exponent in zip(linear, exponents):
        module.weight.mul_(10.0**exponent)
        module.bias.mul_(10.0**-exponent)
    x = np.random.default_rng(seed).uniform(-1, 1, (1, 3))
    proved = proved_at(network, x, eps, math.inf, "fast-lin")
    for value, plain, exact in zip(
        proved.tolist(),
        margins(network, x, [0], eps, math.inf, "fast-lin")[0, 1:].tolist(),
        rational_margins(network, x[0], 0, eps)[1:],
    ):
        assert Fraction(value) <= exact
        assert abs(Fraction(plain) - exact) <= exact - Fraction(value) or plain == pytest.approx(float(exact), rel=1e-9)


def proved_at(network: nn.Sequential, x: np.ndarray, eps: float, p: float, method: str, covers=REAL) -> torch.Tensor:
    """(K - 1,) proved margins of class 0 at the one point x."""
    converted = as_network(network, x.shape[1:])
    ball = perturbation(x, eps, p, None, x.shape[1:])
    return proved_margins(converted, ball, torch.tensor([0]), METHODS[method].run, covers)[0]


def rational_logits(network: nn.Sequential, x: list[Fraction]) -> list[Fraction]:
    """The network's outputs without rounding."""
    values = x
    for module in network:
        if isinstance(module, nn.Linear):
            rows = zip(module.weight.tolist(), module.bias.tolist())
            values = [sum((Fraction(w) * v for w, v in zip(row, values)), Fraction(b)) for row, b in rows]
        else:
            slope = Fraction(getattr(module, "negative_slope", 0.0))
            values = [v if v > 0 else slope * v for v in values]
    return values


@pytest.mark.parametrize("method", METHODS)
def test_at_a_single_point_no_proof_exceeds_the_exact_margin_and_only_rounding_is_lost(method):
    """With radius 0 every relaxation is the network itself: what is proved is the exact margin less rounding."""

    @given(seeds, st.sampled_from([0.0, 0.1]), st.sampled_from([0, 30, 43]), st.sampled_from([2, 20]))
    @settings(deadline=None, max_examples=4 if method in ("lp", "alpha-crown") else 10)
    def check(seed, slope, exponent, depth):
        network = scaled_units(mlp([3, *[5] * depth, 3], seed, slope), seed, exponent)
        x = np.random.default_rng(seed).uniform(-1, 1, 3)
        logits = rational_logits(network, [Fraction(v) for v in x.tolist()])
        found = proved_at(network, x[None], 0.0, 1 if method == "lp" else 2, method)
        size = float(max(abs(v) for v in logits))
        for value, other in zip(found.tolist(), logits[1:]):
            assert Fraction(value) <= logits[0] - other
            assert value == pytest.approx(float(logits[0] - other), abs=1e-6 * (1 + size) if method == "lp" else 1e-9)

    check()


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("method", ["interval", "fast-lin", "crown", "crown-interval", "alpha-crown"])
def test_proofs_for_a_batch_in_a_box_are_those_of_its_points_and_just_below_the_margins(method, p):
    network, rng = mlp([3, 8, 8, 3], 5), np.random.default_rng(0)
    x, eps, converted = rng.random((2, 3)), rng.random(2), as_network(network, (3,))
    x[0], box, labels = 0.0, (0.0, 1.0), torch.tensor([0, 1])
    whole = proved_margins(converted, perturbation(x, eps, p, box, (3,)), labels, METHODS[method].run)
    for i in range(2):
        ball = perturbation(x[i : i + 1], eps[i], p, box, (3,))
        alone = proved_margins(converted, ball, labels[i : i + 1], METHODS[method].run)[0]
        torch.testing.assert_close(whole[i], alone, rtol=1e-7, atol=1e-7)
        plain = margins(network, x[i : i + 1], labels[i : i + 1], eps[i], p, method, box)[0]
        plain = plain[torch.arange(3) != labels[i]]
        assert ((alone <= plain + 1e-15).all() and (alone >= plain - 1e-9).all()) or method == "alpha-crown"


@pytest.mark.parametrize("method", METHODS)
def test_no_proof_exceeds_the_exact_margin_at_a_corner_of_the_ball(method):
    @given(seeds, st.sampled_from([1, 2, math.inf]), st.floats(0.001, 0.3), st.sampled_from([0, 30]), st.data())
    @settings(deadline=None, max_examples=4 if method in ("lp", "alpha-crown") else 10)
    def check(seed, p, eps, exponent, data):
        p = p if p in METHODS[method].norms else math.inf
        network = scaled_units(mlp([3, 6, 6, 3], seed), seed, exponent)
        x = np.random.default_rng(seed).uniform(-1, 1, 3)
        found = proved_at(network, x[None], eps, p, method)
        center, radius = [Fraction(v) for v in x.tolist()], Fraction(eps)
        for step in [(1, 0, 0), (0, -1, 0), (0, 0, 1)] if p != math.inf else [(1, -1, 1), (-1, -1, -1), (1, 1, -1)]:
            logits = rational_logits(network, [c + radius * s for c, s in zip(center, step)])
            assert all(Fraction(v) <= logits[0] - other for v, other in zip(found.tolist(), logits[1:]))

    check()


@pytest.mark.parametrize("method", ["interval", "fast-lin", "crown", "crown-interval"])
def test_units_scaled_by_powers_of_two_change_no_radius(method):
    network, x = mlp([3, 8, 8, 3], 4), np.random.default_rng(0).uniform(-1, 1, (3, 3))
    for exponent in (30, 43):
        scaled = certified_radius(scaled_units(network, 1, exponent), x, 2, method)
        torch.testing.assert_close(scaled, certified_radius(network, x, 2, method), rtol=1e-8, atol=0)


@pytest.mark.parametrize("method", ["interval", "crown-interval", "fast-lin", "crown"])
@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=[2]))
def test_no_method_reports_less_than_min_d_B_d_D_proves(method, p):
    network, x = mlp([3, *[8] * 8, 3], 2), np.random.default_rng(1).uniform(-1, 1, (3, 3))
    assert (certified_radius(network, x, p, method) >= certified_radius(network, x, p, "simplex")).all()


@pytest.mark.parametrize("method", ["interval", "fast-lin", "crown"])
def test_a_covered_float32_pass_keeps_the_class_in_any_order_of_summation(method):
    """Random inputs of the ball, rounded to float32, with every sum in a random order and partial sums rounded."""
    rng = np.random.default_rng(0)
    network, x = mlp([6, 24, 24, 3], 3), rng.uniform(-1, 1, (4, 6))
    labels = network(torch.from_numpy(x)).argmax(1)
    real = certified_radius(network, x, math.inf, method)
    radii = certified_radius(network, x, math.inf, method, covers="float32")
    assert (radii > 0).all() and (radii < real).all()
    assert method == "interval" or (radii > 0.9 * real).all()
    for i, radius in enumerate(radii.tolist()):
        for _ in range(10):
            z = x[i] + radius * np.sign(rng.normal(size=6))
            assert shuffled_float32_logits(network, z, rng).argmax() == labels[i]


def test_the_rounding_of_a_float32_pass_is_within_what_a_float32_proof_allows():
    """At a single point the proved margin lies below that of every float32 pass, whatever its order of summation."""
    rng, network = np.random.default_rng(1), mlp([6, 40, 40, 3], 5)
    for x in rng.uniform(-1, 1, (5, 6)):
        proved = proved_at(network, x[None], 0.0, 2, "crown", FLOAT32).numpy()
        real = proved_at(network, x[None], 0.0, 2, "crown").numpy()
        for _ in range(20):
            logits = shuffled_float32_logits(network, x, rng).astype(np.float64)
            assert (proved <= logits[0] - logits[1:]).all()
        assert (real - proved < 1e-3).all()


def test_a_float32_pass_that_may_overflow_is_not_covered():
    network = scaled_units(mlp([3, 4, 3], 0), 0, 0)
    network[0].weight.mul_(2.0**100)
    network[2].weight.mul_(2.0**40)
    x = np.random.default_rng(0).uniform(-1, 1, (3, 3))
    assert (certified_radius(network, x, 2, "crown") > 0).all()
    assert (certified_radius(network, x, 2, "crown", covers="float32") == 0).all()


def shuffled_float32_logits(network: nn.Sequential, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A float32 forward pass whose sums run in random orders, bias somewhere among them."""
    values = x.astype(np.float32)
    for module in network:
        if isinstance(module, nn.Linear):
            terms = module.weight.numpy().astype(np.float32) * values
            terms = np.column_stack([terms, module.bias.numpy().astype(np.float32)])
            terms = rng.permuted(terms, axis=1)
            values = np.add.accumulate(terms, axis=1, dtype=np.float32)[:, -1]
        else:
            values = np.maximum(values, 0)
    return values


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
    bracket = Bracket(checked_points(network, x[None], [0], math.inf, None))
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
    for x in np.random.default_rng(0).uniform(0.5, 1, (3, 1, 1)):
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
