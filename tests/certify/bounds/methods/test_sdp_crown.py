"""SDP-CROWN: its one-dimensional minima, the norms it rests on, and what it gains."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import margins
from certify.bounds.methods import sdp_crown as module
from certify.bounds.methods.sdp_crown import Coupled, spectral_norm
from tests.strategies import mlp, seeds


@given(seeds, st.integers(1, 12), st.integers(1, 12), st.sampled_from([1e-150, 1e-8, 1.0, 1e8, 1e150]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_bound_of_a_spectral_norm_is_above_it_and_close(seed, rows, columns, scale, one_rank):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < 0.7)
    if one_rank:
        matrix = np.outer(matrix[:, 0], rng.normal(size=columns))
    bound, exact = float(spectral_norm(torch.from_numpy(matrix))), float(np.linalg.norm(matrix, 2))
    assert exact <= bound * (1 + 1e-14) and bound <= 1.02 * exact + 1e-140
    scaled = float(spectral_norm(torch.from_numpy(scale * matrix)))
    assert scaled >= float(np.linalg.norm(scale * matrix, 2)) * (1 - 1e-14)


def test_the_bound_of_many_rows_is_above_the_norm(monkeypatch):
    monkeypatch.setattr(module, "MOST_ROWS", 5)
    matrix = np.random.default_rng(0).normal(size=(9, 7))
    assert np.linalg.norm(matrix, 2) <= float(spectral_norm(torch.from_numpy(matrix))) <= 4 * np.linalg.norm(matrix, 2)


def coupled(rng: np.random.Generator, units: int, own: float, wide: float) -> Coupled:
    """A layer around a random center, whose bounds are `wide` times the ball's radius away."""
    center, radius = rng.normal(size=(1, units)), float(rng.uniform(0.1, 2))
    low, high = (torch.from_numpy(center + side * wide * radius) for side in (-1, 1))
    unstable = torch.ones(1, units, dtype=torch.bool)
    around = torch.tensor([[radius]], dtype=torch.float64)
    return Coupled(low, high, torch.from_numpy(center), around, unstable, own, False)


@given(seeds, st.integers(1, 4), st.sampled_from([0.0, 0.2]), st.floats(-4, 4))
@settings(max_examples=60, deadline=None)
def test_no_point_of_the_ball_is_below_the_offset(seed, units, own, power):
    rng = np.random.default_rng(seed)
    layer = coupled(rng, units, own, 1.0)
    w, s = rng.normal(size=units), rng.normal(size=units)
    (offset,), lost = layer.offsets(
        *(torch.from_numpy(v)[None, None] for v in (w, s)), torch.tensor([[10.0**power]], dtype=torch.float64)
    )
    directions = rng.normal(size=(5000, units))
    lengths = np.linalg.norm(directions, axis=1, keepdims=True) * rng.random((5000, 1)) ** (-1 / units)
    z = layer.center.numpy() + float(layer.radius) * directions / np.maximum(lengths, 1e-12)
    inside = np.linalg.norm(z - layer.center.numpy(), axis=1) <= float(layer.radius)
    values = np.maximum(z, own * z) @ w - z @ s
    assert lost == 0 and inside.any() and float(offset) <= values[inside].min() + 1e-9


@given(seeds, st.integers(1, 6), st.floats(-2, 2))
@settings(max_examples=60, deadline=None)
def test_without_bounds_it_is_the_published_formula(seed, units, power):
    rng = np.random.default_rng(seed)
    layer = coupled(rng, units, 0.0, 1e9)
    w, s, m = rng.normal(size=units), rng.normal(size=units), 10.0**power
    (offset,), _ = layer.offsets(
        *(torch.from_numpy(v)[None, None] for v in (w, s)), torch.tensor([[m]], dtype=torch.float64)
    )
    c, r = layer.center[0].numpy(), float(layer.radius)
    phi = np.minimum(np.minimum(w - s - m * c, s + m * c), 0)
    assert float(offset) == pytest.approx(-0.5 * (m * (r**2 - c @ c) + phi @ phi / m), rel=1e-9, abs=1e-9)


@given(seeds, st.integers(1, 4), st.sampled_from([0.0, 0.2]), st.floats(-2, 2))
@settings(max_examples=20, deadline=None)
def test_the_gradient_of_an_offset_is_a_finite_difference(seed, units, own, power):
    """Also where a vertex is clamped to the units' bounds, which depend on the weights."""
    rng = np.random.default_rng(seed)
    layer = coupled(rng, units, own, 1.0)
    low, high = (end + torch.from_numpy(rng.uniform(0, 0.1, end.shape)) for end in (layer.low, layer.high))
    w, s = (torch.from_numpy(rng.normal(size=(1, 1, units))) for _ in range(2))
    m = torch.tensor([[10.0**power]], dtype=torch.float64)
    given_ = [part.requires_grad_() for part in (w, s, m, low, high, layer.center, layer.radius)]

    def offset(w, s, m, low, high, center, radius):
        return replace(layer, low=low, high=high, center=center, radius=radius).offsets(w, s, m)[0]

    assert torch.autograd.gradcheck(offset, given_, eps=1e-7, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("box", [None, (0.0, 1.0)])
def test_it_is_never_below_crown_and_mostly_above_it(box):
    network, x = mlp([8, 40, 4], 0), np.random.default_rng(0).random((6, 8))
    labels = network(torch.from_numpy(x)).argmax(1)
    found, crown = (margins(network, x, labels, 0.5, 2, method, box) for method in ("sdp-crown", "crown"))
    others = torch.arange(4) != labels[:, None]
    assert (found >= crown - 1e-12).all() and (found[others] > crown[others] + 1e-3).double().mean() > 0.8


def test_it_is_close_to_the_least_margin_where_many_units_are_open():
    """The least margin of samples of the ball is above; the distance to CROWN shrinks to less than half."""
    network, x = mlp([2, 60, 2], 3), np.array([[0.1, 0.2]])
    label = network(torch.from_numpy(x)).argmax(1)
    angles, radii = np.meshgrid(np.linspace(0, 2 * math.pi, 400), np.linspace(0, 1, 60))
    ball = x + np.stack([radii * np.cos(angles), radii * np.sin(angles)], -1).reshape(-1, 2)
    scores = network(torch.from_numpy(ball))
    least = float((scores[:, label] - scores[:, 1 - label]).min())
    found, crown = (float(margins(network, x, label, 1.0, 2, m)[0, 1 - label]) for m in ("sdp-crown", "crown"))
    assert crown < found <= least and least - found < 0.5 * (least - crown)


def test_a_gradient_flows_to_the_weights_so_that_it_can_be_trained():
    network = mlp([4, 20, 3], 1).requires_grad_(True)
    x = torch.from_numpy(np.random.default_rng(0).random((3, 4)))

    def loss() -> torch.Tensor:
        return -margins(network, x, [0, 1, 2], 0.3, 2, "sdp-crown", differentiable=True).sum()

    before = loss()
    optimizer = torch.optim.SGD(network.parameters(), 0.01)
    for _ in range(3):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert loss().item() < before.item()
