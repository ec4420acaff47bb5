"""Objectives against their definitions."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from models.networks.builders import mlp
from models.objectives import OBJECTIVES, Adversarial, Progress, make_objective

NOW = Progress(0.0, 1.0)


def batch(n: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    return torch.rand(n, 2, generator=random), torch.randint(0, 2, (n,), generator=random)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_has_finite_terms_with_gradients(name: str) -> None:
    network = mlp((2, 8, 2))
    terms = make_objective(name)(network, *batch(9), NOW, generator())
    torch.stack(list(terms.values())).sum().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in network.parameters())


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective_repeats_itself_with_the_same_generator(name: str) -> None:
    first, again = (make_objective(name)(mlp((2, 8, 2)), *batch(9), NOW, generator()) for _ in range(2))
    assert first == again


def test_plain_is_minus_the_log_of_the_softmax() -> None:
    network, (x, y) = mlp((2, 8, 2)), batch(9)
    by_hand = -torch.log_softmax(network(x), 1)[torch.arange(9), y].mean()
    torch.testing.assert_close(make_objective("plain")(network, x, y, NOW, generator())["cross entropy"], by_hand)


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([1, 2, math.inf]), st.floats(1e-3, 1), st.integers(0, 100), st.booleans())
def test_the_attack_stays_in_ball_and_box(p: float, eps: float, seed: int, boxed: bool) -> None:
    objective = Adversarial(eps=eps, p=p, steps=3, box=(0.0, 1.0) if boxed else None)
    x, y = batch(6, seed)
    moved = objective.attack(mlp((2, 8, 2), seed=seed), x, y, generator())
    assert (torch.linalg.vector_norm(moved - x, ord=p, dim=1) <= eps * (1 + 1e-5) + 1e-6).all()
    assert not boxed or bool(((moved >= 0) & (moved <= 1)).all())


@pytest.mark.parametrize(("p", "share"), [(1, 0.95), (2, 0.95), (math.inf, 1.0)])
def test_the_attack_nears_the_best_there_is_on_a_linear_network(p: float, share: float) -> None:
    """There the most that a shift can do is known: eps times the dual norm of the difference of the weights."""
    network, (x, y) = nn.Sequential(nn.Linear(2, 2)), batch(20)
    towards = (network[0].weight[1 - y] - network[0].weight[y]).detach()
    dual = {1: math.inf, 2: 2, math.inf: 1}[p]
    best = 0.3 * torch.linalg.vector_norm(towards, ord=dual, dim=1)
    moved = Adversarial(eps=0.3, p=p, steps=20).attack(network, x, y, generator())
    assert float((((moved - x) * towards).sum(1) / best).mean()) >= share - 1e-5


def test_half_of_the_batch_is_clean() -> None:
    network, (x, y) = mlp((2, 8, 2)), batch(8)
    terms = Adversarial(eps=0.1)(network, x, y, NOW, generator())
    torch.testing.assert_close(terms["clean"], F.cross_entropy(network(x[4:]), y[4:]) / 2)
    moved = Adversarial(eps=0.1).attack(network, x[:4], y[:4], generator())
    torch.testing.assert_close(terms["adversarial"], F.cross_entropy(network(moved), y[:4]) / 2)


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("nonsense", {}, "plain, adversarial"),
        ("plain", {"eps": 0.1}, "eps"),
        ("adversarial", {"eps": -1}, "got -1"),
        ("adversarial", {"eps": math.nan}, "got nan"),
        ("adversarial", {"p": 3}, "got 3"),
        ("adversarial", {"step_size": 0}, "got 0"),
        ("sabr", {"ratio": 1.5}, "got 1.5"),
        ("sabr", {"steps": 0}, "got 0"),
        ("mtl-ibp", {"alpha": -1}, "got -1"),
        ("mtl-ibp", {"warm_up": 0.6, "ramp": 0.5}, "at most 1"),
        ("adversarial", {"steps": 0}, "got 0"),
        ("adversarial", {"box": (1, 0)}, r"\(1, 0\)"),
    ],
)
def test_what_does_not_exist_or_fit_is_named(name: str, options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make_objective(name, **options)
