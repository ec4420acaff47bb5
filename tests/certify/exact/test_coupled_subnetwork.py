"""SDP-CROWN's bounds of domains hold wherever the signs are as said, and let branch and bound end earlier."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.coupled_subnetwork import coupled_subnetwork
from certify.exact.domain_bounds import chosen_lines
from certify.regions.by_pattern import RegionsByPattern
from tests.certify.exact.reduced_networks import bracket_around, forward, inside, reduced_around
from tests.strategies import conv_networks, degenerate_mlps, mlp, mlps, seeds, unit_networks

ANY = st.one_of(mlps(3, depth=3, width=8), degenerate_mlps(3), conv_networks(), unit_networks())


def coupled_around(bracket, radius):
    """The reduced network, the balls of its layers and its set."""
    problem, ball, _ = reduced_around(bracket, radius)
    hidden = [(torch.from_numpy(lower), torch.from_numpy(upper)) for lower, upper in bracket.unit_bounds(radius)]
    return problem, coupled_subnetwork(bracket.network, ball, hidden, problem), ball


@given(ANY, seeds, st.booleans(), st.floats(-6, 6))
@settings(deadline=None, max_examples=25)
def test_any_slopes_and_multipliers_give_a_bound_wherever_the_signs_are_as_said(case, seed, boxed, log):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, 2, (0.0, 1.0) if boxed else None)
    problem, coupled, ball = coupled_around(bracket, 0.4)
    z, margins = forward(problem, torch.from_numpy(inside(bracket, 0.4)) - ball.center)
    generator, shape = torch.Generator().manual_seed(seed), z.shape
    said = torch.rand(shape, generator=generator) < 0.4  # per point a domain that holds it
    signs = torch.where(z > 0, 1.0, -1.0) * said
    rising, falling = (problem.slopes + (1 - problem.slopes) * torch.rand(shape, generator=generator) for _ in "rf")
    multipliers = 2 * torch.rand(shape, generator=generator).double()
    state = torch.stack([rising, multipliers, falling, torch.full_like(rising, log)], 1)
    for row in range(margins.shape[1]):
        bound = coupled.lower_bounds(torch.full((len(z),), row), signs, state)
        assert (bound <= margins[:, row]).all()


@given(mlps(4, depth=3, width=10), seeds, st.booleans())
@settings(deadline=None, max_examples=15)
def test_what_the_ascent_finds_holds_at_every_point_of_the_domain(case, seed, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, 2, (0.0, 1.0) if boxed else None)
    problem, coupled, ball = coupled_around(bracket, 0.6)
    if len(problem) == 0:
        return
    z, margins = forward(problem, torch.from_numpy(inside(bracket, 0.6, 1000)) - ball.center)
    single, rows = coupled.single(), torch.arange(margins.shape[1])
    signs = torch.zeros(len(rows), len(problem))
    signs[:, 0] = torch.sign(z[0, 0])
    first = single.first_state(rows, signs, single.problem.slopes.expand(len(rows), -1))
    found = single.ascended(rows, signs, first, 10)
    before, after = (coupled.lower_bounds(rows, signs.double(), state.double()) for state in (first, found))
    assert (after >= before - 1e-4 * (1 + before.abs())).all()
    there = z[:, 0] * signs[0, 0] >= 0
    assert (after <= margins[there].amin(0)).all()


@given(mlps(4, depth=3, width=8), seeds, st.booleans())
@settings(deadline=None, max_examples=15)
def test_without_multipliers_and_with_chords_it_is_the_bound_of_lines(case, seed, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    bracket = bracket_around(case.network, x, 2, (0.0, 1.0) if boxed else None)
    problem, coupled, _ = coupled_around(bracket, 0.5)
    generator, units = torch.Generator().manual_seed(seed), len(problem)
    signs = torch.randint(-1, 2, (1, units), generator=generator).double()
    slopes = problem.slopes + (1 - problem.slopes) * torch.rand(1, units, generator=generator).double()
    multipliers, row = torch.rand(1, units, generator=generator).double(), torch.zeros(1, dtype=torch.long)
    chord = (problem.high - problem.slopes * problem.low) / (problem.high - problem.low)
    state = torch.stack([slopes, multipliers, chord.expand(1, -1), torch.full_like(slopes, -math.inf)], 1)
    lines = chosen_lines(problem, torch.stack([signs, slopes, multipliers], 1))
    found = coupled.lower_bounds(row, signs, state)
    torch.testing.assert_close(found, problem.lower_bounds(row, lines), rtol=1e-9, atol=1e-9)


def cluster(seed):
    """A network of one wide layer whose units all bend near x, as after adversarial training: 20-60-3, and x."""
    network, random = mlp([20, 60, 3], seed), np.random.default_rng(seed)
    x = random.normal(size=20)
    with torch.no_grad():
        network[0].bias[:] = -network[0].weight @ torch.from_numpy(x)
        network[2].bias[:] = torch.tensor([2.0, 0.0, 0.0])
    return network, x


def test_with_the_balls_of_layers_fewer_domains_decide_the_same():
    counts, verdicts = {True: 0, False: 0}, {True: [], False: []}
    for seed in range(4):
        network, x = cluster(seed)
        for coupled in counts:
            bracket = bracket_around(network, x, 2, eps=1.0)
            search = BranchAndBound(bracket, 1.0, RegionsByPattern(bracket.network, x), coupled=coupled)
            verdicts[coupled].append(search.run())
            counts[coupled] += search.bounded
    assert verdicts[True] == verdicts[False] == [True] * 4
    assert counts[True] < counts[False] / 10
