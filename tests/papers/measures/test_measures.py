"""Measurements that several tables share, on small networks, against definitions and other functions."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from certify import attack, margins, minimal_perturbation
from geometry import Plane, enumerate_regions, theorem_3_1
from models import image_mlp, load_preset
from models.networks.builders import tight_network
from papers.data import Labelled
from papers.measures import kw_errors as kw_errors_module
from papers.measures.gradients_and_filters import first_of_each_class, loss_gradients, quantised, small_share
from papers.measures.kw_errors import kw_errors
from papers.measures.perturbation_sizes import sizes
from papers.measures.polytopes import measured_polytopes
from papers.measures.regions import boundaries, plane_and_window, regions_in
from papers.measures.robust_errors import robust_errors
from papers.measures.robust_errors import test_error as error_on_test_points
from papers.mmr.gradients_and_filters import as_squares

EPS = 0.2


@pytest.fixture(scope="module")
def toy_points() -> tuple[nn.Sequential, Labelled]:
    """Tight's network of four units, f_1 - f_0 = t - |s|; points with the classes that it sees, but for the first."""
    network = tight_network().double().eval()
    x = np.random.default_rng(1).uniform(-1, 1, (12, 2))
    y = network(torch.tensor(x)).argmax(1).numpy()
    y[0] = 1 - y[0]
    return network, Labelled(x, y, 2, None)


def test_robust_errors_are_decided_by_the_exact_search_as_the_smallest_perturbation_says(
    toy_points: tuple[nn.Sequential, Labelled],
) -> None:
    network, data = toy_points
    found = robust_errors(network, data, EPS, 2, box=None, seconds=20)
    classes = network(torch.tensor(data.x)).argmax(1).numpy()
    near = minimal_perturbation(network, data.x, 2)
    breakable = np.array([each.upper <= EPS for each in near]) | (classes != data.y)
    assert (found.lost == breakable).all() and (found.proved == ~breakable).all()
    assert found.lower == found.upper == 100 * breakable.mean()


def test_without_a_search_both_bounds_hold(toy_points: tuple[nn.Sequential, Labelled]) -> None:
    network, data = toy_points
    quick, exact = (robust_errors(network, data, EPS, 2, box=None, seconds=seconds) for seconds in (0, 20))
    assert not (quick.lost & ~exact.lost).any() and not (quick.proved & ~exact.proved).any()
    assert not (quick.lost & quick.proved).any()


def test_the_test_error_counts_wrong_classes(toy_points: tuple[nn.Sequential, Labelled]) -> None:
    network, data = toy_points
    wrong = (network(torch.tensor(data.x)).argmax(1).numpy() != data.y).mean()
    assert error_on_test_points(network, data) == 100 * wrong


def test_kws_errors_are_those_of_attacks_on_all_points_and_of_margins(
    toy_points: tuple[nn.Sequential, Labelled],
) -> None:
    network, data = toy_points
    found = kw_errors(network, data, 0.05)
    for name in kw_errors_module.ATTACKS:
        broken = attack(network, data.x, data.y, name, eps=0.05, p=math.inf).success
        assert found[name] == pytest.approx(100 * broken.mean())
    bounds = margins(network, data.x, data.y, 0.05, math.inf, "fast-lin").numpy()
    bounds[np.arange(len(data)), data.y] = np.inf
    assert found["bound"] == pytest.approx(100 * (bounds.min(axis=1) <= 0).mean())
    assert found["te"] <= found["fgsm"] <= found["bound"] and found["pgd"] <= found["bound"]


def test_sizes_enclose_the_smallest_perturbation_and_are_it_where_theorem_3_1_says_so(
    toy_points: tuple[nn.Sequential, Labelled],
) -> None:
    network, data = toy_points
    few = data.first(6)
    found = sizes(network, few, searches=4, steps=60)
    for i, each in enumerate(minimal_perturbation(network, few.x, 2, time_limit=0.5)):
        assert found.lower[i] <= each.upper * (1 + 1e-9) and found.upper[i] >= each.lower * (1 - 1e-9)
        theorem = theorem_3_1(network, few.x[i], 2)
        assert found.optimal[i] == theorem.optimal
        if theorem.optimal:
            assert found.lower[i] == found.upper[i] == pytest.approx(theorem.radius, rel=1e-9)
    assert found.means()["lb"] == found.lower.mean() <= found.means()["ub"] and found.optimal.any()


