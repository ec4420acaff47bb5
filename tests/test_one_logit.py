"""A network with one logit f is a binary classifier by its sign: everywhere what the network with logits (0, f) is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from torch import nn

from certify import (
    METHODS,
    STEPS,
    attack,
    bounds,
    certified_radius,
    complete,
    detection,
    flags,
    index_counts,
    ladder,
    lp_gap,
    margins,
    minimal_perturbation,
    outer_polytope,
    robust_error,
    sorted_radii,
    tightness,
    verify,
)
from certify.attacks import ATTACKS
from figures.images.slices import region_slice, sampled_slice
from figures.regions.frames import region_frame
from geometry import (
    Plane,
    adversarial_polytope,
    as_network,
    distances,
    enumerate_regions,
    region_at,
    simplex_certificate,
    theorem_3_1,
)
from geometry.regions.class_areas import class_areas
from models import OBJECTIVES, Trainer, fit, load_network, network_bytes
from models.training.measures import measure
from tests.oracles import affine_pieces
from tests.slow import others_slow
from tests.strategies import mlp, seeds

WINDOW = (-2.0, 2.0, -2.0, 2.0)
NORMS = (1, 2, math.inf)


def pair(seed: int, widths: tuple[int, ...] = (2, 4, 3)) -> tuple[nn.Sequential, nn.Sequential]:
    """A network with one logit f, and the one with the logits 0 and f."""
    one = mlp([*widths, 1], seed)
    one[-1].bias -= one(torch.zeros(1, 2, dtype=torch.float64))[0] - 0.1  # both classes are near
    last = nn.Linear(widths[-1], 2, dtype=torch.float64).requires_grad_(False)
    last.weight.copy_(torch.cat([torch.zeros_like(one[-1].weight), one[-1].weight]))
    last.bias.copy_(torch.cat([torch.zeros(1), one[-1].bias]))
    return one, nn.Sequential(*one[:-1], last).eval()


def equal(one: Any, two: Any) -> None:
    """The same numbers, in results of any kind, but for the time they took and what names the question."""
    if is_dataclass(one):
        names = [field.name for field in fields(one) if field.name not in ("seconds", "question", "line", "timings")]
        for name in names:
            equal(getattr(one, name), getattr(two, name))
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two)
        for each, other in zip(one, two):
            equal(each, other)
    elif isinstance(one, dict):
        equal(list(one.items()), list(two.items()))
    elif isinstance(one, (np.ndarray, torch.Tensor, float)):
        np.testing.assert_allclose(np.asarray(one), np.asarray(two), rtol=1e-9, atol=1e-12)
    else:
        assert one == two


X = np.random.default_rng(0).uniform(-1, 1, (4, 2))
GRID = [0.0, 0.05, 0.2]


def classes_of(network: nn.Sequential) -> np.ndarray:
    return (network(torch.from_numpy(X))[:, -1] > 0).long().numpy()


ASKED: dict[str, Callable[[nn.Sequential, Any], Any]] = {
    "distances": lambda net, p: distances(net, X, p, labels=[0, 1, 0, 1]),
    "distances in a box": lambda net, p: distances(net, X, p, box=(-1, 1)),
    "theorem_3_1": lambda net, p: theorem_3_1(net, X[0], p),
    "simplex_certificate": lambda net, p: simplex_certificate(net, X, p),
    "class_halfspaces": lambda net, p: region_at(net, X[0]).class_halfspaces(),
    "predicted": lambda net, p: [region_at(net, x).predicted for x in X],
    "minimal_perturbation": lambda net, p: minimal_perturbation(net, X[:2], p, time_limit=60),
    "verify": lambda net, p: verify(net, X, classes_of(net), 0.05, p),
    "flags": lambda net, p: flags(net, X, 0.05, p),
    "detection": lambda net, p: complete(detection(net, X, GRID, p, attack="pgd")),
    "index_counts": lambda net, p: complete(index_counts(net, X, GRID, p)),
    "robust_error": lambda net, p: complete(robust_error(net, X, [0, 1, 0, 1], GRID, p)),
    "sorted_radii": lambda net, p: complete(sorted_radii(net, X, [0, 1, 0, 1], p)),
    "tightness": lambda net, p: tightness(net, X, [0, 1, 0, 1], 0.1, p, "crown"),
    "measure": lambda net, p: measure(net, X, [0, 1, 0, 1], eps=0.05, p=p, window=WINDOW),
    "ladder": lambda net, p: list(ladder(net, X[:1], p, methods=[name for name in STEPS if name in QUICK])),
}
QUICK = ("simplex", "fast-lin", "crown", "deepfool")


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("p", others_slow(NORMS, quick=[math.inf]))
def test_one_logit_is_the_network_with_logits_0_and_f(name, p):
    one, two = pair(3)
    equal(ASKED[name](one, p), ASKED[name](two, p))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("p", others_slow(NORMS, quick=[math.inf]))
def test_bounds_are_of_the_one_logit_and_margins_of_two_classes(method, p):
    if p not in METHODS[method].norms:
        return
    one, two = pair(4)
    x, labels = X[:2], [0, 1]
    found, expected = bounds(one, x, 0.1, p, method), bounds(two, x, 0.1, p, method)
    equal(found[:-1], expected[:-1])
    assert found[-1][0].shape == (2, 1)
    equal(found[-1], tuple(side[:, 1:] for side in expected[-1]))
    equal(margins(one, x, labels, 0.1, p, method), margins(two, x, labels, 0.1, p, method))
    equal(certified_radius(one, X[:1], p, method), certified_radius(two, X[:1], p, method))


def test_the_gap_between_lp_and_dual_is_that_of_two_classes():
    one, two = pair(4)
    equal(*(complete(lp_gap(net, X[:2], classes_of(net)[:2], 0.1, math.inf)) for net in (one, two)))


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks_change_the_sign(name):
    one, two = pair(5)
    p = 2 if name == "cw" else math.inf
    labels = classes_of(one)
    few = {"cw": {"steps": 40, "searches": 5}}
    options: dict[str, Any] = {"eps": 2.0} if name in ("fgsm", "i-fgsm", "pgd") else few.get(name, {})
    found, expected = (attack(net, X, labels, name, p=p, **options) for net in (one, two))
    equal(found, expected)
    assert found.success.any()
    logits = one(torch.as_tensor(found.points))[:, 0].numpy()
    assert ((logits[found.success] > 0) != labels[found.success]).all()


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_regions_carry_the_sign(seed):
    one, two = pair(seed)
    found, expected = (enumerate_regions(net, WINDOW) for net in (one, two))
    assert (found.classes == expected.classes).all()
    assert found.pieces.shape == (len(found), 1, 3)
    with torch.no_grad():
        logits = one(torch.from_numpy(found.centroids()))[:, 0].numpy()
    assert (found.classes == (logits > 0)).all()
    equal(found.margins(), np.abs(logits))
    equal(found.pieces, expected.pieces[:, 1:])
    equal(found.gradient_norms(1), np.abs(found.pieces[:, 0, :2]).sum(axis=1))
    equal(class_areas(found), class_areas(expected))
    equal(found.decision_boundary(), expected.decision_boundary())
    for line, labels in found.decision_boundary():
        assert labels == (0, 1)
        assert np.allclose(one(torch.from_numpy(line))[:, 0], 0, atol=1e-9)
    assert region_frame(found).hash == region_frame(expected).hash
    assert region_slice(found).hash == region_slice(expected).hash
    frames = [sampled_slice(as_network(net, (2,)), Plane.identity(), WINDOW)[0] for net in (one, two)]
    assert frames[0].hash == frames[1].hash


def test_a_region_s_own_numbers_are_those_of_the_one_logit():
    one, _ = pair(6)
    region, (V, a) = region_at(one, X[0]), affine_pieces(one, X[0])
    equal([region.V[-1], region.a[-1]], [V[-1], a[-1]])
    equal(region.logits, one(torch.from_numpy(X[:1]))[0])
    assert region.class_halfspaces()[0].shape == (8, 2)  # seven units, and one other class


@pytest.mark.parametrize("p", NORMS)
def test_every_certificate_of_one_hyperplane_is_its_distance(p):
    """f = <w, x> + b: the class changes at |f| / ||w||_q, and nothing else can be said."""
    network = nn.Sequential(nn.Linear(3, 1)).double().requires_grad_(False)
    x = np.random.default_rng(1).normal(size=(5, 3))
    f, w = network(torch.from_numpy(x))[:, 0].abs().numpy(), network[0].weight[0].numpy()
    expected = f / np.linalg.norm(w, ord={1: math.inf, 2: 2, math.inf: 1}[p])
    for method in (*(name for name in METHODS if p in METHODS[name].norms), "simplex"):
        np.testing.assert_allclose(certified_radius(network, x, p, method), expected, rtol=1e-8)
    found = minimal_perturbation(network, x, p)
    np.testing.assert_allclose([each.upper for each in found], expected, rtol=1e-6)


def test_the_certificate_of_two_layers_is_that_of_two_classes():
    one, two = pair(10, (2, 5))
    equal(certified_radius(one, X, 2, "decision-boundary"), certified_radius(two, X, 2, "decision-boundary"))


@pytest.mark.parametrize("last", [nn.ReLU(), nn.BatchNorm1d(1, dtype=torch.float64), nn.LeakyReLU(0.5)])
def test_whatever_ends_in_one_unit_has_one_logit(last):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1)).double().append(last).eval()
    x = torch.randn(20, 2, dtype=torch.float64)
    found = as_network(network, (2,))
    assert (found.outputs, found.classes) == (1, 2)
    torch.testing.assert_close(found(x), network(x))
    assert torch.equal(found.scores(x).argmax(1), (network(x)[:, 0] > 0).long())


def test_a_convolution_to_one_pixel_has_one_logit():
    network = nn.Sequential(nn.Conv2d(1, 1, 3)).double()
    x = torch.randn(5, 1, 3, 3, dtype=torch.float64)
    found = as_network(network, (1, 3, 3))
    torch.testing.assert_close(found(x), network(x).flatten(1))
    assert bounds(network, x, 0.1, 2, "crown")[-1][0].shape == (5, 1)


def test_zero_itself_is_class_0():
    network = nn.Sequential(nn.Linear(1, 1, bias=False)).double()
    nn.init.ones_(network[0].weight)
    assert distances(network, [[0.0], [1e-300], [-1.0]], 2).classes.tolist() == [0, 1, 0]


def test_an_image_of_two_outputs_is_refused_with_the_way_out():
    one, _ = pair(7)
    for make in (
        lambda: outer_polytope(one, X[0], 0.1, math.inf),
        lambda: outer_polytope(one, X[0], 0.1, math.inf, (0, 1)),
        lambda: adversarial_polytope(one, X[0], 0.1, math.inf),
    ):
        with pytest.raises(ValueError, match=r"one output.*bounds"):
            make()


@pytest.mark.parametrize("label", [-1, 2])
def test_labels_are_0_and_1(label):
    one, _ = pair(8)
    with pytest.raises(ValueError, match=r"0\.\.1"):
        margins(one, X, [0, 1, 0, label], 0.1, 2, "crown")


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_trains_a_network_with_one_logit(objective):
    x = np.random.default_rng(0).normal(size=(64, 2))
    y = (x[:, 0] + x[:, 1] > 0).astype(np.int64)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
    fit(network, x, y, objective, epochs=30, lr=0.02, device="cpu")
    right = (network(torch.from_numpy(x).float())[:, 0] > 0).numpy() == y
    assert right.mean() > 0.85


def test_the_plain_loss_is_the_binary_cross_entropy():
    x, y = torch.randn(16, 2), torch.arange(16) % 2
    network = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    trainer = Trainer(network, x, y, "plain", epochs=1, batch_size=16, device="cpu")
    expected = F.binary_cross_entropy_with_logits(network(x)[:, 0], y.float())
    trainer.step(1)
    assert trainer.snapshot().metrics["loss"] == pytest.approx(expected.item(), rel=1e-5)


def test_a_file_keeps_its_one_logit():
    one, _ = pair(9)
    loaded = load_network(network_bytes(one.float()))
    assert as_network(loaded, (2,)).outputs == 1 and as_network(loaded, (2,)).classes == 2
    assert loaded(torch.zeros(3, 2)).shape == (3, 1)
