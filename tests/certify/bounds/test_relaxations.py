"""Lines around one unit."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.bounds.methods.crown import crown
from certify.bounds.methods.fast_lin import fast_lin

finite = st.floats(-1e3, 1e3)


@given(finite, finite, st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.sampled_from([fast_lin, crown]))
@settings(deadline=None)
def test_the_graph_runs_between_the_lines(a, b, slope, relaxation):
    lower, upper = (torch.tensor([[value]], dtype=torch.float64) for value in sorted([a, b]))
    lines = relaxation(lower, upper, slope)
    z = torch.linspace(0, 1, 101, dtype=torch.float64) * (upper - lower) + lower
    activation = torch.maximum(z, slope * z)
    slack = 1e-12 * (1 + abs(a) + abs(b))
    assert (lines.lower * z <= activation + slack).all()
    assert (activation <= lines.upper * z + lines.intercept + slack).all()
    assert (lines.least <= lines.lower * z + slack).all()
    assert (lines.upper * z + lines.intercept <= lines.greatest + slack).all()


def test_fast_lin_draws_parallel_lines_and_crown_the_better_of_two():
    lower, upper = torch.tensor([[-1.0, -3.0, 1.0, -2.0]]), torch.tensor([[3.0, 1.0, 2.0, -1.0]])
    lines = fast_lin(lower, upper, 0.0)
    assert lines.parallel
    torch.testing.assert_close(lines.lower, torch.tensor([[0.75, 0.25, 1.0, 0.0]]))
    torch.testing.assert_close(lines.intercept, torch.tensor([[0.75, 0.75, 0.0, 0.0]]))
    assert crown(lower, upper, 0.0).lower.tolist() == [[1.0, 0.0, 1.0, 0.0]]
    assert crown(lower, upper, 0.25).lower.tolist() == [[1.0, 0.25, 1.0, 0.25]]


def test_bounds_that_are_nan_are_never_taken_for_stable():
    nan = torch.tensor([[torch.nan]])
    lines = crown(nan, nan, 0.0)
    assert lines.unstable.all() and lines.upper.isnan().all()


def test_tiny_bounds_do_not_lose_their_intercept():
    lower, upper = torch.tensor([[-1e-200]], dtype=torch.float64), torch.tensor([[1e-200]], dtype=torch.float64)
    assert fast_lin(lower, upper, 0.0).intercept.item() == pytest.approx(5e-201)
