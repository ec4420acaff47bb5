"""SABR and MTL-IBP lie between adversarial training and IBP, and are these at their ends."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from certify import margins
from models.objectives import Progress, make_objective
from models.objectives.ascent import Ascent
from models.objectives.objective import Terms
from tests.strategies import mlp, norms, seeds

START, END = Progress(0.0, 1.0), Progress(1.0, 1.0)


def batch(seed: int, n: int = 6) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(n, 4, generator=random, dtype=torch.float64), torch.randint(0, 3, (n,), generator=random)


def terms(network: nn.Module, x: Tensor, y: Tensor, name: str, progress: Progress = END, **options: object) -> Terms:
    return make_objective(name, **options)(network, x, y, progress, torch.Generator().manual_seed(0))


def loss(network: nn.Module, x: Tensor, y: Tensor, name: str, **options: object) -> Tensor:
    return torch.stack(list(terms(network, x, y, name, **options).values())).sum()


def attacked(network: nn.Sequential, x: Tensor, y: Tensor, eps: float, p: float, box: tuple[float, float]) -> Tensor:
    return Ascent(p, 5, box).attack(network, x, y, eps, torch.Generator().manual_seed(0))


def interval_loss(
    network: nn.Sequential, x: Tensor, y: Tensor, eps: float, p: float, box: tuple[float, float]
) -> Tensor:
    """The cross entropy of the worst-case logits by the certifier's interval bounds."""
    return F.cross_entropy(-margins(network, x, y, eps, p, "interval", box), y)


@settings(deadline=None, max_examples=20)
@given(seeds, norms(), st.floats(0, 0.5))
def test_at_one_end_both_are_ibp(seed, p, eps):
    network, (x, y), box = mlp([4, 9, 8, 3], seed), batch(seed), (0.0, 1.0)
    expected = interval_loss(network, x, y, eps, p, box)
    for name, end in (("sabr", "ratio"), ("mtl-ibp", "alpha")):
        found = loss(network, x, y, name, eps=eps, p=p, box=box, **{end: 1.0})
        torch.testing.assert_close(found, expected)
    torch.testing.assert_close(loss(network, x, y, "ibp", eps=eps, p=p, box=box, kappa=0.0), expected)


@settings(deadline=None, max_examples=20)
@given(seeds, norms(), st.floats(0, 0.5))
def test_at_the_other_end_both_are_the_cross_entropy_of_attacked_points(seed, p, eps):
    network, (x, y), box = mlp([4, 9, 8, 3], seed), batch(seed), (0.0, 1.0)
    expected = F.cross_entropy(network(attacked(network, x, y, eps, p, box)), y)
    for name, end in (("sabr", "ratio"), ("mtl-ibp", "alpha")):
        found = loss(network, x, y, name, eps=eps, p=p, box=box, steps=5, **{end: 0.0})
        torch.testing.assert_close(found, expected)


@settings(deadline=None, max_examples=20)
@given(seeds, norms(), st.floats(0.01, 0.3), st.floats(0, 1))
def test_sabrs_small_ball_lies_in_the_large_one_so_its_loss_is_below_ibps(seed, p, eps, ratio):
    network, (x, y), box = mlp([4, 9, 8, 3], seed), batch(seed), (0.0, 1.0)
    centres = attacked(network, x, y, (1 - ratio) * eps, p, box)
    assert (torch.linalg.vector_norm(centres - x, ord=p, dim=1) + ratio * eps <= eps * (1 + 1e-9)).all()
    found = loss(network, x, y, "sabr", eps=eps, p=p, box=box, ratio=ratio, steps=5)
    torch.testing.assert_close(found, interval_loss(network, centres, y, ratio * eps, p, box))
    if p == math.inf:  # boxes inside boxes; the intervals of an l1 or l2 ball cut by a box need not be nested
        assert found <= interval_loss(network, x, y, eps, p, box) + 1e-9


def test_mtl_ibp_is_the_weighted_mean_of_both_ends() -> None:
    network, (x, y) = mlp([4, 9, 8, 3], 2), batch(2)
    options = {"eps": 0.1, "box": (0.0, 1.0), "steps": 5}
    ends = [loss(network, x, y, "mtl-ibp", alpha=alpha, **options) for alpha in (0.0, 1.0)]
    mean = loss(network, x, y, "mtl-ibp", alpha=0.3, **options)
    torch.testing.assert_close(mean, 0.7 * ends[0] + 0.3 * ends[1])


@pytest.mark.parametrize("name", ["sabr", "mtl-ibp"])
@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_they_begin_without_perturbation(name: str, p: float) -> None:
    network, (x, y) = mlp([4, 9, 8, 3], 1), batch(1)
    found = torch.stack(list(terms(network, x, y, name, START, eps=0.4, p=p).values())).sum()
    torch.testing.assert_close(found, F.cross_entropy(network(x), y))


@pytest.mark.parametrize("name", ["sabr", "mtl-ibp"])
def test_their_gradients_are_those_at_the_attacked_points_held_fixed(name: str) -> None:
    network, (x, y), box = mlp([4, 9, 8, 3], 3).requires_grad_(True), batch(3), (0.0, 1.0)
    parameters = list(network.parameters())
    found = torch.autograd.grad(loss(network, x, y, name, eps=0.1, box=box, steps=5), parameters)
    if name == "sabr":
        moved = attacked(network, x, y, 0.06, math.inf, box)
        least = margins(network, moved, y, 0.04, math.inf, "interval", box, differentiable=True)
        expected = F.cross_entropy(-least, y)
    else:
        moved = attacked(network, x, y, 0.1, math.inf, box)
        least = margins(network, x, y, 0.1, math.inf, "interval", box, differentiable=True)
        expected = 0.9 * F.cross_entropy(network(moved), y) + 0.1 * F.cross_entropy(-least, y)
    for slope, other in zip(found, torch.autograd.grad(expected, parameters)):
        torch.testing.assert_close(slope, other)


@pytest.mark.parametrize("name", ["sabr", "mtl-ibp"])
def test_a_batch_in_parts_has_the_same_loss(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, (x, y) = mlp([4, 9, 8, 3], 3), batch(3)
    whole = loss(network, x, y, name, eps=0.1, p=2, box=(0.0, 1.0))
    monkeypatch.setattr("models.objectives.worst_case.ROWS", 1)
    torch.testing.assert_close(loss(network, x, y, name, eps=0.1, p=2, box=(0.0, 1.0)), whole)