def test_boundaries_are_where_neighbouring_pixels_lie_in_different_regions() -> None:
    network, window, side = load_preset("moons").network, (-0.5, 1.0, -0.3, 0.9), 24
    regions = regions_in(network, window)
    mask = boundaries(regions, side)
    s, t = (
        low + (np.arange(side + 1) + 0.5) * (high - low) / (side + 1)
        for low, high in ((window[0], window[1]), (window[2], window[3]))
    )
    cells = (
        enumerate_regions(network.double(), window)
        .locate(np.stack(np.meshgrid(s, t), axis=-1).reshape(-1, 2))
        .reshape(side + 1, side + 1)
    )
    expected = (cells[:-1, :-1] != cells[:-1, 1:]) | (cells[:-1, :-1] != cells[1:, :-1])
    assert (mask == expected).all() and 0 < mask.mean() < 1


def test_the_window_holds_its_three_points_twice_as_wide_as_they_reach() -> None:
    points = list(np.random.default_rng(0).normal(size=(3, 7)))
    plane, (s0, s1, t0, t1) = plane_and_window(points)
    spots = plane.project(np.stack(points))
    assert isinstance(plane, Plane) and s1 - s0 == pytest.approx(t1 - t0)
    assert s1 - s0 == pytest.approx(2 * np.ptp(spots, axis=0).max())
    assert (spots > (s0, t0)).all() and (spots < (s1, t1)).all()


def test_loss_gradients_are_difference_quotients() -> None:
    network = image_mlp((5,), (1, 2, 2), 3, seed=1)
    x, y = np.random.default_rng(0).random((2, 1, 2, 2)), np.array([0, 2])
    found = loss_gradients(network, Labelled(x, y, 3, (0, 1)))
    step = 1e-6
    for i in range(4):
        moved = x.copy().reshape(2, 4)
        moved[:, i] += step
        after, before = (
            nn.functional.cross_entropy(
                network.double()(torch.tensor(z.reshape(x.shape))), torch.tensor(y), reduction="none"
            )
            for z in (moved, x)
        )
        assert ((after - before) / step).detach().numpy() == pytest.approx(found.reshape(2, 4)[:, i], abs=1e-5)


def test_small_entries_are_counted_against_the_largest_of_each_item() -> None:
    values = np.array([[1.0, 0.005, -0.5, 0.0], [0.01, 0.01, 0.01, 0.01]])
    assert small_share(values) == 25.0
    assert quantised(values, each=True).tolist() == [[127, 1, -64, 0], [127] * 4]
    assert quantised(values, each=False)[1].tolist() == [1] * 4
    assert quantised(np.zeros((1, 3)), each=True).tolist() == [[0, 0, 0]]


def test_the_first_point_of_each_class_is_taken() -> None:
    data = Labelled(np.arange(6.0)[:, None], np.array([2, 0, 0, 2, 1, 1]), 4, None)
    found = first_of_each_class(data, 10)
    assert found.y.tolist() == [0, 1, 2] and found.x.ravel().tolist() == [1, 4, 0]


def test_the_channels_of_a_filter_form_a_square() -> None:
    weights = np.arange(2 * 4 * 2 * 2).reshape(2, 4, 2, 2).astype(float)
    squares = as_squares(weights)
    assert squares.shape == (2, 1, 4, 4)
    for channel, (row, column) in enumerate(((0, 0), (0, 2), (2, 0), (2, 2))):
        assert (squares[1, 0, row : row + 2, column : column + 2] == weights[1, channel]).all()


def test_outer_bounds_of_a_polytope_are_no_smaller_than_its_hull() -> None:
    found = measured_polytopes(load_preset("kw-robust").network, load_preset("kw-robust").dataset.x[0], 0.04)
    assert 0 < found.values["true"] <= 1 + 1e-9 and 1 - 1e-9 <= found.values["fast-lin"] <= found.values["layerwise"]
    (x, y) = found.series["hull"]
    assert len(x) == len(y) >= 4
