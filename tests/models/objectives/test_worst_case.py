"""Provably robust objectives: bounds of what any attack can do, equal to what the papers write down."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from certify import attack, margins
from models.objectives import OBJECTIVES, Progress, make_objective
from models.objectives import worst_case as module
from models.objectives.objective import Terms
from tests.models.objectives.dual_network import dual_margins
from tests.strategies import mlp, networks, norms, points, random_directions, seeds

ROBUST = ("kw", "ibp", "crown-ibp", "tight-d", "tight-r")
END = Progress(1.0, 1.0)


def terms(network: nn.Module, x: Tensor, y: Tensor, name: str, progress: Progress = END, **options: object) -> Terms:
    return make_objective(name, **options)(network, x, y, progress, torch.Generator().manual_seed(0))


def total(network: nn.Module, x: Tensor, y: Tensor, name: str, progress: Progress = END, **options: object) -> Tensor:
    return torch.stack(list(terms(network, x, y, name, progress, **options).values())).sum()


def batch(shape: tuple[int, ...], n: int, classes: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    x = torch.rand(n, *shape, generator=random, dtype=torch.float64)
    return x, torch.randint(0, classes, (n,), generator=random)


def cnn() -> nn.Sequential:
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 2, 3, 2, 1), nn.ReLU(), nn.Conv2d(2, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(12, 3)]
    return nn.Sequential(*layers).double()


@settings(deadline=None, max_examples=40)
@given(
    seeds, st.lists(st.integers(1, 8), min_size=1, max_size=3), norms(), st.floats(0, 1), st.sampled_from([0.0, 0.2])
)
def test_kw_is_the_cross_entropy_of_the_dual_network(seed, hidden, p, eps, slope):
    network = mlp([4, *hidden, 3], seed, slope)
    x, y = batch((4,), 3, 3, seed)
    logits = torch.stack([-dual_margins(network, point, int(label), eps, p) for point, label in zip(x, y)])
    torch.testing.assert_close(total(network, x, y, "kw", eps=eps, p=p), F.cross_entropy(logits, y))


@settings(deadline=None, max_examples=40)
@given(networks(), norms(), st.floats(0, 1), st.booleans(), st.data())
def test_kw_is_the_cross_entropy_of_the_certifiers_margins(case, p, eps, boxed, data):
    x = torch.from_numpy(data.draw(points(case.input_shape, 2)))
    box = (float(x.min()) - 0.1, float(x.max()) + 0.1) if boxed else None
    y = case.network(x).argmax(1)
    expected = F.cross_entropy(-margins(case.network, x, y, eps, p, "fast-lin", box), y)
    torch.testing.assert_close(total(case.network, x, y, "kw", eps=eps, p=p, box=box), expected)


@settings(deadline=None, max_examples=25)
@given(networks(), st.sampled_from(ROBUST), norms(), st.floats(0, 0.5), seeds, st.data())
def test_no_point_of_the_ball_has_a_larger_cross_entropy(case, name, p, eps, seed, data):
    x = torch.from_numpy(data.draw(points(case.input_shape, 1)))
    y = torch.tensor([seed % case.network(x).shape[1]])
    options = {"kappa": 0.0} if "ibp" in name else {}
    loss = float(terms(case.network, x, y, name, eps=eps, p=p, **options)["robust"].detach())
    moves = torch.from_numpy(random_directions(case.input_shape, p, 200, seed))
    case.network.eval()
    inside = x + eps * moves * torch.rand(200, *[1] * (x.dim() - 1), dtype=x.dtype)
    attacked = attack(case.network, x, y, "fgsm", eps=eps, p=p).points
    reached = F.cross_entropy(case.network(torch.cat([inside, attacked])), y.expand(201), reduction="none")
    assert reached.max() <= loss + 1e-9 * (1 + abs(loss))


@pytest.mark.parametrize("name", ROBUST)
@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_without_perturbation_it_is_plain_training(name, p):
    network = mlp([3, 8, 8, 3], 1)
    x, y = batch((3,), 6, 3)
    torch.testing.assert_close(total(network, x, y, name, eps=0.0, p=p), F.cross_entropy(network(x), y))


def options_of(name: str) -> dict[str, object]:
    """Every term at work, and none swamped by the others."""
    if name.startswith("tight"):
        return {"lam": 0.3, "gamma": 0.4}
    return {"beta": 0.4} if name == "crown-ibp" else {}


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("boxed", [False, True])
@pytest.mark.parametrize("name", ROBUST)
@pytest.mark.parametrize("kind", ["ReLU", "LeakyReLU", "convolution"])
def test_gradients_are_those_of_finite_differences(name, kind, p, boxed):
    network = cnn() if kind == "convolution" else mlp([4, 7, 6, 3], 3, 0.1 if kind == "LeakyReLU" else 0.0)
    network.requires_grad_(True)
    x, y = batch((1, 5, 5) if kind == "convolution" else (4,), 3, 3)
    options = {"eps": 0.07, "p": p, "box": (-0.02, 1.03) if boxed else None, **options_of(name)}
    if name.startswith("tight") and p == 2:  # its optimal input moves with the weights, and is held fixed
        options |= {"lam": 0.0, "gamma": 0.0}
    parameters = list(network.parameters())
    slopes = torch.autograd.grad(total(network, x, y, name, **options), parameters)
    random = torch.Generator().manual_seed(5)
    steps = [torch.randn(parameter.shape, generator=random, dtype=torch.float64) for parameter in parameters]
    values = []
    for h in (1e-6, -1e-6):
        moved = {n: q.detach() + h * s for (n, q), s in zip(network.named_parameters(), steps)}
        network.load_state_dict(moved)
        values.append(float(total(network, x, y, name, **options).detach()))
        network.load_state_dict({n: m - h * s for (n, m), s in zip(moved.items(), steps)})
    expected = sum(float((slope * step).sum()) for slope, step in zip(slopes, steps))
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_gradient_of_kw_is_the_dual_networks():
    network = mlp([4, 7, 6, 3], 3).requires_grad_(True)
    x, y = batch((4,), 3, 3)
    logits = torch.stack([-dual_margins(network, point, int(label), 0.1, 2) for point, label in zip(x, y)])
    parameters = list(network.parameters())
    expected = torch.autograd.grad(F.cross_entropy(logits, y), parameters)
    found = torch.autograd.grad(total(network, x, y, "kw", eps=0.1, p=2), parameters)
    torch.testing.assert_close(found, expected)


CUT = {"p": 2, "box": (-4.0, 4.0)}


@pytest.mark.parametrize(
    ("name", "options"),
    [("kw", {}), ("tight-r", {}), ("kw", CUT), ("tight-d", CUT), ("ibp", CUT), ("crown-ibp", CUT)]
    + [("relu-stability", {**CUT, "bounds": bounds}) for bounds in ("interval", "improved")],
)
def test_a_batch_in_parts_is_the_same_loss_with_the_same_gradient(name, options, monkeypatch):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 3)
    ).double()
    network.eval()  # else its statistics would follow the batch twice
    x, y = batch((1, 4, 4), 7, 3)
    x = x.clamp(-3.9, 3.9)
    losses, slopes = [], []
    for rows in (module.ROWS, 1):  # the whole batch at once, and point after point
        monkeypatch.setattr(module, "ROWS", rows)
        losses.append(total(network, x, y, name, **options))
        slopes.append(torch.autograd.grad(losses[-1], list(network.parameters())))
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(slopes[0], slopes[1])


@settings(deadline=None, max_examples=30)
@given(networks(), st.sampled_from(ROBUST), norms(), st.booleans(), st.data())
def test_terms_and_gradients_are_finite_on_degenerate_networks(case, name, p, boxed, data):
    x = torch.from_numpy(data.draw(points(case.input_shape, 2)))
    y = case.network(x).argmax(1)
    box = (float(x.min()) - 0.1, float(x.max()) + 0.1) if boxed else None
    network = case.network.requires_grad_(True)
    if data.draw(st.booleans()):
        with torch.no_grad():
            next(network.parameters()).zero_()
    total(network, x, y, name, eps=0.1, p=p, box=box, **options_of(name)).backward()
    slopes = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    assert slopes and all(bool(slope.isfinite().all()) for slope in slopes)


@pytest.mark.parametrize("name", ROBUST)
def test_batch_norm_is_folded_with_running_statistics_that_follow_the_data(name):
    network = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3)).double().train()
    x, y = batch((3,), 16, 3)
    robust = terms(network, x, y, name, eps=0.1)["robust"]
    assert int(network[1].num_batches_tracked) == 1 and network.training
    network.eval()
    expected = F.cross_entropy(-margins(network, x, y, 0.1, math.inf, METHOD[name]), y)
    torch.testing.assert_close(robust, expected * (0.5 if "ibp" in name else 1))
    robust.backward()
    assert network[1].weight.grad.abs().sum() > 0


METHOD = {"kw": "fast-lin", "ibp": "interval", "crown-ibp": "interval", "tight-d": "fast-lin", "tight-r": "fast-lin"}


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        *((name, {"eps": -0.1}, "got -0.1") for name in ROBUST),
        *((name, {"eps": math.nan}, "got nan") for name in ROBUST),
        *((name, {"p": 3}, "got 3") for name in ROBUST),
        *((name, {"box": (1, 0)}, r"\(1, 0\)") for name in ROBUST),
        *((name, {"ramp": 1.5}, "ramp .* got 1.5") for name in ROBUST),
        ("ibp", {"kappa": -1}, "kappa .* got -1"),
        ("ibp", {"warm_up": 0.6, "ramp": 0.6}, "got 0.6"),
        ("crown-ibp", {"beta": 2}, "beta .* got 2"),
        ("kw", {"projections": -1}, "got -1"),
        ("kw", {"projections": 9, "p": 1}, "got p = 1"),
        ("kw", {"projections": 9, "p": 2, "box": (0, 1)}, "got p = 2"),
        ("tight-d", {"lam": -1}, "lam .* got -1"),
        ("tight-r", {"gamma": math.inf}, "gamma .* got inf"),
        ("tight-r", {"warm_up": 2}, "warm_up .* got 2"),
        ("tight-r", {"bound": "ibp"}, "fast-lin, crown-ibp, got 'ibp'"),
        ("tight-r", {"bound": "crown-ibp", "projections": 9}, "crown-ibp"),
    ],
)
def test_bad_options_are_named(name, options, named):
    with pytest.raises(ValueError, match=named):
        make_objective(name, **options)


def test_data_outside_the_box_are_named():
    with pytest.raises(ValueError, match="box"):
        total(mlp([2, 4, 2], 0), torch.full((1, 2), 2.0).double(), torch.tensor([0]), "kw", box=(0, 1))


def test_all_robust_objectives_are_in_the_table():
    assert set(ROBUST) <= OBJECTIVES.keys()
