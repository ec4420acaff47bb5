"""Random projections: estimates that come close to the exact bounds as their number grows."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from certify import bounds
from certify.perturbation.perturbation import perturbation
from geometry import as_network
from models.objectives import Progress, make_objective
from models.objectives.random_projections import estimated_bounds
from tests.strategies import mlp

END = Progress(1.0, 1.0)
CASES = [(math.inf, None), (math.inf, (-0.1, 1.02)), (2, None)]


def deep(slope: float) -> nn.Sequential:
    return mlp([5, 30, 30, 30, 3], 2, slope)


def points(n: int = 3) -> torch.Tensor:
    return torch.rand(n, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def mean_error(k: int, p: float, box: tuple[float, float] | None, slope: float) -> float:
    """How far off estimated widths of the second layer's intervals are, relative to the exact ones, on average."""
    network, x, eps = as_network(deep(slope), (5,)), points(), 0.1
    exact = bounds(network, x, eps, p, "fast-lin", box)[1]
    width = exact[1] - exact[0]
    errors = []
    for seed in range(10):
        random = torch.Generator().manual_seed(seed)
        found, _ = estimated_bounds(network, perturbation(x, eps, p, box, (5,)), k, random)
        lower, upper = found[1]
        errors.append((((upper - lower) - width).abs() / width).mean())
    return float(torch.stack(errors).mean())


@pytest.mark.parametrize(("p", "box"), CASES)
@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_few_projections_are_of_the_right_size_and_more_come_closer(p, box, slope):
    few, many = mean_error(7, p, box, slope), mean_error(29, p, box, slope)
    assert many < few < 1
    assert many < 0.35


@pytest.mark.parametrize(("p", "box"), CASES)
def test_layers_of_few_units_are_exact(p, box):
    network, x = as_network(deep(0.0), (5,)), points()
    found, _ = estimated_bounds(network, perturbation(x, 0.1, p, box, (5,)), 30, torch.Generator().manual_seed(0))
    for estimated, exact in zip(found, bounds(network, x, 0.1, p, "fast-lin", box)):
        torch.testing.assert_close(estimated, exact)


@pytest.mark.parametrize(("p", "box"), CASES)
def test_the_middle_between_estimated_bounds_of_the_second_layer_is_exact(p, box):
    """Only the norms are estimated, not the values around which the units move."""
    network, x = as_network(deep(0.1), (5,)), points()
    found, _ = estimated_bounds(network, perturbation(x, 0.1, p, box, (5,)), 3, torch.Generator().manual_seed(0))
    lower, upper = bounds(network, x, 0.1, p, "fast-lin", box)[1]
    torch.testing.assert_close(found[1][0] + found[1][1], lower + upper)


@pytest.mark.parametrize("name", ["kw", "tight-r"])
def test_the_estimated_loss_nears_the_exact_one(name):
    wide, x, y = mlp([5, 400, 400, 3], 2), points(), torch.tensor([0, 1, 2])

    def loss(projections: int, seed: int = 0) -> float:
        objective = make_objective(name, eps=0.02, projections=projections)
        terms = objective(wide, x, y, END, torch.Generator().manual_seed(seed))
        return float(torch.stack(list(terms.values())).sum().detach())

    exact = loss(0)
    few = [abs(loss(4, seed) - exact) for seed in range(5)]
    many = [abs(loss(300, seed) - exact) for seed in range(5)]
    assert sum(many) < sum(few)
    assert max(many) < 0.1 * exact


def test_gradients_of_the_estimate_are_those_of_finite_differences():
    network = deep(0.0).requires_grad_(True)
    x, y = points(), torch.tensor([0, 1, 2])
    objective = make_objective("kw", eps=0.05, projections=6)

    def loss() -> torch.Tensor:
        return objective(network, x, y, END, torch.Generator().manual_seed(0))["robust"]

    (slope,) = torch.autograd.grad(loss(), network[0].weight)
    with torch.no_grad():
        step = torch.randn(slope.shape, generator=torch.Generator().manual_seed(3), dtype=slope.dtype)
        network[0].weight += 1e-6 * step
        above = float(loss())
        network[0].weight -= 2e-6 * step
        below = float(loss())
    assert (above - below) / 2e-6 == pytest.approx(float((slope * step).sum()), rel=1e-4)
