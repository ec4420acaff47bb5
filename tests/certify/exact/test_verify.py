import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify.bounds.radius import certified_radius
from certify.exact import tuning
from certify.exact.minimal_perturbation import minimal_perturbation
from certify.exact.verify import verify
from geometry import as_network
from models import load_images
from models.gallery import load_shipped
from tests import reference
from tests.reference import NAMES
from tests.slow import others_slow
from tests.strategies import degenerate_mlps, mlp, mlps, norms, random_directions, seeds

BUSY = 60.0  # seconds that what takes one or two may take on a machine that does much else


@pytest.mark.slow
@settings(deadline=None, max_examples=12)
@given(st.one_of(mlps(3, depth=2, width=6), degenerate_mlps(3, depth=2, width=5)), seeds, norms(), st.booleans())
def test_it_agrees_with_the_minimal_perturbation(case, seed, p, boxed):
    x = np.random.default_rng(seed).uniform(0.1, 0.9, (1, 3))
    label = case.network(torch.from_numpy(x)).argmax(1)
    box = (0.0, 1.0) if boxed else None
    least = minimal_perturbation(case.network, x, p, box=box, time_limit=2)[0]
    scale = least.upper if math.isfinite(least.upper) else 1.0
    for factor in (0.5, 0.99, 1.01, 1.5):
        verdict = verify(case.network, x, label, scale * factor, p, box=box, time_limit=BUSY)[0]
        if verdict.status == "robust":
            assert scale * factor <= least.upper
        if verdict.status == "vulnerable":
            assert scale * factor >= least.lower
            assert np.linalg.norm((verdict.witness - x[0]).ravel(), p) <= scale * factor
            logits = case.network(torch.from_numpy(verdict.witness)[None])[0].numpy()
            assert logits[label] - np.delete(logits, label).max() <= 0
        if least.optimal and math.isfinite(least.upper) and least.upper > 0:
            assert verdict.status == ("robust" if factor < 1 else "vulnerable")
        assert verdict.method == verdict.timings[-1][0]
        assert sum(seconds for _, seconds in verdict.timings) <= verdict.seconds


@pytest.mark.slow
def test_cheap_methods_settle_what_they_can():
    network, x = mlp([4, 10, 10, 3], 1), np.random.default_rng(1).normal(size=(1, 4))
    label, least = network(torch.from_numpy(x)).argmax(1), minimal_perturbation(network, x, math.inf)[0]
    methods = [verify(network, x, label, least.upper * f, math.inf)[0].method for f in (1e-4, 0.9999, 5)]
    assert methods[0] == "interval"
    assert methods[1] in ("region search", "lp", "branch and bound")
    assert methods[2] == "pgd"


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=(math.inf,)))
def test_branch_and_bound_decides_where_regions_are_too_many(p, monkeypatch):
    monkeypatch.setattr(tuning, "SEARCHED_FIRST", 1)
    network, x = mlp([5, 8, 8, 3], 7), np.random.default_rng(7).normal(size=(1, 5))
    label = network(torch.from_numpy(x)).argmax(1)
    least = minimal_perturbation(network, x, p, time_limit=BUSY)[0]
    assert least.optimal
    safe, lost = (verify(network, x, label, least.upper * f, p, time_limit=2 * BUSY)[0] for f in (0.995, 1.005))
    assert (safe.status, lost.status) == ("robust", "vulnerable")
    assert safe.method in ("lp", "branch and bound")


@pytest.mark.parametrize("scale", [1e-6, 1e6])
@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_scaled_layers_change_no_verdict(p, scale):
    """Weights scaled up in one layer and down in the next are the same function, with other rounding."""
    network, x = mlp([4, 8, 3], 3), np.random.default_rng(3).normal(size=(1, 4))
    label, least = network(torch.from_numpy(x)).argmax(1), minimal_perturbation(network, x, p)[0]
    network[0].weight.mul_(scale), network[0].bias.mul_(scale), network[2].weight.div_(scale)
    for factor, wrong in ((0.999, "vulnerable"), (1.001, "robust")):
        assert verify(network, x, label, least.upper * factor, p)[0].status != wrong


def test_exactly_at_the_minimal_perturbation_nothing_is_called_robust_that_is_not():
    network = nn.Sequential(nn.Linear(2, 2, dtype=torch.float64), nn.ReLU(), nn.Linear(2, 2, dtype=torch.float64))
    with torch.no_grad():
        for layer in (network[0], network[2]):
            layer.weight.copy_(torch.eye(2))
            layer.bias.zero_()
    x = np.array([[1.0, 0.5]])  # the tie x_0 = x_1 is 0.25 away in l-infinity
    for p, distance in ((1, 0.5), (2, 0.5 / math.sqrt(2)), (math.inf, 0.25)):
        assert verify(network, x, [0], distance, p)[0].status != "robust"
        assert verify(network, x, [0], distance * (1 - 1e-6), p)[0].status == "robust"


