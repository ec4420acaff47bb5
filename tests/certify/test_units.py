"""Every method on networks whose units have slopes of their own, against samples, LPs and exact searches."""

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
from certify.bounds.radius import certified_radius
from certify.dataset.index_sets import index_sets
from certify.exact.minimal_perturbation import minimal_perturbation
from certify.exact.verify import verify
from geometry.network.network import as_network
from tests.strategies import norms, points, random_directions, seeds, unit_networks


def inside(x: np.ndarray, eps: float, p: float, n: int = 300) -> np.ndarray:
    lengths = np.random.default_rng(1).random(n) ** 0.3
    return x + eps * lengths.reshape(-1, *[1] * x.ndim) * random_directions(x.shape, p, n)


@pytest.mark.parametrize("method", METHODS)
def test_no_sample_leaves_the_bounds(method: str) -> None:
    @given(unit_networks(), norms(), st.floats(0.01, 1.5), st.data())
    @settings(deadline=None, max_examples=6 if method in ("lp", "alpha-crown", "sdp-crown") else 20)
    def check(case, p, eps, data):
        p = p if p in METHODS[method].norms else METHODS[method].norms[-1]
        x = data.draw(points(case.input_shape))
        network = as_network(case.network, case.input_shape)
        found = bounds(network, x, eps, p, method)
        label = int(case.network(torch.from_numpy(x)).argmax())
        least = margins(network, x, [label], eps, p, method)[0]
        there = torch.from_numpy(inside(x[0], eps, p))
        for (lower, upper), values in zip(found, network.preactivations(there)):
            slack = 1e-9 * (1 + values.abs().amax())
            assert (values >= lower.flatten(1) - slack).all() and (values <= upper.flatten(1) + slack).all()
        logits = case.network(there)
        assert (logits[:, [label]] - logits >= least - 1e-9 * (1 + logits.abs().amax())).all()

    check()


@given(unit_networks(), st.sampled_from([1, math.inf]), st.floats(0.05, 1), st.data())
@settings(deadline=None, max_examples=8)
def test_the_linear_program_is_the_tightest_and_exact_where_no_unit_is_unstable(case, p, eps, data):
    x = data.draw(points(case.input_shape))
    label = int(case.network(torch.from_numpy(x)).argmax())
    lp = margins(case.network, x, [label], eps, p, "lp")
    for method in ("interval", "fast-lin", "crown", "alpha-crown"):
        assert (margins(case.network, x, [label], eps, p, method) <= lp + 1e-6).all()


@given(unit_networks(inputs=2, depth=2, width=4), seeds, norms())
@settings(deadline=None, max_examples=8)
def test_searches_radii_and_attacks_agree_about_the_nearest_adversarial_point(case, seed, p):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, case.input_shape)
    label = int(case.network(torch.from_numpy(x)[None]).argmax())
    (found,) = minimal_perturbation(case.network, x[None], p, box=(-1.0, 2.0), time_limit=0.5)
    room = 1 + 1e-7
    if found.witness is not None:
        logits = case.network(torch.from_numpy(found.witness)[None])[0]
        assert logits[label] <= logits[torch.arange(len(logits)) != label].max() + 1e-9
    for method in ("interval", "crown", "simplex", "neighbouring-regions"):
        radius = float(certified_radius(case.network, x[None], p, method, [label], (-1.0, 2.0))[0])
        assert radius <= found.upper * room
    for method in ("deepfool", "linear-region"):
        moved = attack(case.network, x[None], [label], method, p=p, box=(-1.0, 2.0))
        assert not moved.success[0] or moved.distances[0] >= found.lower / room
    for eps in (0.8 * min(found.lower, 2.0), 1.2 * min(found.upper, 2.0)):
        (verdict,) = verify(case.network, x[None], [label], eps, p, box=(-1.0, 2.0), time_limit=0.5)
        if verdict.status == "robust":
            assert eps < found.upper * room
        if verdict.status == "vulnerable":
            assert eps > found.lower / room
    near = np.clip(inside(x, 0.999 * min(found.lower, 3.0), p, 2000), -1, 2)
    logits = case.network(torch.from_numpy(near))
    others = np.delete(logits.numpy(), label, axis=1).max(axis=1, initial=-math.inf)
    assert (logits[:, label].numpy() >= others - 1e-9).all()


@pytest.mark.parametrize("method", ["fgsm", "i-fgsm", "pgd"])
def test_attacks_stay_in_their_ball_and_find_other_classes(method: str) -> None:
    @given(unit_networks(), norms(), seeds)
    @settings(deadline=None, max_examples=5)
    def check(case, p, seed):
        x = np.random.default_rng(seed).uniform(0.1, 0.9, (3, *case.input_shape))
        labels = case.network(torch.from_numpy(x)).argmax(1)
        found = attack(case.network, x, labels, method, eps=0.5, p=p, box=(0, 1))
        moved = np.linalg.norm((np.asarray(found.points) - x).reshape(3, -1), p, axis=1)
        assert (moved <= 0.5 + 1e-6).all()
        classes = case.network(torch.from_numpy(np.asarray(found.points))).argmax(1)
        assert (classes != labels)[torch.as_tensor(np.asarray(found.success))].all()

    check()


@given(unit_networks(inputs=2), seeds, st.floats(0.05, 0.5))
@settings(deadline=None, max_examples=15)
def test_units_without_a_bend_are_active_in_the_index_sets(case, seed, eps):
    x = np.random.default_rng(seed).normal(size=(2, *case.input_shape))
    sets = index_sets(case.network, x, eps, math.inf)
    network = as_network(case.network, case.input_shape)
    for layer, active, unstable in zip(network.hidden, sets.active, sets.unstable):
        straight = (~layer.bending()).reshape(-1, layer.parts).all(1)  # of |z| and a clip, one of two may bend
        assert active.reshape(2, -1)[:, straight].all() and not unstable.reshape(2, -1)[:, straight].any()
