import math
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify.attacks import attack
from certify.bounds.bounds import margins
from certify.bounds.radius import certified_radius
from certify.exact.minimal_perturbation import minimal_perturbation
from certify.exact.mip import mip_search
from certify.exact.region_search import RegionSearch
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.distances.distances import distances
from geometry.network.network import as_network
from tests import reference
from tests.certify.exact.exact_oracle import minimal_distance
from tests.reference import NAMES
from tests.strategies import (
    conv_networks,
    degenerate_mlps,
    mlp,
    mlps,
    norms,
    points,
    random_directions,
    seeds,
    unit_networks,
)

CLOSE = 2e-5  # relative: what counts as optimal, and the oracles' own tolerance
BUSY = 60.0  # seconds that what takes one or two may take on a machine that does much else


def bracket_of(network, x, p, box=None):
    converted = as_network(network, x.shape)
    label = int(network(torch.from_numpy(x)[None]).argmax())
    bracket = Bracket(checked_points(converted, x[None], [label], p, box))
    found = attack(converted, x[None], [label], "deepfool", p=p, box=box)
    bracket.offer(found.points.numpy())
    return bracket


def assert_honest(found, network, x, label, p, box):
    """The claims of every result, finished or not, hold."""
    assert 0 <= found.lower <= found.upper
    if found.witness is None:
        assert found.upper == math.inf
        return
    logits = network(torch.from_numpy(found.witness)[None])[0]
    assert logits[label] - np.delete(logits.numpy(), label).max() <= 0
    assert np.linalg.norm((found.witness - x).ravel(), p) == pytest.approx(found.upper, rel=1e-12, abs=1e-15)
    if box is not None:
        assert (found.witness >= box[0]).all() and (found.witness <= box[1]).all()


@st.composite
def tiny(draw):
    """Networks with at most 6 hidden units, generic or degenerate, a point and perhaps a box around it."""
    inputs = draw(st.integers(1, 3))
    case = draw(
        st.one_of(mlps(inputs, depth=2, width=3, classes=3), degenerate_mlps(inputs, depth=2, width=3)),
    )
    x = draw(points(case.input_shape))[0]
    box = (
        (x - draw(st.sampled_from([0.0, 0.3])), x + draw(st.sampled_from([0.2, 1.0]))) if draw(st.booleans()) else None
    )
    return case.network, x, box


@settings(deadline=None, max_examples=25)
@given(tiny(), norms())
def test_it_is_the_least_over_all_activation_patterns(case, p):
    network, x, box = case
    label = int(network(torch.from_numpy(x)[None]).argmax())
    found = minimal_perturbation(network, x[None], p, box=box, time_limit=BUSY)[0]
    expected = minimal_distance(network, x, label, p, box)
    assert_honest(found, network, x, label, p, box)
    assert found.lower <= expected * (1 + CLOSE) + 1e-9
    assert found.upper >= expected * (1 - CLOSE) - 1e-9
    assert found.lower >= min(expected, 1e9) * (1 - CLOSE) - 1e-7


@settings(deadline=None, max_examples=8)
@given(seeds, norms(), st.booleans())
def test_region_search_and_integer_program_agree(seed, p, boxed):
    network = mlp([3, 6, 5, 3], seed)
    x = np.random.default_rng(seed).uniform(0.2, 0.8, 3)
    box = (np.zeros(3), np.ones(3)) if boxed else None
    searched, programmed = bracket_of(network, x, p, box), bracket_of(network, x, p, box)
    by_pattern = RegionsByPattern(searched.network, x)
    RegionSearch(searched, by_pattern).run()
    assert searched.optimal
    if p != 2 and math.isfinite(programmed.upper):
        mip_search(programmed, by_pattern)
        assert programmed.upper == pytest.approx(searched.upper, rel=CLOSE, abs=1e-9)
        assert programmed.lower <= searched.upper


@pytest.mark.slow
@settings(deadline=None, max_examples=8)
@given(mlps(2, depth=3, width=20), seeds, norms())
def test_the_plane_of_all_regions_and_the_search_through_them_agree(case, seed, p):
    x = np.random.default_rng(seed).normal(size=2)
    found = minimal_perturbation(case.network, x[None], p, time_limit=10)[0]
    searched = bracket_of(case.network, x, p)
    RegionSearch(searched, RegionsByPattern(searched.network, x)).run(until=time.perf_counter() + 0.5)
    assert searched.lower <= found.upper * (1 + CLOSE)
    assert found.lower <= searched.upper * (1 + CLOSE)
    assert found.optimal or not math.isfinite(found.upper)