def test_misclassified_out_of_time_and_cancelled():
    network, x = mlp([20, 40, 40, 4], 2), np.random.default_rng(2).normal(size=(1, 20))
    label = network(torch.from_numpy(x)).argmax(1)
    wrong = verify(network, x, (label + 1) % 4, 0.1, 2, time_limit=0)[0]
    assert (wrong.status, wrong.method) == ("vulnerable", "prediction") and (wrong.witness == x[0]).all()
    assert verify(network, x, label, 0.1, 2, time_limit=0)[0].status == "unknown"
    eps = minimal_perturbation(network, x, 2, time_limit=0.2)[0].upper * 0.97
    stop = time.perf_counter() + 0.3
    assert verify(network, x, label, eps, 2, time_limit=600, cancelled=lambda: time.perf_counter() > stop)
    assert time.perf_counter() - stop < BUSY


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"eps": -0.1}, "eps"),
        ({"eps": math.nan}, "eps"),
        ({"p": 5}, "p must be"),
        ({"labels": [9]}, "labels"),
        ({"box": (2.0, 3.0)}, "outside the box"),
        ({"time_limit": -1}, "time_limit"),
    ],
)
def test_bad_input_is_named(options, message):
    arguments = {"labels": [0], "eps": 0.1, "p": 2} | options
    with pytest.raises(ValueError, match=message):
        verify(mlp([3, 4, 2], 0), np.zeros((1, 3)), **arguments)


@pytest.mark.parametrize("name", NAMES)
def test_image_networks_get_verdicts_that_hold(name):
    network, images, labels = reference.network(name), reference.mnist_images()[:3], reference.mnist_labels()[:3]
    for eps in (0.05, 0.3):
        for i, verdict in enumerate(verify(network, images, labels, eps, math.inf, box=(0.0, 1.0), time_limit=3)):
            if verdict.status == "robust":
                around = np.clip(images[i] + eps * random_directions((1, 28, 28), math.inf, 50), 0, 1)
                assert (network(torch.from_numpy(around)).argmax(1) == labels[i]).all()
            elif verdict.status == "vulnerable":
                assert np.abs(verdict.witness - images[i]).max() <= eps
                assert verdict.witness.min() >= 0 and verdict.witness.max() <= 1
                assert int(network(torch.from_numpy(verdict.witness)[None]).argmax()) != labels[i]
    assert verify(network, images[:1], labels[:1], 0.05, math.inf, box=(0.0, 1.0))[0].status == "robust"


def test_a_verdict_that_covers_float32_is_robust_only_where_bounds_prove_it_for_float32():
    network = mlp([3, 12, 3], seed=2)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 3))
    labels = as_network(network, (3,))(torch.from_numpy(x)).argmax(1).numpy()
    radii = certified_radius(network, x, math.inf, "crown", labels, covers="float32").numpy()
    inside = verify(network, x, labels, 0.999 * radii, math.inf, covers="float32")
    assert {verdict.status for verdict in inside} == {"robust"}
    found = minimal_perturbation(network, x, math.inf, labels=labels)
    for k, (eps, status) in enumerate((each.lower * (1 - 1e-6), "unknown") for each in found):
        one = (network, x[k : k + 1], labels[k : k + 1], eps, math.inf)
        assert verify(*one)[0].status in ("robust", "unknown")
        assert verify(*one, covers="float32")[0].status == status  # too near for any float32 pass to be sure
        assert verify(*one[:3], found[k].upper * 1.001, math.inf, covers="float32")[0].status == "vulnerable"
    with pytest.raises(ValueError, match="covers must be one of"):
        verify(network, x, labels, 0.1, 2, covers="float16")


def test_in_l2_sdp_crown_proves_what_crown_and_an_attack_leave():
    network = load_shipped("mnist-fc1-l2-at").network.double()
    digits = load_images("mnist-5k")
    images, labels = digits.x[:4].astype(np.float64), digits.y[:4]
    verdicts = verify(network, images, labels, 0.5, 2, time_limit=5)
    proved = [i for i, verdict in enumerate(verdicts) if verdict.method == "sdp-crown"]
    assert proved and all(verdicts[i].status == "robust" for i in proved)
    for i in proved:
        around = images[i] + 0.5 * random_directions((1, 28, 28), 2, 200)
        assert (network(torch.from_numpy(around)).argmax(1) == labels[i]).all()
