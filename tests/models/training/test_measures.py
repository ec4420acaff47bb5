"""Measures against their definitions, computed another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry import Plane
from models.training.measures import QUANTITIES, measure
from tests.oracles import brute_force_regions, distances_by_jacobian
from tests.strategies import Case, mlps, norms, seeds


def data(case: Case, seed: int, n: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    classes = case.network(torch.zeros(1, *case.input_shape, dtype=torch.float64)).shape[1]
    return rng.uniform(-1, 1, (n, *case.input_shape)), rng.integers(0, classes, n)


@settings(max_examples=25, deadline=None)
@given(mlps(depth=2, width=6), norms(), seeds)
def test_distances_are_those_of_every_row_written_out(case: Case, p: float, seed: int) -> None:
    x, y = data(case, seed)
    found = measure(case.network, x, y, p=p)
    predicted = case.network(torch.from_numpy(x)).argmax(1).numpy()
    d_B, d_D = np.array([distances_by_jacobian(case.network, point, p) for point in x]).T
    assert found.clean_error == (predicted != y).mean()
    assert found.mean_d_B == pytest.approx(d_B.mean(), rel=1e-6)
    assert found.mean_d_D == pytest.approx(d_D.mean(), rel=1e-6)
    assert found.optimal == pytest.approx(((d_D <= d_B) & (predicted == y)).mean())


@settings(max_examples=10, deadline=None)
@given(mlps(depth=2, width=6), norms(), st.floats(0.001, 0.5), seeds)
def test_errors_lie_around_those_of_points_sampled_in_the_balls(case: Case, p: float, eps: float, seed: int) -> None:
    x, y = data(case, seed)
    found = measure(case.network, x, y, eps=eps, p=p)
    assert found.attacked is not None and found.certified is not None
    shifts = np.random.default_rng(seed).normal(size=(300, 1, *case.input_shape))
    shifts *= eps * 0.999 / np.linalg.norm(shifts, ord=p, axis=-1, keepdims=True)
    moved = torch.from_numpy((x + shifts).reshape(-1, *case.input_shape))
    broken = (case.network(moved).argmax(1).reshape(300, -1).numpy() != y).any(0)
    assert not (found.certified & (broken | found.attacked)).any()
    assert found.clean_error <= found.pgd_error <= found.certified_error
    assert found.pgd_error == found.attacked.mean()
    assert found.certified_error == (~found.certified).mean()


@settings(max_examples=15, deadline=None)
@given(mlps(depth=1, width=8), st.floats(0.001, 0.5), seeds)
def test_units_of_one_layer_are_unstable_where_their_hyperplanes_are_near(case: Case, eps: float, seed: int) -> None:
    x, y = data(case, seed)
    first = case.network[0]
    assert isinstance(first, nn.Linear)
    reach = eps * first.weight.abs().sum(1).numpy()
    heights = np.abs(x @ first.weight.numpy().T + first.bias.numpy())
    assert measure(case.network, x, y, eps=eps, only=["unstable"]).unstable == (heights < reach).sum(1).mean()


@settings(max_examples=8, deadline=None)
@given(mlps(depth=2, width=5), seeds)
def test_regions_are_counted(case: Case, seed: int) -> None:
    x, y = data(case, seed)
    window = (-1.0, 1.0, -1.0, 1.0)
    found = measure(case.network, x, y, window=window, only=["regions"])
    assert found.regions == len(brute_force_regions(case.network, window))


def linear_network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 2, dtype=torch.float64)).eval()


def test_only_what_is_asked_for_is_there() -> None:
    network, x, y = linear_network(), np.zeros((3, 2)), np.array([0, 1, 1])
    assert set(measure(network, x, y).numbers()) == {"clean_error", "mean_d_B", "mean_d_D", "optimal"}
    assert set(measure(network, x, y, eps=0.1, window=(0, 1, 0, 1)).numbers()) == set(QUANTITIES)
    some = measure(network, x, y, eps=0.1, only=["pgd_error"])
    assert set(some.numbers()) == {"pgd_error"}
    assert math.isnan(some.certified_error) and some.certified is None


def test_a_network_without_units_has_no_region_boundary() -> None:
    found = measure(linear_network(), np.ones((2, 2)), np.array([0, 1]), eps=0.1, window=(0, 1, 0, 1))
    assert (found.mean_d_B, found.unstable, found.regions, found.optimal) == (math.inf, 0, 1, 0.5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"only": ["beauty"]}, "beauty"),
        ({"only": ["pgd_error"]}, "needs an eps"),
        ({"only": ["regions"]}, "needs a window"),
        ({"eps": -1.0}, "-1"),
        ({"p": 3}, "3"),
        ({"box": (0.5, 1)}, "box"),
        ({"y": np.array([0, 2])}, "2"),
        ({"y": np.array([0.0, 1.0])}, "integers"),
        ({"x": np.zeros((0, 2)), "y": np.zeros(0, int)}, "no points"),
    ],
)
def test_what_does_not_fit_is_named(arguments: dict[str, object], named: str) -> None:
    given_arguments = {"x": np.zeros((2, 2)), "y": np.array([0, 1]), **arguments}
    with pytest.raises(ValueError, match=named):
        measure(linear_network(), **given_arguments)  # type: ignore[arg-type]


@settings(max_examples=10, deadline=None)
@given(mlps(depth=2, width=6), seeds)
def test_around_a_point_are_the_regions_that_its_disc_meets(case: Case, seed: int) -> None:
    if case.input_shape != (2,):
        return
    x, y = data(case, seed)
    window = (-1.0, 1.0, -1.0, 1.0)
    found = measure(case.network, x, y, window=window, only=["local_complexity"])
    assert math.isnan(found.regions), "not asked for"
    radius = 0.1  # a twentieth of the window's side
    polygons = brute_force_regions(case.network, window)
    near = [[polygon.distance(shapely.Point(point)) for polygon in polygons] for point in x]
    assert found.local_complexity == pytest.approx((np.array(near) <= radius).sum(1).mean())


def test_images_have_no_local_complexity() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)).double()
    x, y = np.random.default_rng(0).uniform(size=(5, 1, 2, 2)), np.zeros(5, dtype=np.int64)
    found = measure(network, x, y, window=(0, 1, 0, 1), plane=Plane.through(*x[:3]))
    assert math.isnan(found.local_complexity)
    assert found.regions >= 1
