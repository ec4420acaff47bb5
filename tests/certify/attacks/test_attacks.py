import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify.attacks import ATTACKS, attack
from certify.attacks.ball_projection import project
from certify.attacks.problem import Problem
from certify.perturbation.points import checked_points
from geometry import as_network
from tests.slow import others_slow
from tests.strategies import mlp, norms, seeds

QUICK = {
    "pgd": {"steps": 10},
    "cw": {"steps": 25, "searches": 3, "rate": 0.05},
    "linear-region": {"regions": 5, "starts": 2},
}
EPS = {1: 1.5, 2: 0.5, math.inf: 0.15}


def networks():
    torch.manual_seed(0)
    conv = nn.Sequential(nn.Conv2d(1, 3, 3, 2, 1), nn.LeakyReLU(0.1), nn.Flatten(), nn.Linear(27, 3)).eval()
    return {
        "plane": (mlp([2, 12, 8, 3], 0), (2,)),
        "mlp": (mlp([7, 10, 4], 1), (7,)),
        "linear": (mlp([5, 3], 2), (5,)),
        "conv": (conv.double(), (1, 5, 6)),
    }


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("kind", others_slow(["plane", "mlp", "linear", "conv"], quick=("mlp", "linear")))
@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("method", list(ATTACKS))
def test_every_attack_keeps_what_it_promises(method, p, kind, boxed, dtype):
    network, shape = networks()[kind]
    network = network.to(dtype)
    x = torch.rand(4, *shape, generator=torch.Generator().manual_seed(1), dtype=dtype)
    labels = network(x).argmax(1)
    box = (0.0, 1.0) if boxed else None
    eps = EPS[p] if ATTACKS[method].needs_eps else None
    if p not in ATTACKS[method].norms:
        with pytest.raises(ValueError, match="measures in l2"):
            attack(network, x, labels, method, p=p, box=box)
        return
    found = attack(network, x, labels, method, eps=eps, p=p, box=box, **QUICK.get(method, {}))
    assert found.points.shape == x.shape and found.points.dtype == dtype
    moved = (found.points.double() - x.double()).flatten(1).numpy()
    np.testing.assert_allclose(found.distances, np.linalg.norm(moved, p, axis=1), rtol=1e-12)
    assert (found.success == (network.double()(found.points.double()).argmax(1) != labels).numpy()).all()
    if eps is not None:
        assert (found.distances <= eps).all()
    if boxed:
        assert found.points.min() >= 0 and found.points.max() <= 1
    if method in ("deepfool", "linear-region") and not boxed:
        assert found.success.any()


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_on_a_linear_network_the_minimising_attacks_find_the_hyperplane(p):
    network, x = mlp([6, 3], 4), np.random.default_rng(4).normal(size=(5, 6))
    logits = network(torch.from_numpy(x)).numpy()
    labels = logits.argmax(1)
    weight = network[0].weight.numpy()
    dual = {1: math.inf, 2: 2, math.inf: 1}[p]
    expected = [
        min((logits[i, c] - logits[i, s]) / np.linalg.norm(weight[c] - weight[s], dual) for s in range(3) if s != c)
        for i, c in enumerate(labels)
    ]
    for method in ("deepfool", "linear-region"):
        np.testing.assert_allclose(attack(network, x, labels, method, p=p).distances, expected, rtol=1e-6)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_searching_regions_never_does_worse_than_deepfool(p):
    network, x = mlp([5, 20, 20, 3], 6), np.random.default_rng(6).normal(size=(6, 5))
    labels = network(torch.from_numpy(x)).argmax(1)
    simple, searched = (attack(network, x, labels, method, p=p) for method in ("deepfool", "linear-region"))
    assert (searched.distances[simple.success] <= simple.distances[simple.success] * (1 + 1e-6)).all()


def test_more_restarts_of_pgd_break_no_fewer_points_and_a_seed_repeats():
    network, x = mlp([5, 20, 20, 3], 6), np.random.default_rng(6).normal(size=(30, 5))
    labels = network(torch.from_numpy(x)).argmax(1)
    one, many = (attack(network, x, labels, "pgd", eps=0.15, restarts=r, seed=3) for r in (1, 5))
    again = attack(network, x, labels, "pgd", eps=0.15, restarts=5, seed=3)
    assert (many.success >= one.success).all()
    assert torch.equal(many.points, again.points)


def test_a_misclassified_point_is_its_own_adversary():
    network, x = mlp([5, 8, 3], 1), np.random.default_rng(1).normal(size=(3, 5))
    labels = (network(torch.from_numpy(x)).argmax(1) + 1) % 3
    for method in ATTACKS:
        eps = 0.1 if ATTACKS[method].needs_eps else None
        found = attack(network, x, labels, method, eps=eps, p=2, **QUICK.get(method, {}))
        assert found.success.all() and (found.distances == 0).all()


