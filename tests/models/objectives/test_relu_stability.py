"""ReLU stability: its bounds hold and are tanh-summed as defined."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from certify import bounds
from certify.perturbation.perturbation import perturbation
from geometry import as_network
from models.objectives import Adversarial, Progress, make_objective
from models.objectives.relu_stability import improved_bounds
from tests.oracles import preactivation_rows
from tests.strategies import mlp, networks, norms, points, random_directions

NOW = Progress(0.0, 1.0)


def uniform(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


@settings(deadline=None, max_examples=30)
@given(st.data(), norms(), st.floats(0.01, 0.5), st.booleans())
def test_the_term_sums_over_units_and_means_over_points(data: st.DataObject, p: float, eps: float, boxed: bool) -> None:
    case = data.draw(networks())
    x, box = torch.from_numpy(data.draw(points(case.input_shape, 3))), (-1.0, 1.0) if boxed else None
    objective = make_objective("relu-stability", eps=eps, p=p, lam=0.3, box=box)
    found = objective(case.network, x, torch.zeros(3, dtype=torch.long), NOW, torch.Generator())["ReLU stability"]
    hidden = bounds(case.network, x, eps, p, "interval", box)[:-1]
    by_hand = -0.3 * sum(math.tanh(1 + a * b) for low, up in hidden for a, b in zip(low.flatten(), up.flatten())) / 3
    assert float(found) == pytest.approx(by_hand, rel=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.data(), norms(), st.floats(0.01, 0.5), st.booleans())
def test_improved_bounds_hold(data: st.DataObject, p: float, eps: float, boxed: bool) -> None:
    case = data.draw(networks())
    x, box = data.draw(points(case.input_shape, 1)), (-1.0, 1.0) if boxed else None
    network = as_network(case.network, case.input_shape)
    ball = perturbation(torch.from_numpy(x), eps, p, box, case.input_shape)
    inside = x + eps * random_directions(case.input_shape, p, 200) * np.random.default_rng(0).random()
    if boxed:
        inside = inside.clip(-1, 1)
    seen = preactivation_rows(case.network, inside)
    pairs = list(improved_bounds(network, ball))
    lower, upper = (torch.cat(sides, dim=1).numpy() for sides in zip(*pairs))
    assert (seen >= lower - 1e-9).all() and (seen <= upper + 1e-9).all()


def test_improved_bounds_are_exact_where_all_units_below_are_active() -> None:
    network = mlp((3, 6, 5, 2), seed=0)
    network[0].bias.fill_(10)
    converted, x = as_network(network, (3,)), torch.zeros(1, 3, dtype=torch.float64)
    (_, second) = improved_bounds(converted, perturbation(x, 0.1, math.inf, None, (3,)))
    rows = network[2].weight @ network[0].weight
    torch.testing.assert_close((second[1] - second[0])[0], 0.2 * rows.abs().sum(1))
    naive = bounds(network, x, 0.1, math.inf, "interval")[1]
    assert (second[1] - second[0] < naive[1] - naive[0]).all()


@pytest.mark.parametrize("arithmetic", ["interval", "improved"])
def test_gradients_are_those_of_finite_differences(arithmetic: str) -> None:
    network = mlp((3, 8, 7, 4), seed=0).requires_grad_(True)
    network[0].bias.data += 0.5
    x, y = uniform(5, 3, dtype=torch.float64), torch.tensor([0, 1, 2, 3, 0])
    objective = make_objective("relu-stability", eps=0.2, lam=1.0, bounds=arithmetic)

    def term() -> torch.Tensor:
        return objective(network, x, y, NOW, torch.Generator())["ReLU stability"]

    weights = list(network.parameters())
    slopes = torch.autograd.grad(term(), weights, allow_unused=True, materialize_grads=True)
    for weight, slope in zip(weights, slopes):
        direction = torch.randn(weight.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
        ends = []
        for step in (1e-6, -2e-6):
            with torch.no_grad():
                weight += step * direction
            ends.append(term().item())
        with torch.no_grad():
            weight += 1e-6 * direction
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(float((slope * direction).sum()), rel=1e-4, abs=1e-6)


def test_training_makes_units_stable() -> None:
    network = mlp((2, 40, 20, 2), seed=0).requires_grad_(True)
    x = uniform(32, 2, dtype=torch.float64)
    y = (x[:, 0] > 0.5).long()
    objective, optimizer = (
        make_objective("relu-stability", eps=0.1, lam=0.01),
        torch.optim.Adam(network.parameters(), 0.01),
    )

    def unstable() -> int:
        return sum(int((low * up < 0).sum()) for low, up in bounds(network, x, 0.1, math.inf, "interval")[:-1])

    before = unstable()
    for _ in range(60):
        optimizer.zero_grad()
        torch.stack(list(objective(network, x, y, NOW, torch.Generator()).values())).sum().backward()
        optimizer.step()
    assert unstable() < 0.85 * before


def test_with_steps_the_cross_entropy_is_that_of_attacked_points() -> None:
    network, x, y = mlp((2, 20, 2), seed=0), uniform(8, 2, dtype=torch.float64), torch.arange(8) % 2
    terms = make_objective("relu-stability", steps=5)(network, x, y, NOW, torch.Generator().manual_seed(0))
    moved = Adversarial(steps=5).attack(network, x, y, torch.Generator().manual_seed(0))
    torch.testing.assert_close(terms["cross entropy"], F.cross_entropy(network(moved), y))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"eps": 0.0}, "got 0"),
        ({"p": 3}, "got 3"),
        ({"lam": -1.0}, "got -1"),
        ({"bounds": "lp"}, "interval, improved, got 'lp'"),
        ({"steps": -1}, "got -1"),
        ({"box": (1.0, 0.0)}, r"\(1.0, 0.0\)"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        make_objective("relu-stability", **options)
