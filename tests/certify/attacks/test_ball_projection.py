"""The projection onto the l1 ball is the nearest point of it."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.attacks.ball_projection import onto_l1_ball, project
from tests.strategies import seeds


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(1, 30), st.floats(0.01, 10), st.booleans())
def test_it_is_what_halving_the_multiplier_finds(seed, d, eps, ties):
    random = torch.Generator().manual_seed(seed)
    shift = torch.randn(7, d, generator=random, dtype=torch.float64)
    if ties:
        shift = shift.round()
    free = torch.full((d,), torch.inf, dtype=torch.float64)
    origin = torch.zeros_like(shift)
    expected = project(shift, origin, torch.full((7,), eps, dtype=torch.float64), 1, -free, free)
    torch.testing.assert_close(
        onto_l1_ball(shift, torch.tensor(eps, dtype=torch.float64)), expected, atol=1e-12, rtol=1e-12
    )


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(1, 20), st.floats(0.01, 3))
def test_no_point_of_the_ball_lies_ahead_of_it(seed, d, eps):
    """z is the nearest point of a convex set if and only if <shift - z, w - z> <= 0 for all its points w; here for all
    its vertices, which suffices."""
    shift = torch.randn(5, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    nearest = onto_l1_ball(shift, torch.tensor(eps, dtype=torch.float64))
    assert (nearest.abs().sum(1) <= eps * (1 + 1e-12)).all()
    vertices = eps * torch.cat([torch.eye(d), -torch.eye(d)]).double()
    ahead = ((shift - nearest)[:, None] * (vertices - nearest[:, None])).sum(2)
    assert (ahead <= 1e-9).all()
    inside = shift.abs().sum(1) <= eps
    assert torch.equal(nearest[inside], shift[inside])
