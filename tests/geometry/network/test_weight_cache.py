"""Cached values of a network's weights are dropped when the weights change."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from certify import margins
from geometry import as_network, distances
from geometry.network.network import Network
from geometry.network.weight_cache import cached_by_weights
from geometry.norms import NORMS
from tests.strategies import mlp

X = torch.rand(3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def convolutional() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Unflatten(1, (1, 2, 2)), nn.Conv2d(1, 3, 2, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(12, 3)
    ).double()  # fmt: skip


def scaled(network: Network) -> None:
    """Weights changed in place, as an optimiser does."""
    with torch.no_grad():
        for weight in network.weights():
            weight.mul_(1.5)


def loaded(network: Network) -> None:
    for weight in network.weights():
        weight.detach().copy_(weight.detach().flip(0) + 0.1)


@pytest.mark.parametrize("change", [scaled, loaded])
@pytest.mark.parametrize("build", [lambda: mlp([4, 70, 80, 3], 0).requires_grad_(), convolutional])
@pytest.mark.parametrize("method", ["interval", "fast-lin", "crown", "crown-interval"])
def test_margins_of_a_converted_network_follow_its_weights(method, build, change):
    network = as_network(build(), (4,))
    before = [margins(network, X, [0, 1, 2], 0.3, p, method) for p in NORMS]
    change(network)
    for p, old in zip(NORMS, before):
        found = margins(network, X, [0, 1, 2], 0.3, p, method)
        fresh = margins(network.detached(), X, [0, 1, 2], 0.3, p, method)  # a copy keeps nothing
        torch.testing.assert_close(found, fresh, rtol=0, atol=0)
        assert (found != old).any()


def test_distances_of_a_converted_network_follow_its_weights():
    network = as_network(mlp([4, 6, 3], 0), (4,))
    before = distances(network, X, 2).d_B
    loaded(network)
    after = distances(network, X, 2).d_B
    assert (after == distances(network.detached(), X, 2).d_B).all() and (after != before).any()


@pytest.mark.parametrize("build", [lambda: mlp([4, 70, 80, 3], 0).requires_grad_(), convolutional])
def test_gradients_reach_the_weights_after_values_were_kept(build):
    module = build()
    network = as_network(module, (4,))
    gradients = []
    for asked in (network, module):
        margins(asked, X, [0, 1, 2], 0.3, math.inf, "crown")
        total = margins(asked, X, [0, 1, 2], 0.3, math.inf, "crown", differentiable=True).sum()
        gradients.append(torch.autograd.grad(total, list(module.parameters())))
    for kept_before, fresh in zip(*gradients):
        torch.testing.assert_close(kept_before, fresh, rtol=0, atol=0)


def test_nothing_is_computed_twice_while_the_weights_stay():
    network, calls = as_network(mlp([4, 6, 3], 0), (4,)), []
    for _ in range(2):
        cached_by_weights(network, "calls", lambda: calls.append(1))
    assert len(calls) == 1


def test_inference_mode_leaves_nothing_behind_that_gradients_cannot_use():
    network = as_network(mlp([4, 6, 3], 0), (4,))
    with torch.inference_mode():
        margins(network, X, [0, 1, 2], 0.3, math.inf, "interval")
    x = X.clone().requires_grad_()
    margins(network, x, [0, 1, 2], 0.3, math.inf, "interval", differentiable=True).sum().backward()
    assert x.grad is not None
