"""Extents of the perturbation set against linear and quadratic programs."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from torch import nn

import certify.perturbation.perturbation as perturbation_module
from certify.bounds.bounds import bounds
from certify.bounds.functionals import DenseFunctionals
from certify.perturbation.perturbation import perturbation
from tests.strategies import norms, seeds


def furthest(c: np.ndarray, below: np.ndarray, above: np.ndarray, eps: float, p: float) -> float:
    """max <c, t> over -below <= t <= above with ||t||_p <= eps, by scipy."""
    d = len(c)
    if p == math.inf:
        return -linprog(-c, bounds=list(zip(-np.minimum(below, eps), np.minimum(above, eps)))).fun
    if p == 1:
        limits = [*zip(np.zeros(d), above), *zip(np.zeros(d), below)]
        return -linprog(np.r_[-c, c], A_ub=np.ones((1, 2 * d)), b_ub=[eps], bounds=limits).fun
    found = minimize(
        lambda t: -c @ t,
        np.zeros(d),
        jac=lambda t: -c,
        bounds=list(zip(-below, above)),
        constraints={"type": "ineq", "fun": lambda t: eps**2 - t @ t, "jac": lambda t: -2 * t},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return -found.fun


@given(seeds, norms(), st.floats(0.01, 3), st.integers(1, 8))
@settings(max_examples=60)
def test_the_extent_on_ball_and_box_is_that_of_a_general_solver(seed, p, eps, d):
    rng = np.random.default_rng(seed)
    c, x = rng.normal(size=(3, d)) * (rng.random((3, d)) < 0.8), rng.normal(size=(2, d))
    lo, hi = x.min(0) - rng.random(d) * (rng.random(d) < 0.7), x.max(0) + rng.random(d) * (rng.random(d) < 0.7)
    ball = perturbation(x, eps, p, (lo, hi), (d,))
    rows = DenseFunctionals(torch.from_numpy(c)[None])
    middle, (fall, rise) = rows.dot(ball.center).numpy(), (side.numpy() for side in ball.extent(rows))
    for i in range(2):
        for j in range(3):
            highest = c[j] @ x[i] + furthest(c[j], x[i] - lo, hi - x[i], eps, p)
            lowest = c[j] @ x[i] - furthest(-c[j], x[i] - lo, hi - x[i], eps, p)
            assert middle[i, j] + rise[i, j] == pytest.approx(highest, abs=2e-6)
            assert middle[i, j] - fall[i, j] == pytest.approx(lowest, abs=2e-6)


@pytest.mark.parametrize("proving", [False, True])
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("part", [1, 7, 40, 1000])
def test_parts_of_the_rows_have_the_extent_of_the_whole(part, p, proving, monkeypatch):
    rng = np.random.default_rng(part)
    x = rng.random((5, 1, 6, 6)).round(1)  # many pixels are equally far from the box, or on its side
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 4)).double()
    ball = perturbation(x, 0.3, p, (0, 1), (1, 6, 6))
    ball = ball.proving() if proving else ball
    for rows in (1, 5):
        dense = DenseFunctionals(torch.from_numpy(rng.normal(size=(rows, 4, 36)).round(1)))
        whole = ball.extent(dense)
        with monkeypatch.context() as patched, torch.no_grad():
            patched.setattr(perturbation_module, "PART", part)
            for one, other in zip(ball.extent(dense), whole):
                torch.testing.assert_close(one, other, rtol=1e-13, atol=1e-13)
    whole = bounds(network, x, 0.3, p, "crown", box=(0, 1))
    monkeypatch.setattr(perturbation_module, "PART", part)
    for one, other in zip(bounds(network, x, 0.3, p, "crown", box=(0, 1)), whole):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@given(seeds, norms())
@settings(max_examples=30)
def test_a_box_that_is_far_away_changes_nothing(seed, p):
    rng = np.random.default_rng(seed)
    rows, x = DenseFunctionals(torch.from_numpy(rng.normal(size=(1, 4, 6)))), rng.normal(size=(3, 6))
    for with_box, without in zip(
        perturbation(x, 0.5, p, (-1e6, 1e6), (6,)).extent(rows), perturbation(x, 0.5, p, None, (6,)).extent(rows)
    ):
        torch.testing.assert_close(with_box, without)


@given(seeds, norms())
@settings(max_examples=20)
def test_a_ball_larger_than_the_box_reaches_its_corners(seed, p):
    rng = np.random.default_rng(seed)
    c, x = rng.normal(size=(1, 4, 6)), rng.random((3, 6))
    ball = perturbation(x, 1e3, p, (0, 1), (6,))
    rows = DenseFunctionals(torch.from_numpy(c))
    highest = rows.dot(ball.center) + ball.extent(rows)[1]
    np.testing.assert_allclose(highest.numpy(), np.maximum(c[0], 0).sum(1) * np.ones((3, 4)), atol=1e-9)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_gradients_of_the_extent_are_finite_differences(p):
    torch.manual_seed(0)
    x, c = torch.rand(2, 5, dtype=torch.float64), torch.randn(2, 3, 5, dtype=torch.float64)

    def highest(x, c, eps):
        ball = perturbation(x, eps, p, (-0.1, 1.1), (5,))
        rows = DenseFunctionals(c)
        return rows.dot(ball.center) + ball.extent(rows)[1]

    eps = torch.tensor([0.4, 0.7], dtype=torch.float64)
    inputs = [tensor.requires_grad_() for tensor in (x, c, eps)]
    assert torch.autograd.gradcheck(highest, inputs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"eps": -0.1}, "eps must be finite and not negative, got -0.1"),
        ({"eps": math.nan}, "eps must be finite and not negative, got nan"),
        ({"eps": math.inf}, "eps must be finite"),
        ({"eps": [0.1, 0.2, 0.3]}, r"eps must be a number or \(2,\)"),
        ({"x": np.zeros((2, 4))}, "x must be"),
        ({"x": np.full((2, 3), np.nan)}, "x holds NaN"),
        ({"p": 3}, "p must be 1, 2 or math.inf"),
        ({"box": (0.5, 1)}, "outside the box"),
        ({"box": (0, [1, 2])}, "hi"),
        ({"box": (1, 0)}, "lo <= hi"),
    ],
)
def test_what_does_not_fit_is_named(arguments, message):
    given_ = {"x": np.zeros((2, 3)), "eps": 0.1, "p": 2, "box": None, "input_shape": (3,)} | arguments
    with pytest.raises(ValueError, match=message):
        perturbation(**given_)
