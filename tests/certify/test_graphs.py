"""Bounds, searches and attacks on networks with a forward of their own, against samples, LPs and that forward."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.attacks import attack
from certify.bounds.bounds import bounds, margins
from certify.bounds.methods import METHODS
from certify.bounds.proof import proved
from certify.exact.minimal_perturbation import minimal_perturbation
from certify.exact.verify import verify
from certify.perturbation.points import checked_points
from certify.polytopes.outer_polytope import outer_polytope
from geometry.network.network import as_network
from tests.graphs import graph_networks, pooled_networks
from tests.strategies import norms, points, random_directions, seeds

ANY = graph_networks() | pooled_networks()


def inside(x: np.ndarray, eps: float, p: float, n: int = 300) -> np.ndarray:
    lengths = np.random.default_rng(1).random(n) ** 0.3
    return x + eps * lengths.reshape(-1, *[1] * x.ndim) * random_directions(x.shape, p, n)


@pytest.mark.parametrize("method", METHODS)
def test_no_sample_leaves_the_bounds(method: str) -> None:
    @given(
        graph_networks() if method in ("lp", "alpha-crown", "sdp-crown") else ANY,
        norms(),
        st.floats(0.01, 1),
        st.data(),
    )
    @settings(deadline=None, max_examples=4 if method in ("lp", "alpha-crown", "sdp-crown") else 12)
    def check(case, p, eps, data):
        p = p if p in METHODS[method].norms else METHODS[method].norms[-1]
        x = data.draw(points(case.input_shape))
        network = as_network(case.network, case.input_shape)
        there = torch.from_numpy(inside(x[0], eps, p))
        for (lower, upper), values in zip(bounds(network, x, eps, p, method), network.preactivations(there)):
            slack = 1e-9 * (1 + values.abs().amax())
            assert (values >= lower.flatten(1) - slack).all() and (values <= upper.flatten(1) + slack).all()
        logits, label = case.network(there), int(case.network(torch.from_numpy(x)).argmax())
        least = margins(network, x, [label], eps, p, method)[0]
        assert (logits[:, [label]] - logits >= least - 1e-9 * (1 + logits.abs().amax())).all()

    check()


@given(graph_networks(), st.sampled_from([1, math.inf]), st.floats(0.05, 1), st.data())
@settings(deadline=None, max_examples=8)
def test_no_method_is_tighter_than_the_linear_program(case, p, eps, data):
    x = data.draw(points(case.input_shape))
    label = int(case.network(torch.from_numpy(x)).argmax())
    lp = margins(case.network, x, [label], eps, p, "lp")
    for method in ("interval", "fast-lin", "crown", "alpha-crown"):
        assert (margins(case.network, x, [label], eps, p, method) <= lp + 1e-6).all()


@given(graph_networks(inputs=2, steps=3), seeds, norms())
@settings(deadline=None, max_examples=8)
def test_searches_agree_with_samples_and_each_other(case, seed, p):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    label = int(case.network(torch.from_numpy(x)[None]).argmax())
    (found,) = minimal_perturbation(case.network, x[None], p, box=(-1.0, 2.0), time_limit=0.5)
    if found.witness is not None:
        logits = case.network(torch.from_numpy(found.witness)[None])[0]
        assert logits[label] <= logits[torch.arange(len(logits)) != label].max() + 1e-9
    moved = attack(case.network, x[None], [label], "deepfool", p=p, box=(-1.0, 2.0))
    assert not moved.success[0] or moved.distances[0] >= found.lower * (1 - 1e-7)
    for eps in (0.8 * min(found.lower, 2.0), 1.2 * min(found.upper, 2.0)):
        (verdict,) = verify(case.network, x[None], [label], eps, p, box=(-1.0, 2.0), time_limit=0.5)
        assert verdict.status != "robust" or eps < found.upper * (1 + 1e-7)
        assert verdict.status != "vulnerable" or eps > found.lower * (1 - 1e-7)
    near = np.clip(inside(x, 0.999 * min(found.lower, 3.0), p, 2000), -1, 2)
    logits = case.network(torch.from_numpy(near)).numpy()
    assert (logits[:, label] >= np.delete(logits, label, axis=1).max(axis=1) - 1e-9).all()


@given(pooled_networks(), st.floats(0.001, 0.1), st.data())
@settings(deadline=None, max_examples=6)
def test_proofs_and_polytopes_of_pooled_networks_hold_for_samples(case, eps, data):
    x = data.draw(points(case.input_shape))
    label = case.network(torch.from_numpy(x)).argmax(1).numpy()
    there = case.network(torch.from_numpy(inside(x[0], eps, math.inf, 500))).numpy()
    if proved(checked_points(case.network, x, label, math.inf, None), np.array([eps]), "crown")[0]:
        assert (there.argmax(1) == label).all()
    polygon = outer_polytope(case.network, x[0], eps, math.inf, (0, 1), "crown", directions=16).buffer(1e-9)
    low, high = polygon.bounds[:2], polygon.bounds[2:]
    assert (there[:, :2] >= np.array(low) - 1e-9).all() and (there[:, :2] <= np.array(high) + 1e-9).all()
