"""The largest of several by pairs: which comparisons are settled when some candidates cannot win."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from geometry.network.network import as_network
from tests.strategies import seeds


class Largest(nn.Module):
    """The largest of some inputs, and 0 as the other score."""

    def __init__(self, window: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d((1, window))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.pool(x[:, None, None])[:, 0, 0], 0 * x[:, :1]], 1)


@given(st.integers(2, 9), seeds)
def test_candidates_are_sums_of_units_of_the_first_round(k: int, seed: int) -> None:
    network = as_network(Largest(k).double(), (k,))
    (tournament,) = network.tournaments
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(5, k)))
    begin = tournament.starts[0]
    z = nn.functional.pad(network.preactivations(x)[0][:, begin : begin + tournament.units], (0, 1))
    one, other = tournament.summands()
    torch.testing.assert_close((z[:, one] + z[:, other])[:, 0], x)


@given(st.integers(2, 9), seeds)
def test_settled_comparisons_have_one_sign_wherever_they_decide_the_winner(k: int, seed: int) -> None:
    """Whoever wins among the possible ones: on his way, all won comparisons are on, and all lost ones are off."""
    rng = np.random.default_rng(seed)
    network = as_network(Largest(k).double(), (k,))
    (tournament,), comparisons = network.tournaments, network.comparisons
    assert comparisons is not None
    alive = rng.random(k) < 0.5
    alive[rng.integers(k)] = True
    x = rng.normal(size=(50, k)) - 100 * ~alive
    on = torch.cat([z > 0 for z in network.preactivations(torch.from_numpy(x))[:-1]], 1).numpy()
    matters = _mattering(comparisons, on)
    won, lost = (units.numpy() for units in tournament.settled(torch.from_numpy(alive)[None]))
    assert (on | ~matters)[:, won].all()
    assert not (on & matters)[:, lost].any()
    bends = np.concatenate([layer.bending() for layer in network.hidden])
    settled = np.isin(np.arange(len(bends)), np.concatenate([won, lost]))
    assert (bends & ~settled).sum() == alive.sum() - 1  # a pair for every possible winner but the first


def _mattering(comparisons, on: np.ndarray) -> np.ndarray:
    """(m, units) whether a unit decides: all comparisons above it go its way."""
    matters = np.ones_like(on)
    for unit in reversed(range(on.shape[1])):
        parent = comparisons.parent[unit]
        if parent >= 0:
            matters[:, unit] = matters[:, parent] & (on[:, parent] == comparisons.side[unit])
    return matters
