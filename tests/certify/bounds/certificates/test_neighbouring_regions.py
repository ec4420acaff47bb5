"""The bound of neighbouring regions against minimal perturbations over all patterns, and against the paper's search."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import minimal_perturbation
from certify.bounds.certificates.neighbouring_regions import neighbouring_regions
from certify.perturbation.points import checked_points
from geometry import simplex_certificate
from tests.certify.bounds.certificates.neighbours_oracle import improved_bound
from tests.certify.exact.exact_oracle import minimal_distance
from tests.strategies import boxes, conv_networks, degenerate_mlps, mlp, mlps, norms, points, unit_networks

EVERY_REGION, FAR = 2**6, 1e9
SMALL = st.one_of(mlps(3, depth=2, width=3, classes=3), degenerate_mlps(2, depth=2, width=3))


def bounds(network: nn.Sequential, x: np.ndarray, p: float, box=None, neighbours: int = 5):
    return neighbouring_regions(checked_points(network, x, None, p, box), neighbours)


@given(SMALL, norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=30)
def test_it_is_never_above_the_minimal_perturbation_and_equals_it_where_it_names_a_point(case, p, boxed, data):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x)) if boxed else None
    label = int(case.network(torch.from_numpy(x)).argmax())
    exact = minimal_distance(case.network, x[0], label, p, box)
    (bound,) = bounds(case.network, x, p, box)
    assert bound.radius <= exact * (1 + 1e-9) + 1e-12
    if bound.nearest is not None:
        assert np.linalg.norm(bound.nearest - x[0], p) == pytest.approx(exact, rel=1e-6, abs=1e-9)
        logits = case.network(torch.from_numpy(bound.nearest))
        assert (logits[label] - logits).abs().sort().values[1] < 1e-6 * (1 + logits.abs().max())


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_where_no_class_is_ever_lost_it_names_no_point(p):
    x = np.array([[0.5, -0.5, -1.0]])
    for seed in range(20):
        network = mlp([3, 1, 2], seed)
        label = int(network(torch.from_numpy(x)).argmax())
        (bound,) = bounds(network, x, p)
        if minimal_distance(network, x[0], label, p) == math.inf:
            assert bound.radius > FAR and bound.nearest is None


@given(SMALL, norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=30)
def test_it_is_at_least_the_bound_of_theorem_3_1_and_grows_with_every_region(case, p, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    last = simplex_certificate(case.network, x, p, box)
    for neighbours in (0, 1, 3, 8):
        radii = np.array([bound.radius for bound in bounds(case.network, x, p, box, neighbours)])
        assert (radii >= last * (1 - 1e-9)).all()
        last = radii


@given(mlps(3, depth=2, width=3, classes=3), norms(), st.booleans(), st.integers(0, 6), st.data())
@settings(deadline=None, max_examples=30)
def test_it_is_the_bound_of_the_papers_search(case, p, boxed, neighbours, data):
    x = data.draw(points(case.input_shape))
    box = data.draw(boxes(x)) if boxed else None
    label = int(case.network(torch.from_numpy(x)).argmax())
    (bound,) = bounds(case.network, x, p, box, neighbours)
    expected = improved_bound(case.network, x[0], label, p, box, neighbours)
    assert bound.radius == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(mlps(2, depth=2, width=3, classes=3), norms(), st.data())
@settings(deadline=None, max_examples=20)
def test_with_all_regions_it_is_the_minimal_perturbation(case, p, data):
    x = data.draw(points(case.input_shape))
    label = int(case.network(torch.from_numpy(x)).argmax())
    (bound,) = bounds(case.network, x, p, None, EVERY_REGION)
    exact = minimal_distance(case.network, x[0], label, p)
    # that a region is empty is proved up to a distance of 1e12 or so
    assert min(bound.radius, FAR) == pytest.approx(min(exact, FAR), rel=1e-6, abs=1e-9)


@given(st.one_of(conv_networks(), unit_networks()), norms(), st.booleans(), st.data())
@settings(deadline=None, max_examples=8)
def test_convolutions_are_never_certified_beyond_an_adversarial_point(case, p, boxed, data):
    x = data.draw(points(case.input_shape, 2))
    box = data.draw(boxes(x)) if boxed else None
    simplex = simplex_certificate(case.network, x, p, box)
    nearest = minimal_perturbation(case.network, x, p, box=box, time_limit=0.2)
    for bound, least, searched in zip(bounds(case.network, x, p, box), simplex, nearest):
        assert least * (1 - 1e-9) <= bound.radius <= searched.upper


def test_points_searched_together_have_the_bounds_of_each_alone():
    network, x = mlp([3, 8, 8, 3], 3), np.random.default_rng(1).uniform(-1, 1, (5, 3))
    together = [bound.radius for bound in bounds(network, x, 2)]
    assert together == pytest.approx([bounds(network, x[i : i + 1], 2)[0].radius for i in range(5)], rel=1e-12)


def test_a_point_on_a_face_has_the_bound_of_the_regions_on_both_sides():
    """f = (2 - |x|, 0) at 0, where both units switch: Theorem 3.1 proves nothing, and the class changes at 2."""
    network = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
    network[0].bias.zero_()
    network[2].weight.copy_(torch.tensor([[-1.0, -1.0], [0.0, 0.0]]))
    network[2].bias.copy_(torch.tensor([2.0, 0.0]))
    x = np.zeros((1, 1))
    assert simplex_certificate(network, x, 2)[0] == 0
    assert bounds(network, x, 2)[0].radius == pytest.approx(2, rel=1e-9)


def test_a_network_without_hidden_layers_is_certified_up_to_its_decision_boundary():
    network = nn.Sequential(nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.eye(2))
    network[0].bias.zero_()
    (bound,) = bounds(network, np.array([[2.0, 1.0]]), 2)
    assert bound.radius == pytest.approx(1 / math.sqrt(2), rel=1e-9) and bound.nearest == pytest.approx([1.5, 1.5])


def test_a_box_in_which_the_class_never_changes_has_an_infinite_bound():
    network = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 2)).double().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
    network[0].bias.copy_(torch.tensor([-0.5, 0.25]))
    network[2].weight.copy_(torch.tensor([[1.0, 1.0], [0.0, 0.0]]))
    network[2].bias.copy_(torch.tensor([1.0, 0.0]))
    assert bounds(network, np.full((1, 1), 0.4), 2, (0.0, 1.0))[0].radius == math.inf


def test_no_points_have_no_bounds():
    assert bounds(mlp([3, 4, 2], 0), np.zeros((0, 3)), 2) == []
