"""Schedules: what options are at the start of training, in the middle and at the end."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from certify import margins
from models.objectives import Progress, make_objective
from models.objectives.schedules import linear
from tests.strategies import mlp

X = torch.rand(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
Y = torch.tensor([0, 1, 2, 0])


def at(share: float) -> Progress:
    return Progress(80 * share, 80)


def terms(name: str, share: float, **options: object) -> dict[str, float]:
    found = make_objective(name, **options)(mlp([3, 9, 9, 3], 4), X, Y, at(share), torch.Generator().manual_seed(0))
    return {term: float(value.detach()) for term, value in found.items()}


def robust(method: str, eps: float) -> float:
    return float(F.cross_entropy(-margins(mlp([3, 9, 9, 3], 4), X, Y, eps, math.inf, method), Y))


@pytest.mark.parametrize(("share", "value"), [(0, 1), (0.2, 1), (0.3, 2), (0.4, 3), (1, 3)])
def test_a_straight_line_between_two_constants(share, value):
    assert linear(at(share), 1, 3, (0.2, 0.4)) == pytest.approx(value)


def test_no_time_at_all_is_a_step():
    assert linear(at(0), 1, 3, (0, 0)) == 3
    assert linear(at(1), 1, 3, (1, 1)) == 3


@pytest.mark.parametrize(("share", "eps"), [(0, 0.02), (0.25, 0.11), (0.5, 0.2), (1, 0.2)])
def test_kw_grows_its_radius_over_the_first_half(share, eps):
    assert terms("kw", share, eps=0.2)["robust"] == pytest.approx(robust("fast-lin", eps))


def test_without_a_ramp_the_radius_is_there_from_the_first_step():
    assert terms("kw", 0, eps=0.2, ramp=0)["robust"] == pytest.approx(robust("fast-lin", 0.2))


@pytest.mark.parametrize(
    ("share", "eps", "kappa"), [(0, 0, 1), (0.05, 0, 1), (0.175, 0.1, 0.75), (0.3, 0.2, 0.5), (1, 0.2, 0.5)]
)
def test_ibp_turns_from_clean_to_half_robust_while_the_radius_grows(share, eps, kappa):
    found = terms("ibp", share, eps=0.2)
    assert found["clean"] == pytest.approx(kappa * robust("interval", 0.0))
    assert found["robust"] == pytest.approx((1 - kappa) * robust("interval", eps))


@pytest.mark.parametrize(("share", "beta"), [(0.175, 0.5), (0.3, 0), (1, 0)])
def test_crown_ibp_moves_from_its_own_margins_to_ibps(share, beta):
    eps = 0.2 * min(1, (share - 0.05) / 0.25)
    kappa = 1 - 0.5 * min(1, (share - 0.05) / 0.25)
    network = mlp([3, 9, 9, 3], 4)
    tight, loose = (margins(network, X, Y, eps, math.inf, method) for method in ("crown-interval", "interval"))
    expected = (1 - kappa) * F.cross_entropy(-(beta * tight + (1 - beta) * loose), Y)
    assert terms("crown-ibp", share, eps=0.2)["robust"] == pytest.approx(float(expected))


@pytest.mark.parametrize(("share", "weight"), [(0, 0), (0.2, 0.4), (0.5, 1), (1, 1)])
def test_tights_weights_warm_up(share, weight):
    whole = terms("tight-r", share, lam=0.3, ramp=0, warm_up=0)
    grown = terms("tight-r", share, lam=0.3, ramp=0, warm_up=0.5)
    assert whole["d"] > 0 and whole["r"] > 0
    assert grown["d"] == pytest.approx(weight * whole["d"]) and grown["r"] == pytest.approx(weight * whole["r"])


def test_crown_ibps_share_may_stay():
    assert terms("crown-ibp", 1, beta=1, kappa=0)["robust"] == pytest.approx(robust("crown-interval", 0.1))
