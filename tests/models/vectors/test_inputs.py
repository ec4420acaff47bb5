"""Named inputs: shares of their ranges, and networks that take shares."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from models.vectors.inputs import Inputs, NamedInput, negated, numbered, on_shares, unique_names
from tests.strategies import seeds


def some_inputs(rng: np.random.Generator, count: int) -> Inputs:
    low = rng.normal(size=count) * 10.0 ** rng.integers(-3, 4, count)
    return Inputs(tuple(NamedInput(f"x{k}", a, a + 10.0 ** rng.integers(-2, 5)) for k, a in enumerate(low.tolist())))


@given(seeds, st.integers(1, 6))
def test_a_network_on_shares_is_the_network_on_the_values(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    inputs = some_inputs(rng, count)
    network = nn.Sequential(nn.Linear(count, 7), nn.ReLU(), nn.Linear(7, 3)).double().eval()
    shares = rng.random((5, count))
    values = np.array([item.low for item in inputs.items]) + shares * [item.high - item.low for item in inputs.items]
    expected = network(torch.from_numpy(values))
    scale = float(expected.detach().abs().max()) + float(np.abs(values).max())
    torch.testing.assert_close(on_shares(network, (count,), inputs)(torch.from_numpy(shares)), expected, rtol=0,
                               atol=1e-10 * scale)  # fmt: skip
    np.testing.assert_allclose(inputs.shares(inputs.values(shares)), shares, atol=1e-6)


def test_an_input_of_several_dimensions_is_filled_in_order() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(6, 2)).eval()
    x = torch.rand(4, 6, dtype=torch.float64)
    shaped = on_shares(network, (1, 2, 3), numbered(6))
    torch.testing.assert_close(shaped(x), network.double()(x.reshape(4, 1, 2, 3)))


def test_negating_changes_signs_alone_and_not_the_network_given() -> None:
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)).eval()
    x, before = torch.rand(9, 2), network[-1].weight.detach().clone()
    assert torch.equal(negated(network)(x), -network(x))
    assert torch.equal(network[-1].weight, before)
    with pytest.raises(ValueError, match="ends with ReLU"):
        negated(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1.0, 1.0, "empty"),
        (2.0, 1.0, "empty"),
        (math.nan, 1.0, "two finite numbers"),
        (0.0, math.inf, "two finite numbers"),
        (1e12, 1e12 + 1e-3, "too narrow"),
        (-1e308, 1e308, "too narrow or too wide"),
    ],
)
def test_a_range_without_a_width_is_refused(low: float, high: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        NamedInput("x", low, high)


def test_another_number_of_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="takes 2 numbers, but 3 inputs"):
        on_shares(nn.Sequential(nn.Linear(2, 2)), (2,), numbered(3))


def test_names_are_made_unique_and_stay_on_one_line() -> None:
    assert unique_names(["a", " a ", "", "b\nc"]) == ("a", "a (2)", "input 3", "b c")