def test_the_network_is_left_as_it_was():
    network, x = mlp([5, 8, 3], 1).requires_grad_(True), torch.randn(3, 5, dtype=torch.float64)
    before = [parameter.clone() for parameter in network.parameters()]
    for method in ATTACKS:
        attack(network, x, [0, 1, 2], method, eps=0.1, p=2, **QUICK.get(method, {}))
    assert all(torch.equal(a, b) and a.grad is None for a, b in zip(network.parameters(), before))


@settings(deadline=None, max_examples=60)
@given(seeds, norms(), st.booleans(), st.sampled_from([torch.float32, torch.float64]))
def test_a_projection_is_inside_and_no_inside_point_is_nearer(seed, p, boxed, dtype):
    rng = np.random.default_rng(seed)
    x, z, eps = rng.uniform(0, 1, (5, 6)), rng.normal(0, 2, (5, 6)), rng.uniform(0, 1.5, 5)
    low, high = (np.zeros(6), np.ones(6)) if boxed else (np.full(6, -np.inf), np.full(6, np.inf))
    x, z, low, high = (torch.from_numpy(values).to(dtype) for values in (x, z, low, high))
    found = project(z, x, torch.from_numpy(eps), p, low, high)
    assert (torch.linalg.vector_norm(found.double() - x.double(), p, dim=1).numpy() <= eps).all()
    assert ((found >= low) & (found <= high)).all()
    inside = torch.from_numpy(rng.uniform(-1, 1, (500, 5, 6)))
    inside = (
        inside
        / torch.linalg.vector_norm(inside, p, dim=2, keepdim=True)
        * torch.from_numpy(rng.uniform(0, eps))[:, None]
    )
    inside = (x.double() + inside).clamp(low.double(), high.double())
    normal = (z - found).double()  # of a plane that separates z from the set, by the projection's optimality
    scale = 1e-5 if dtype == torch.float32 else 1e-9
    assert (((inside - found.double()) * normal).sum(2) <= scale).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "fgsmm"}, "unknown attack"),
        ({"method": "pgd"}, "needs eps"),
        ({"method": "pgd", "eps": -1}, "not negative"),
        ({"method": "pgd", "eps": math.nan}, "finite"),
        ({"method": "pgd", "eps": [0.1, 0.2]}, "shape"),
        ({"method": "pgd", "eps": 0.1, "stepz": 3}, "no option 'stepz'"),
        ({"method": "fgsm", "eps": 0.1, "p": 3}, "p must be"),
        ({"method": "fgsm", "eps": 0.1, "box": (1, 2)}, "outside the box"),
        ({"method": "fgsm", "eps": 0.1, "labels": [7]}, "labels"),
        ({"method": "fgsm", "eps": 0.1, "x": np.full((1, 5), np.nan)}, "NaN"),
        ({"method": "fgsm", "eps": 0.1, "x": np.zeros(5)}, r"x\[None\]"),
    ],
)
def test_bad_input_is_named(arguments, message):
    given_ = {"x": np.zeros((1, 5)), "labels": [0]} | arguments
    with pytest.raises(ValueError, match=message):
        attack(mlp([5, 3], 0), given_.pop("x"), given_.pop("labels"), given_.pop("method"), **given_)


@pytest.mark.parametrize("p", others_slow([1, 2, math.inf], quick=(2,)))
def test_what_pgd_finds_of_a_point_does_not_depend_on_the_points_beside_it(p):
    network = mlp([6, 16, 16, 4], seed=5)
    x = np.random.default_rng(0).uniform(-1, 1, (12, 6))
    labels = as_network(network, (6,))(torch.from_numpy(x)).argmax(1).numpy()
    eps = float(np.median(attack(network, x, labels, "deepfool", p=p).distances))
    together = attack(network, x, labels, "pgd", eps=eps, p=p)
    apart = [attack(network, x[i : i + 1], labels[i : i + 1], "pgd", eps=eps, p=p) for i in range(len(x))]
    assert together.success.any() and not together.success.all()
    assert together.success.tolist() == [bool(one.success[0]) for one in apart]
    reversed_ = attack(network, x[::-1].copy(), labels[::-1].copy(), "pgd", eps=eps, p=p)
    assert reversed_.success[::-1].tolist() == together.success.tolist()
    torch.testing.assert_close(reversed_.points.flip(0), together.points)


def test_random_steps_have_at_most_length_one_and_differ_from_draw_to_draw():
    x = np.random.default_rng(0).uniform(-1, 1, (50, 6))
    network = mlp([6, 4, 3], seed=5)
    for p in (1, 2, math.inf):
        points = checked_points(network, x, None, p, None)
        one = torch.ones(len(x))
        problem = Problem(points, torch.from_numpy(points.labels), one, -one[:6] * math.inf, one[:6] * math.inf, seed=3)
        first, second = problem.random_steps(1), problem.random_steps(2)
        assert (torch.linalg.vector_norm(first, p, dim=1) <= 1 + 1e-12).all()
        assert (first != second).all()
        assert len(first.unique(dim=0)) == len(x)
