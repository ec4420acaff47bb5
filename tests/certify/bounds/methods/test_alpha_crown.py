"""alpha-CROWN's gradients: with the slopes it chose held, against differences of the bound."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.bounds.methods import alpha_crown, margin_functionals
from certify.bounds.methods.alpha_crown import AlphaCrown
from certify.perturbation.perturbation import perturbation
from geometry.network.network import as_network
from tests.strategies import mlp, norms


@given(st.integers(0, 1000), norms(), st.booleans())
@settings(deadline=None, max_examples=10)
def test_gradients_by_input_eps_and_weights_are_those_of_the_bound_with_the_slopes_it_chose(seed, p, boxed):
    network, rng = as_network(mlp([3, 8, 6, 3], seed), (3,)), np.random.default_rng(seed)
    x, eps = torch.from_numpy(rng.uniform(0.3, 0.7, (1, 3))), torch.tensor([0.2], dtype=torch.float64)
    labels, box = network(x).argmax(1), (0.0, 1.0) if boxed else None
    bound, slopes_used = alpha_crown.lower_bound, []
    last, offset, _ = margin_functionals(network, labels)

    def value(x, eps, weights, steps):
        return AlphaCrown(steps=steps).functionals(network, perturbation(x, eps, p, box, (3,)), weights, offset).sum()

    def recording(rows, offset, affines, lines, ball, slopes):
        if not any(slope.requires_grad for slope in slopes):  # after the steps, at the best
            slopes_used.append([slope.detach() for slope in slopes])
        return bound(rows, offset, affines, lines, ball, slopes)

    def replaying(rows, offset, affines, lines, ball, slopes):
        return bound(rows, offset, affines, lines, ball, next(held))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alpha_crown, "lower_bound", recording)
        inputs = [one.detach().clone().requires_grad_() for one in (x, eps, last)]
        best = value(*inputs, steps=5)
        gradients = torch.autograd.grad(best, inputs)
        patch.setattr(alpha_crown, "lower_bound", replaying)
        directions = [torch.from_numpy(rng.normal(size=one.shape)) for one in inputs]
        expected = float(sum((g * d).sum() for g, d in zip(gradients, directions)))
        values, step = [], 1e-6
        for side in (-step, 0.0, step):
            held = iter(slopes_used)
            values.append(float(value(*(one + side * way for one, way in zip((x, eps, last), directions)), steps=0)))
    assert values[1] == pytest.approx(float(best.detach()), rel=1e-9, abs=1e-12)
    left, right = (values[1] - values[0]) / step, (values[2] - values[1]) / step
    if abs(left - right) < 1e-4 * (1 + abs(expected)):  # not across a kink
        assert expected == pytest.approx((left + right) / 2, rel=1e-4, abs=1e-5)
