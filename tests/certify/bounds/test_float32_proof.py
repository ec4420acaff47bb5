"""Proofs in float32 hold for the float64 weights: by exact distances, fractions, and networks that need float64."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import METHODS, attack, minimal_perturbation
from certify.bounds.float32_proof import enclosed, ieee_products, proved_in_float32, rounded
from certify.bounds.proof import proved, proved_margins
from certify.perturbation.arithmetic import FLOAT32
from certify.perturbation.points import checked_points
from models.presets import load_preset
from tests.strategies import boxes, degenerate_mlps, mlps, networks, norms, points, random_directions

IN_FLOAT32 = tuple(name for name in METHODS if name != "lp")
CPU = torch.device("cpu")


def classes(network: nn.Module, x: np.ndarray) -> np.ndarray:
    return network(torch.from_numpy(x)).argmax(1).numpy()


def scaled(network: nn.Sequential, factor: float) -> nn.Sequential:
    """The network with larger weights and biases in its last layer: all errors grow by the factor, and all margins."""
    network[-1].weight.mul_(factor)
    network[-1].bias.mul_(factor)
    return network


@given(
    st.one_of(mlps(2, depth=2, width=5), degenerate_mlps(depth=2, width=4)),
    norms(),
    st.booleans(),
    st.sampled_from(IN_FLOAT32),
    st.sampled_from([0.0, 1e-6, 0.02, 0.1]),
    st.data(),
)
@settings(deadline=None, max_examples=12)
def test_a_proved_point_is_farther_from_another_class_than_eps(case, p, boxed, method, eps, data):
    x = data.draw(points(case.input_shape, 3))
    box = data.draw(boxes(x)) if boxed else None
    labels = classes(case.network, x)
    proofs = proved_in_float32(checked_points(case.network, x, labels, p, box), eps, method)
    exact = minimal_perturbation(case.network, x, p, labels=labels, box=box, time_limit=0.3)
    for found, holds in zip(exact, proofs):
        assert not holds or found.upper > eps


@given(networks(), norms(), st.booleans(), st.sampled_from(IN_FLOAT32), st.sampled_from([1e-4, 1.0, 1e5]), st.data())
@settings(deadline=None, max_examples=12)
def test_bounds_are_below_the_margins_at_every_input_of_the_set(case, p, boxed, method, factor, data):
    x, eps = data.draw(points(case.input_shape, 2)), 0.05
    box = data.draw(boxes(x)) if boxed else None
    network = scaled(case.network, factor) if isinstance(case.network[-1], nn.Linear) else case.network
    labels = classes(network, x)
    asked = checked_points(network, x, labels, p, box)
    with ieee_products():
        ball, labels32 = enclosed(asked.ball(eps), CPU), torch.from_numpy(labels)
        least = proved_margins(rounded(asked.exact, CPU), ball, labels32, METHODS[method].run, FLOAT32).double()
    for i, label in enumerate(labels):
        z = x[i] + eps * random_directions(case.input_shape, p, 60)
        z = np.concatenate([x[i : i + 1], z if box is None else np.clip(z, *box)])
        if p != 2:
            found = attack(network, x[i : i + 1], labels[i : i + 1], "pgd", eps=eps, p=p, box=box, steps=3, restarts=1)
            z = np.concatenate([z, found.points.numpy()])
        logits = asked.exact.scores(torch.from_numpy(z.reshape(len(z), -1)))
        margins = (logits[:, label : label + 1] - logits)[:, [s for s in range(logits.shape[1]) if s != label]]
        rounding = 1e-13 * logits.abs().amax()
        assert (least[i] <= margins.amin(0) + rounding).all()


@given(st.integers(1, 4), norms(), st.booleans(), st.floats(0, 1, allow_subnormal=True), st.data())
@settings(deadline=None, max_examples=40)
def test_the_set_of_float32_numbers_holds_the_other_one(d, p, boxed, eps, data):
    x = data.draw(points((d,), 2))
    box = data.draw(boxes(x)) if boxed else None
    asked = checked_points(nn.Linear(d, 2, dtype=torch.float64).requires_grad_(False), x, None, p, box)
    ball = enclosed(asked.ball(eps), CPU)
    steps = [*(eps * random_directions((d,), p, 20)), *(eps * np.eye(d)), *(-eps * np.eye(d))]
    low, high = (np.full(d, -np.inf), np.full(d, np.inf)) if box is None else (asked.low, asked.high)
    for i in range(len(x)):
        for step in steps:
            z = [Fraction(value) for value in np.clip(x[i] + step, low, high)]
            if p == math.inf and any(abs(value - Fraction(start)) > Fraction(eps) for value, start in zip(z, x[i])):
                continue  # the sum was rounded out of the set
            away = [value - Fraction(float(center)) for value, center in zip(z, ball.center[i])]
            if p == math.inf:
                assert max(map(abs, away)) <= Fraction(float(ball.eps[i])) or boxed
            if p == 1:
                assert sum(map(abs, away)) <= Fraction(float(ball.eps[i])) * (1 + Fraction(1, 2**40))
            if p == 2:
                assert sum(value**2 for value in away) <= Fraction(float(ball.eps[i])) ** 2 * (1 + Fraction(1, 2**40))
            if ball.below is not None and ball.above is not None:
                for value, below, above in zip(away, ball.below[i], ball.above[i]):
                    assert -Fraction(float(below)) <= value <= Fraction(float(above))


def linear(weights: list[list[float]], bias: list[float]) -> nn.Sequential:
    layer = nn.Linear(len(weights[0]), len(weights), dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weights, dtype=torch.float64))
        layer.bias.copy_(torch.tensor(bias, dtype=torch.float64))
    return nn.Sequential(layer).eval().requires_grad_(False)


def test_a_margin_that_only_rounded_weights_have_is_no_proof():
    network = linear([[1.0], [1 + 2.0**-30]], [2.0**-31, 0.0])
    x = np.ones((1, 1))
    assert classes(network, x).tolist() == [1]
    assert classes(network.float(), x.astype(np.float32)).tolist() == [0]  # the rounded network has another class
    network = linear([[1.0], [1 + 2.0**-30]], [2.0**-31, 0.0])
    for method in IN_FLOAT32:
        assert not proved_in_float32(checked_points(network, x, [0], math.inf, None), 0.0, method).any()


def test_a_margin_that_only_rounded_inputs_have_is_no_proof():
    x = np.array([[1 + 2.0**-30, 1.0]])
    network = linear([[-1.0, 1.0], [0.0, 0.0]], [2.0**-31, 0.0])
    assert classes(network, x).tolist() == [1]
    for p in (1, 2, math.inf):
        assert not proved_in_float32(checked_points(network, x, [0], p, None), 0.0, "crown").any()


@pytest.mark.parametrize("method", IN_FLOAT32)
def test_nearly_all_that_float64_proves_float32_proves_too(method: str):
    preset = load_preset("moons")
    asked = checked_points(preset.network, preset.dataset.x, preset.dataset.y, math.inf, None)
    exact, single = proved(asked, 0.1, method), proved_in_float32(asked, 0.1, method)
    assert exact.sum() > 20 and single.sum() >= 0.95 * exact.sum()


def test_the_linear_program_is_left_to_float64():
    preset = load_preset("moons")
    asked = checked_points(preset.network, preset.dataset.x[:2], preset.dataset.y[:2], math.inf, None)
    assert not proved_in_float32(asked, 1e-3, "lp").any()


def test_products_are_as_before_afterwards():
    before = torch.backends.mkldnn.enabled, torch.backends.cudnn.enabled, torch.get_float32_matmul_precision()
    with ieee_products():
        assert not torch.backends.mkldnn.enabled and not torch.backends.cudnn.enabled
    assert (torch.backends.mkldnn.enabled, torch.backends.cudnn.enabled, torch.get_float32_matmul_precision()) == before


def test_numbers_beyond_float32_prove_nothing():
    network = linear([[1e300], [-1e300]], [0.0, 0.0])
    assert not proved_in_float32(checked_points(network, np.ones((1, 1)), [0], 2, None), 0.1, "crown").any()
