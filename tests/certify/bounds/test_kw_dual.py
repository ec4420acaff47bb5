"""KW's dual network and back-substitution with parallel lines are the same numbers."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import margins
from tests.strategies import mlp, norms, points, seeds


def dual_margins(network, x: np.ndarray, label: int, eps: float, p: float) -> np.ndarray:
    """Wong & Kolter (2018), Algorithm 1 and eq. (5) for J, one point at a time, written with its own symbols.

    Runs the dual network forward: nu_hat[i] holds what the units of layer i + 1 pass back, gamma the biases' part.
    """
    q = {1: math.inf, 2: 2, math.inf: 1}[p]
    layers = [module for module in network if hasattr(module, "weight")]
    W, b = [layer.weight.numpy() for layer in layers], [layer.bias.numpy() for layer in layers]
    lower, upper = [], []
    for k in range(len(W) - 1):
        bounds = [dual_bound(W, b, k, c, lower, upper, x, eps, q) for c in (np.eye(len(b[k])), -np.eye(len(b[k])))]
        lower.append(bounds[0])
        upper.append(-bounds[1])
    K = len(b[-1])
    return dual_bound(W, b, len(W) - 1, np.eye(K)[label] - np.eye(K), lower, upper, x, eps, q)


def dual_bound(W, b, k, c, lower, upper, x, eps, q) -> np.ndarray:
    """J(x, g(c)): lower bounds of c z_k for every row of c; [.]_- is the magnitude of the negative part."""
    nu = -c  # nu_k = -c
    J = np.zeros(len(c))
    for i in range(k, -1, -1):
        J -= nu @ b[i]
        nu_hat = nu @ W[i]
        if i == 0:
            return J - nu_hat @ x - eps * np.linalg.norm(nu_hat, ord=q, axis=1)
        low, high = lower[i - 1], upper[i - 1]
        crossing, active = (low < 0) & (high > 0), low >= 0
        D = np.where(crossing, high / np.where(crossing, high - low, 1), active)
        nu = nu_hat * D  # D_i, with alpha = u / (u - l)
        J += (np.where(crossing, low, 0) * np.maximum(nu, 0)).sum(axis=1)
    raise AssertionError("unreachable")


@given(seeds, st.lists(st.integers(1, 9), min_size=1, max_size=3), norms(), st.floats(0.01, 1), st.data())
@settings(deadline=None, max_examples=60)
def test_fast_lin_is_the_dual_network(seed, hidden, p, eps, data):
    network = mlp([4, *hidden, 3], seed)
    x = data.draw(points((4,)))
    label = data.draw(st.integers(0, 2))
    found = margins(network, x, [label], eps, p, "fast-lin")[0].numpy()
    np.testing.assert_allclose(found, dual_margins(network, x[0], label, eps, p), rtol=1e-9, atol=1e-9)