def test_coordinates_in_the_row_space_change_nothing():
    network = mlp([30, 6, 5, 4], 3)
    x = np.random.default_rng(3).normal(size=30)
    reduced, full = bracket_of(network, x, 2), bracket_of(network, x, 2)
    RegionSearch(reduced, RegionsByPattern(reduced.network, x, row_space(reduced.network))).run()
    RegionSearch(full, RegionsByPattern(full.network, x)).run()
    assert reduced.optimal and full.optimal
    assert reduced.upper == pytest.approx(full.upper, rel=1e-6)


@settings(deadline=None, max_examples=8)
@given(st.one_of(mlps(4, depth=2, width=8), conv_networks(), unit_networks()), seeds, norms(), st.booleans())
def test_every_rung_of_the_ladder_keeps_its_place(case, seed, p, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    box = (0.0, 1.0) if boxed else None
    label = int(case.network(torch.from_numpy(x)[None]).argmax())
    found = minimal_perturbation(case.network, x[None], p, box=box, time_limit=0.3)[0]
    assert_honest(found, case.network, x, label, p, box)
    room = 1 + 1e-9
    for method in ("interval", "fast-lin", "crown", "simplex"):
        assert float(certified_radius(case.network, x[None], p, method, [label], None)) <= found.upper * room
    for method, options in (("deepfool", {}), ("linear-region", {"regions": 3, "starts": 1})):
        attacked = attack(case.network, x[None], [label], method, p=p, box=box, **options)
        assert not attacked.success[0] or attacked.distances[0] >= found.lower / room
    if math.isfinite(found.lower) and found.lower > 0:
        inside = found.lower * 0.999
        direction = np.random.default_rng(seed).uniform(-1, 1, (200, *case.input_shape))
        lengths = np.linalg.norm(direction.reshape(200, -1), p, axis=1).reshape(-1, *[1] * x.ndim)
        around = x + inside * direction / lengths
        around = np.clip(around, 0, 1) if boxed else around
        assert (case.network(torch.from_numpy(around)).argmax(1) == label).all()


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_after_one_region_it_is_theorem_3_1_and_later_regions_improve_it(p):
    network = mlp([6, 12, 8, 3], 1)
    several = np.random.default_rng(1).normal(size=(50, 6))
    gaps = distances(network, several, p)
    x = several[np.argmax(gaps.d_D / gaps.d_B)]
    near = distances(network, x[None], p)
    bracket = bracket_of(network, x, p)
    search = RegionSearch(bracket, RegionsByPattern(bracket.network, x))
    search.run(1)
    assert bracket.lower == pytest.approx(min(near.d_B[0], near.d_D[0]), rel=1e-6)
    lowers = []
    for regions in (2, 5, 10, 30):
        search.run(regions)
        lowers.append(bracket.lower)
    assert lowers == sorted(lowers) and lowers[-1] > min(near.d_B[0], near.d_D[0])


def test_a_misclassified_point_and_a_tie_have_distance_zero():
    network = nn.Sequential(nn.Linear(2, 2, bias=False, dtype=torch.float64))
    with torch.no_grad():
        network[0].weight.copy_(torch.eye(2))
    wrong, tie = minimal_perturbation(network, np.array([[1.0, 2.0], [1.0, 1.0]]), 2, labels=[0, 0])
    for found in (wrong, tie):
        assert (found.lower, found.upper, found.optimal) == (0, 0, True)


@pytest.mark.parametrize("seed", range(6))
def test_a_region_in_which_all_classes_are_level_is_not_passed_over(seed):
    """f = w relu(v x): level on all of v x <= 0, which rounding at its edge must not hide."""
    network = mlp([2, 1, 2], seed)
    network[0].bias.zero_(), network[2].bias.zero_()
    v = network[0].weight[0].numpy()
    x = np.array([1.0, 0.0]) * np.sign(v[0])
    label = int(network(torch.from_numpy(x)[None]).argmax())
    for p, q in ((1, math.inf), (2, 2), (math.inf, 1)):
        found = minimal_perturbation(network, x[None], p, labels=[label])[0]
        assert found.lower <= abs(v[0]) / np.linalg.norm(v, q) * (1 + 1e-9)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_a_constant_network_cannot_be_attacked(p):
    network = mlp([3, 4, 2], 0)
    network[2].weight.zero_()
    found = minimal_perturbation(network, np.zeros((1, 3)), p, time_limit=BUSY)[0]
    assert found.lower == math.inf and found.witness is None and found.optimal


def test_without_time_the_interval_is_honest():
    network = mlp([3, 4, 2], 0)
    found = minimal_perturbation(network, np.zeros((1, 3)), 2, time_limit=0)[0]
    assert (found.lower, found.upper, found.witness, found.optimal) == (0, math.inf, None, False)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_progress_is_monotone_and_ends_with_the_result(p):
    network, x = mlp([8, 20, 15, 4], 2), np.random.default_rng(2).normal(size=(2, 8))
    seen = []
    found = minimal_perturbation(network, x, p, time_limit=1.5, progress=lambda *step: seen.append(step))
    for i in range(2):
        steps = [(lower, upper) for index, lower, upper in seen if index == i]
        assert len(steps) > 1
        assert all(a[0] <= b[0] and a[1] >= b[1] for a, b in pairwise(steps))
        assert steps[-1] == (found[i].lower, found[i].upper)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_cancelling_stops_long_before_the_time_limit(p):
    network, x = mlp([20, 40, 40, 4], 2), np.random.default_rng(2).normal(size=(1, 20))
    stop = time.perf_counter() + 0.5
    found = minimal_perturbation(network, x, p, time_limit=600, cancelled=lambda: time.perf_counter() > stop)[0]
    assert not found.optimal
    assert time.perf_counter() - stop < BUSY


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_the_time_limit_holds(p):
    network, x = mlp([40, 100, 100, 4], 2), np.random.default_rng(2).normal(size=(1, 40))
    started = time.perf_counter()
    assert not minimal_perturbation(network, x, p, time_limit=0.5)[0].optimal
    assert time.perf_counter() - started < BUSY


def test_a_lower_bound_proved_by_it_is_one_the_margins_confirm():
    network, x = mlp([4, 10, 3], 5), np.random.default_rng(5).normal(size=(4, 4))
    labels = network(torch.from_numpy(x)).argmax(1)
    for i, found in enumerate(minimal_perturbation(network, x, 2)):
        lower = margins(network, x[i : i + 1], labels[i : i + 1], found.upper * 1.01, 2, "crown")
        assert lower.min() <= 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"p": 3}, "p must be"),
        ({"time_limit": -1}, "time_limit"),
        ({"time_limit": math.nan}, "time_limit"),
        ({"labels": [5]}, "labels"),
        ({"labels": [0, 1]}, "labels"),
        ({"box": (1.0, 2.0)}, "outside the box"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"p": 2} | options
    with pytest.raises(ValueError, match=message):
        minimal_perturbation(mlp([3, 4, 2], 0), np.zeros((1, 3)), **arguments)


def test_no_points_give_no_results():
    assert minimal_perturbation(mlp([3, 4, 2], 0), np.zeros((0, 3)), 2) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_image_networks_get_an_honest_interval_in_little_time(name):
    network, images = reference.network(name), reference.mnist_images()[:1]
    label = int(reference.mnist_labels()[0])
    proved = float(certified_radius(network, images, math.inf, "crown", [label], (0.0, 1.0))[0])
    found = minimal_perturbation(network, images, math.inf, labels=[label], box=(0.0, 1.0), time_limit=4)[0]
    assert_honest(found, network, images[0], label, math.inf, (np.zeros((1, 28, 28)), np.ones((1, 28, 28))))
    assert found.lower <= found.upper < math.inf
    if found.lower > 0:  # the machine was not too busy for any lower bound
        assert found.upper >= proved
    there = images + 0.999 * found.lower * random_directions((1, 28, 28), math.inf, 50)
    assert (network(torch.from_numpy(np.clip(there, 0, 1))).argmax(1) == label).all()
