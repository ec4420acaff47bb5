"""Branch and bound: never proves what is not so, and on tiny networks decides what trying all patterns decides."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.attacks import attack
from certify.exact.bisection import bisect
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.domain_bounds import chosen_lines
from certify.regions.by_pattern import RegionsByPattern
from geometry.computation.cancellation import CancelScope
from tests.certify.exact.exact_oracle import minimal_distance
from tests.certify.exact.reduced_networks import bracket_around, forward, inside, reduced_around
from tests.slow import others_slow
from tests.strategies import (
    conv_networks,
    degenerate_mlps,
    mlp,
    mlps,
    norms,
    points,
    seeds,
    unit_networks,
)

ANY = st.one_of(mlps(3, depth=3, width=8), degenerate_mlps(3), conv_networks(), unit_networks())


@given(ANY, seeds, norms(), st.booleans(), st.sampled_from([0.05, 0.3, 1.0]))
@settings(deadline=None, max_examples=15)
def test_without_its_stable_units_it_is_the_same_network(case, seed, p, boxed, radius):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, p, (0.0, 1.0) if boxed else None)
    problem, ball, others = reduced_around(bracket, radius)
    there = inside(bracket, radius)
    z, margins = forward(problem, torch.from_numpy(there) - ball.center)
    values = bracket.network.preactivations(torch.from_numpy(there))
    expected = torch.cat([layer[:, units] for layer, units in zip(values, problem.units)], 1)
    logits = values[-1]
    assert ((z - expected).abs() <= problem.error).all()
    assert ((margins - (logits[:, [bracket.label]] - logits[:, others])).abs() <= problem.f_error).all()
    assert (z >= problem.low - 1e-9).all() and (z <= problem.high + 1e-9).all()


@given(ANY, seeds, norms(), st.booleans())
@settings(deadline=None, max_examples=15)
def test_any_slopes_and_multipliers_give_a_bound_wherever_the_signs_are_as_said(case, seed, p, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, p, (0.0, 1.0) if boxed else None)
    problem, ball, _ = reduced_around(bracket, 0.4)
    z, margins = forward(problem, torch.from_numpy(inside(bracket, 0.4)) - ball.center)
    generator, units = torch.Generator().manual_seed(seed), len(problem)
    said = torch.rand(len(z), units, generator=generator) < 0.4  # per point a domain that holds it
    slopes = problem.slopes + (1 - problem.slopes) * torch.rand(len(z), units, generator=generator).double()
    multipliers = 2 * torch.rand(len(z), units, generator=generator).double()
    state = torch.stack([torch.where(z > 0, 1.0, -1.0) * said, slopes, multipliers], 1)
    for row in range(margins.shape[1]):
        rows = torch.full((len(z),), row)
        lines = chosen_lines(problem, state)
        bound = problem.lower_bounds(rows, lines)
        assert (bound <= margins[:, row]).all()


@pytest.mark.parametrize("slope", [0.01, 0.1, 0.3])
def test_no_lower_line_is_flatter_than_the_activation_for_being_found_in_float32(slope):
    bracket = bracket_around(mlp([4, 12, 10, 3], 5, slope), np.random.default_rng(5).normal(size=4), 2)
    problem, _, _ = reduced_around(bracket, 2.0)
    found = problem.single().slopes  # the least that the ascent may choose
    state = torch.stack([torch.zeros_like(found), found, torch.zeros_like(found)])[None]
    assert len(problem) > 0 and (chosen_lines(problem, state.double()).lower >= problem.slopes).all()


@given(mlps(4, depth=3, width=8), seeds, norms(), st.booleans())
@settings(deadline=None, max_examples=15)
def test_the_worst_point_gives_the_bounds_gradient(case, seed, p, boxed):
    """By a lower slope max(weight, 0) z, by a multiplier -z: against differences of the bound."""
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, p, (0.0, 1.0) if boxed else None)
    problem, _, _ = reduced_around(bracket, 0.5)
    generator, units = torch.Generator().manual_seed(seed), len(problem)
    signs = torch.randint(-1, 2, (1, units), generator=generator).double()
    state = torch.stack([signs, *(0.2 + 0.6 * torch.rand(2, 1, units, generator=generator).double())], 1)
    state[:, 1] = problem.slopes + (1 - problem.slopes) * state[:, 1]  # a lower line is no flatter than the activation
    row = torch.zeros(1, dtype=torch.long)
    value, worst = problem.lower_bounds_and_worst(row, chosen_lines(problem, state))
    torch.testing.assert_close(value, problem.lower_bounds(row, chosen_lines(problem, state)))
    gradient = torch.stack([worst.weights.clamp(min=0) * (signs == 0), -signs], 1) * worst.z[:, None]
    direction = torch.randn(1, 2, units, generator=generator).double()
    step, values = 1e-6, []
    for side in (-step, 0.0, step):
        moved = torch.cat([state[:, :1], state[:, 1:] + side * direction], 1)
        values.append(problem.lower_bounds(row, chosen_lines(problem, moved)).item())
    left, right = (values[1] - values[0]) / step, (values[2] - values[1]) / step
    if abs(left - right) < 1e-3:  # not across a kink
        assert float((gradient * direction).sum()) == pytest.approx((left + right) / 2, rel=1e-3, abs=1e-3)


@st.composite
def tiny(draw):
    inputs = draw(st.integers(1, 3))
    case = draw(st.one_of(mlps(inputs, depth=2, width=3, classes=3), degenerate_mlps(inputs, depth=2, width=3)))
    return case.network, draw(points(case.input_shape))[0], draw(st.booleans())


@settings(deadline=None, max_examples=12)
@given(tiny(), norms())
def test_it_decides_as_trying_all_activation_patterns_does(case, p):
    network, x, boxed = case
    box = (x - 0.3, x + 1.0) if boxed else None
    bracket = bracket_around(network, x, p, box)
    exact = minimal_distance(network, x, bracket.label, p, box)
    scale = exact if 0 < exact < math.inf else 1.0
    for factor in (0.3, 0.999, 1.001, 2.0):
        bracket = bracket_around(network, x, p, box, eps=factor * scale)
        found = BranchAndBound(bracket, factor * scale, RegionsByPattern(bracket.network, x)).run()
        assert found is (factor * scale < exact) or (found is None and touches(network, bracket, factor * scale))


def touches(network, bracket, radius):
    """Whether another class draws level with the label somewhere at most, and never wins: nothing to be found."""
    logits = network(torch.from_numpy(inside(bracket, radius, 2000)).reshape(-1, *bracket.network.input_shape))
    return bool((logits[:, [bracket.label]] >= logits - 1e-9).all())


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=[2]))
@pytest.mark.parametrize("scale", [1e-8, 1e8])
def test_scaled_layers_prove_nothing_wrong(p, scale):
    network, x = mlp([4, 9, 8, 3], 5), np.random.default_rng(5).normal(size=4)
    network = mlp([4, 4, 3, 3], 5)
    label = int(network(torch.from_numpy(x)[None]).argmax())
    exact = minimal_distance(network, x, label, p)
    network[0].weight.mul_(scale), network[0].bias.mul_(scale), network[2].weight.div_(scale)
    for factor in (0.99, 1.01):
        bracket = bracket_around(network, x, p, eps=factor * exact)
        found = BranchAndBound(bracket, factor * exact, RegionsByPattern(bracket.network, x)).run()
        assert found is None or found is (factor < 1)


def test_without_regions_it_does_not_decide_what_it_cannot():
    network, x = mlp([4, 12, 10, 3], 5), np.random.default_rng(5).normal(size=4)
    bracket = bracket_around(network, x, 2)
    search = BranchAndBound(bracket, 1e-3)
    assert search.run() is True and search.bound == math.inf
    search = BranchAndBound(bracket, 50.0)
    assert search.run(until=time.perf_counter() + 5) in (False, None)


@given(mlps(4, depth=3, width=12), seeds, norms(), st.booleans())
@settings(deadline=None, max_examples=12)
def test_what_is_proved_when_it_is_stopped_is_so(case, seed, p, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    box = (0.0, 1.0) if boxed else None
    bracket = bracket_around(case.network, x, p, box)
    search = BranchAndBound(bracket, 1.0)
    search.run(until=0.0)
    radius = search.proved(0.0)
    assert 0 <= radius <= 1.0
    there = inside(bracket, radius, 400)
    assert (case.network(torch.from_numpy(there)).argmax(1) == bracket.label).all()


@given(st.integers(0, 1000), norms())
@settings(deadline=None, max_examples=6)
def test_a_bracket_closes_by_bisection(seed, p):
    network, x = mlp([3, 3, 3, 3], seed), np.random.default_rng(seed).normal(size=3)
    bracket = bracket_around(network, x, p)
    bracket.offer(attack(bracket.network, bracket.point.images, [bracket.label], "deepfool", p=p).points.numpy())
    exact = minimal_distance(network, x, bracket.label, p)
    if math.isfinite(bracket.upper):
        bisect(bracket, RegionsByPattern(bracket.network, x))
        assert bracket.optimal
        assert bracket.upper == pytest.approx(exact, rel=2e-5)


def test_it_stops_and_goes_on():
    network, x = mlp([20, 60, 60, 4], 2), np.random.default_rng(2).normal(size=20)
    bracket = bracket_around(network, x, math.inf, eps=0.3)
    search = BranchAndBound(bracket, 0.3, RegionsByPattern(bracket.network, x))
    assert search.run(until=0.0) is None
    first, counted = search.bound, search.bounded
    answer = None
    with CancelScope(lambda: True, partial=True):
        answer = search.run()
    assert answer is None and search.bounded == counted
    while search.bounded == counted:
        search.run(until=time.perf_counter() + 1)
    assert search.bound >= first
