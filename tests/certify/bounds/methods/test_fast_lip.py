"""Fast-Lip against gradients by automatic differentiation, the paper's sums and exact minimal perturbations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import bounds, certified_radius, margins
from certify.bounds.functionals import DenseFunctionals
from certify.bounds.methods import margin_functionals
from certify.bounds.methods.fast_lip import HIDDEN, Secants, coefficient_ranges
from certify.perturbation.perturbation import perturbation
from geometry import as_network, distances
from tests.certify.exact.exact_oracle import minimal_distance
from tests.strategies import (
    boxes,
    conv_networks,
    degenerate_mlps,
    mlp,
    mlps,
    norms,
    points,
    random_directions,
    seeds,
)

SMALL = st.one_of(mlps(3, depth=2, width=3, classes=3), degenerate_mlps(2, depth=2, width=3))


def ranges(network: nn.Sequential, x: np.ndarray, eps: float, p: float, label: int, box=None):
    """The ranges of the gradients of the margins of one point, (classes - 1, d) each."""
    converted = as_network(network, x.shape[1:])
    ball = perturbation(x, eps, p, box, converted.input_shape)
    weights, _, others = margin_functionals(converted, torch.tensor([label]))
    hidden, lines = HIDDEN.hidden(converted, ball, every_unit=True)
    below = [None, *lines]
    secants = [Secants.of(*each, ball) for each in zip(hidden, converted.hidden, below)]
    affines = [layer.affine for layer in converted.hidden]
    low, high, _ = coefficient_ranges(DenseFunctionals(weights), affines, secants, ball)
    return low[0].numpy(), high[0].numpy(), others[0]


@given(st.one_of(mlps(3), degenerate_mlps(), conv_networks()), norms(), st.floats(0, 0.5), st.data())
@settings(deadline=None, max_examples=20)
def test_gradients_in_the_ball_are_in_their_ranges_and_their_norms_below_the_lipschitz_constants(case, p, eps, data):
    x = data.draw(points(case.input_shape))
    label = int(case.network(torch.from_numpy(x)).argmax())
    low, high, others = ranges(case.network, x, eps, p, label)
    lengths = np.linalg.norm(np.maximum(-low, high), {1: math.inf, 2: 2, math.inf: 1}[p], axis=1)
    rng = np.random.default_rng(0)
    steps = random_directions(case.input_shape, p, 40) * rng.uniform(0, 1, (40, *[1] * len(case.input_shape)))
    z = torch.from_numpy(x + eps * steps).requires_grad_()
    logits = case.network(z)
    for i, other in enumerate(others.tolist()):
        gradients = torch.autograd.grad((logits[:, label] - logits[:, other]).sum(), z, retain_graph=True)[0]
        flat = gradients.flatten(1).numpy()
        slack = 1e-9 * (1 + np.abs(flat).max())
        assert (low[i] <= flat + slack).all() and (flat - slack <= high[i]).all()
        sizes = np.linalg.norm(flat, {1: math.inf, 2: 2, math.inf: 1}[p], axis=1)
        assert (sizes <= lengths[i] * (1 + 1e-9) + slack).all()


@given(SMALL, norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=20)
def test_its_radius_is_never_above_the_minimal_perturbation(case, p, boxed, data):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x)) if boxed else None
    label = int(case.network(torch.from_numpy(x)).argmax())
    radius = certified_radius(case.network, x, p, "fast-lip", box=box).item()
    assert radius <= minimal_distance(case.network, x[0], label, p, box) * (1 + 1e-9) + 1e-12


@pytest.mark.slow
@given(mlps(3), norms(), st.data())
@settings(deadline=None, max_examples=15)
def test_its_radius_is_at_least_the_simplex_certificate_and_d_d_where_that_is_nearer(case, p, data):
    x = data.draw(points(case.input_shape, 2))
    labels, near = case.network(torch.from_numpy(x)).argmax(1), distances(case.network, x, p)
    least = np.minimum(near.d_B, near.d_D)
    usable = (least > 1e-6) & (least < 1e6)
    proved = margins(case.network, x[usable], labels[usable], (1 - 1e-6) * least[usable], p, "fast-lip")
    others = torch.arange(proved.shape[1]) != labels[usable][:, None]
    assert (proved[others] > 0).all()
    optimal = usable & (near.d_D <= near.d_B)
    radii = certified_radius(case.network, x, p, "fast-lip").numpy()
    np.testing.assert_allclose(radii[optimal], near.d_D[optimal], rtol=1e-6)


@given(seeds, norms(), st.floats(0, 1), st.sampled_from([0.0, 0.1]))
@settings(deadline=None, max_examples=20)
def test_with_one_hidden_layer_the_constant_is_the_papers_sum(seed, p, eps, slope):
    """Units surely on or off add their one slope, unstable ones the worse of two (Weng et al. 2018, eq. 8)."""
    network, x = mlp([4, 7, 3], seed, slope), np.random.default_rng(seed).uniform(-1, 1, (1, 4))
    first, last = network[0], network[2]
    q = {1: math.inf, 2: 2, math.inf: 1}[p]
    logits = network(torch.from_numpy(x))[0].numpy()
    W, V, z = first.weight.numpy(), last.weight.numpy(), first.weight.numpy() @ x[0] + first.bias.numpy()
    reach = eps * np.linalg.norm(W, q, axis=1)
    label = int(logits.argmax())
    found = margins(network, x, [label], eps, p, "fast-lip")[0]
    for other in (s for s in range(3) if s != label):
        largest = np.zeros(4)
        for i in range(4):
            ends = []
            for sign in (1, -1):
                total = 0.0
                for j in range(7):
                    term = sign * (V[label, j] - V[other, j]) * W[j, i]
                    slopes = [1.0] if z[j] >= reach[j] else [slope] if z[j] <= -reach[j] else [slope, 1.0]
                    total += max(s * term for s in slopes)
                ends.append(total)
            largest[i] = max(ends)
        expected = logits[label] - logits[other] - eps * np.linalg.norm(largest, q)
        assert found[other].item() == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("p", "expected"), [(1, 1.0), (2, 1 / math.sqrt(2)), (math.inf, 0.5)])
def test_an_affine_network_is_certified_up_to_its_decision_boundary(p, expected):
    network = nn.Sequential(nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.eye(2))
    network[0].bias.zero_()
    found = certified_radius(network, np.array([[2.0, 1.0]]), p, "fast-lip").item()
    assert found == pytest.approx(expected, rel=1e-9) and found <= expected


def test_a_coordinate_at_the_box_counts_in_one_direction_only():
    """f = (x, 0) at x = 1 in [1, 3]: x can only rise, so the margin is 1 whatever the radius."""
    network = nn.Sequential(nn.Linear(1, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0], [0.0]]))
    network[0].bias.zero_()
    for p in (1, 2, math.inf):
        assert margins(network, np.ones((1, 1)), [0], 0.5, p, "fast-lip", (1.0, 3.0))[0, 1] == pytest.approx(1)


def test_hidden_bounds_are_those_of_fast_lin():
    network, x = mlp([3, 6, 5, 3], 1), np.zeros((2, 3))
    ours, theirs = (bounds(network, x, 0.3, 2, method) for method in ("fast-lip", "fast-lin"))
    for (lower, upper), (low, high) in zip(ours[:-1], theirs[:-1]):
        assert torch.equal(lower, low) and torch.equal(upper, high)
