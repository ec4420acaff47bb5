"""Certified radii: proved where they say, not much smaller than what can be proved, zero where nothing can."""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import METHODS, certified_radius, margins
from certify.bounds.proof import proved, proved_margins
from certify.perturbation.arithmetic import Covers, arithmetic
from certify.perturbation.points import Points, checked_points
from geometry import distances
from models.data.images import load_images
from models.gallery import load_shipped
from tests.slow import others_slow
from tests.strategies import boxes, degenerate_mlps, mlp, mlps, norms, points, random_directions

SEARCHED = [name for name in METHODS if name not in ("lp", "alpha-crown", "sdp-crown")]
MONOTONE = ("interval", "fast-lin", "fast-lip")  # in a larger ball their lines and ranges leave more room


def by_plain_bisection(point: Points, method: str, covers: Covers) -> float:
    """The largest radius that a method proves, if its margin falls: doubling, then halving to the last digits."""

    def is_proved(eps: float) -> bool:
        return bool(proved(point, eps, method, arithmetic(covers))[0])

    corner = float(np.linalg.norm(np.maximum(point.x64[0] - point.low, point.high - point.x64[0]), point.p))
    if math.isfinite(corner) and is_proved(corner * (1 + 1e-12)):
        return math.inf
    low, high = 0.0, 1e-9
    while is_proved(high):
        low, high = high, 2 * high
        if high > 1e9:
            return math.inf
    while high - low > 1e-12 * high and high > 1e-15:
        middle = (low + high) / 2
        low, high = (middle, high) if is_proved(middle) else (low, middle)
    return low


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


@given(st.one_of(mlps(3), degenerate_mlps()), norms(), st.booleans(), st.sampled_from(["real", "float32"]), st.data())
@settings(deadline=None, max_examples=25)
def test_where_margins_fall_radii_are_those_of_plain_bisection(case, p, boxed, covers, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    method = data.draw(st.sampled_from(MONOTONE))
    every = checked_points(case.network, x, None, p, box)
    radii = certified_radius(case.network, x, p, method, box=box, covers=covers)
    least = certified_radius(case.network, x, p, "simplex", box=box) if covers == "real" else torch.zeros(2)
    for i in range(2):
        expected = max(by_plain_bisection(every.point(i), method, covers), float(least[i]))
        if not 1e-9 < expected < 1e9:
            continue  # no radius in the range of the bisection
        assert radii[i].item() == pytest.approx(expected, rel=1e-6 if covers == "float32" else 1e-9)


@given(mlps(3), norms(), st.booleans(), st.sampled_from([1e-10, 1e-6, 1e-4, 1e-2]), st.data())
@settings(deadline=None, max_examples=25)
def test_a_radius_is_proved_and_one_that_is_larger_by_the_tolerance_is_not(case, p, boxed, tolerance, data):
    x = data.draw(points(case.input_shape, 1))
    box = data.draw(boxes(x)) if boxed else None
    point = checked_points(case.network, x, None, p, box)
    simplex = certified_radius(case.network, x, p, "simplex", box=box)
    for method in SEARCHED:
        radius = certified_radius(case.network, x, p, method, box=box, tolerance=tolerance)
        assert radius >= simplex
        if torch.isfinite(radius) and simplex < radius < 1e100:
            assert proved(point, radius, method)[0]
            assert (
                method not in MONOTONE or not proved(point, radius / (1 - 1.01 * tolerance) + 1e-12 * radius, method)[0]
            )


@pytest.mark.parametrize("box", [None, (0, 1)])
@pytest.mark.parametrize(
    ("name", "p"),
    others_slow(
        [
            ("mnist-fc1-linf-kw", math.inf),
            ("mnist-fc1-l2-mmr", 2),
            ("mnist-fc1-linf-at", 1),
            ("mnist-fc1-linf-plain", 2),
        ],
        quick=("mnist-fc1-linf-kw",),
    ),
)
def test_radii_of_the_gallery_are_those_of_plain_bisection(name, p, box):
    network = load_shipped(name).network.double().requires_grad_(False)
    x = load_images("mnist-5k", "test").x[:2].astype(np.float64)
    every, simplex = checked_points(network, x, None, p, box), certified_radius(network, x, p, "simplex", box=box)
    for method in ("interval", "fast-lin", "crown"):
        radii = certified_radius(network, x, p, method, box=box)
        expected = [by_plain_bisection(every.point(i), method, "real") for i in range(2)]
        np.testing.assert_allclose(radii, np.maximum(expected, simplex.numpy()), rtol=1e-9)


def test_a_digit_takes_about_seven_margins_or_five_at_the_precision_of_a_picture(monkeypatch):
    network = load_shipped("mnist-fc1-linf-kw").network.double().requires_grad_(False)
    x, evaluated = load_images("mnist-5k", "test").x[:20].astype(np.float64), []

    def counting(network, ball, *others):
        evaluated.append(len(ball))
        return proved_margins(network, ball, *others)

    monkeypatch.setattr(importlib.import_module("certify.bounds.radius"), "proved_margins", counting)
    for method in ("fast-lin", "crown"):
        for tolerance, most in ((1e-10, 8), (1e-4, 6)):
            evaluated.clear()
            certified_radius(network, x, math.inf, method, tolerance=tolerance)
            assert sum(evaluated) <= most * len(x)


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
        p = METHODS[method].norms[-1]
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
        ({"tolerance": 1e-16}, "tolerance must be a relative gap"),
        ({"tolerance": 1.0}, "tolerance must be a relative gap"),
        ({"x": np.full((1, 3), np.nan)}, "NaN"),
    ],
)
def test_what_does_not_fit_is_named(change, message):
    asked = {"x": np.zeros((1, 3)), "p": math.inf, "method": "crown"} | change
    with pytest.raises(ValueError, match=message):
        certified_radius(mlp([3, 5, 3], 0), **asked)
