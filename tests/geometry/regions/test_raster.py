"""Region maps as rasters, and quick values on a plane."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from geometry import Plane, as_network, enumerate_regions
from geometry.regions.class_areas import class_areas
from geometry.regions.raster import (
    SINGLE_STEP,
    grid_points,
    interpolated_pieces,
    operations,
    regions_on_grid,
    sample,
)
from tests.oracles import activation_patterns
from tests.strategies import Case, conv_networks, degenerate_mlps, mlp, mlps, planes

CASES = st.one_of(mlps(st.integers(2, 6)), degenerate_mlps(), conv_networks())
WINDOW = (-1.3, 1.1, -0.9, 1.7)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_a_cell_has_the_region_of_its_middle(data):
    case = data.draw(CASES)
    regions = enumerate_regions(case.network, WINDOW, data.draw(planes(case.input_shape)), max_regions=3000)
    cells = regions_on_grid(regions, 13, 9)
    points = grid_points(regions.window, 13, 9)
    assert cells.shape == (117,)
    assert shapely.distance(regions.polygons[cells], shapely.points(points)).max() < 1e-9


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_interpolated_pieces_give_the_logits_in_their_regions(data):
    case = data.draw(CASES)
    regions = enumerate_regions(case.network, WINDOW, data.draw(planes(case.input_shape)), max_regions=2000)
    which = np.arange(len(regions))[::2]
    at = regions.centroids()[which]
    pieces = interpolated_pieces(regions, which)
    found = np.einsum("nkc,nc->nk", pieces, np.column_stack([at, np.ones(len(at))]))
    with torch.no_grad():
        expected = case.network(torch.from_numpy(regions.plane.embed(at))).numpy()
    assert np.allclose(found, expected, atol=1e-8 * max(1.0, np.abs(expected).max()))


def test_interpolated_pieces_are_the_affine_maps():
    regions = enumerate_regions(mlp([2, 20, 10, 3], seed=3), WINDOW)
    wide = regions.areas() > 1e-4
    assert np.allclose(interpolated_pieces(regions)[wide], regions.pieces[wide], atol=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_samples_are_the_networks_own_values(data):
    case = data.draw(CASES)
    plane = data.draw(planes(case.input_shape))
    network = as_network(case.network, case.input_shape)
    points = grid_points(WINDOW, 7, 5)
    logits, active = sample(network, plane, points)
    with torch.no_grad():
        expected = case.network(torch.from_numpy(plane.embed(points))).numpy()
    assert np.allclose(logits, expected, atol=1e-4 * max(1.0, np.abs(expected).max()))
    assert active.max() <= sum(network.widths)


def test_samples_count_the_units_that_are_on():
    network, points = mlp([2, 30, 20, 3], seed=1), grid_points(WINDOW, 20, 20)
    _, active = sample(as_network(network, (2,)), Plane.identity(), points)
    assert (
        active == activation_patterns(network, points).sum(axis=1)
    ).mean() > 0.99  # float32 at a boundary may differ


@pytest.mark.parametrize("seed", range(3))
def test_class_areas_are_what_dense_sampling_finds(seed):
    network = mlp([2, 12, 8, 4], seed)
    regions = enumerate_regions(network, WINDOW)
    found = class_areas(regions)
    points = grid_points(WINDOW, 700, 700)
    with torch.no_grad():
        classes = network(torch.from_numpy(points)).argmax(1).numpy()
    whole = (WINDOW[1] - WINDOW[0]) * (WINDOW[3] - WINDOW[2])
    assert np.isclose(found.sum(), whole)
    assert np.allclose(found, whole * np.bincount(classes, minlength=4) / len(classes), atol=2e-3 * whole)


def test_three_classes_that_meet_inside_one_region_share_it_exactly():
    network = torch.nn.Sequential(torch.nn.Linear(2, 3, dtype=torch.float64)).requires_grad_(False)
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        network[0].bias.zero_()
    found = class_areas(enumerate_regions(network, (-1, 1, -1, 1)))
    assert np.allclose(found, [1, 1.5, 1.5])  # both negative; the rest is halved by the diagonal


def test_operations_count_the_multiplications_after_the_first_layer():
    network = as_network(mlp([2, 30, 20, 3], seed=1), (2,))
    assert operations(network) == 30 * 20 + 20 * 3 + SINGLE_STEP * (30 + 20)  # and a step for every unit


def test_operations_of_pooling_count_what_is_picked_from_pre_activations():
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 2))
    converted = as_network(network, (1, 6, 6))
    # two rounds of pairs: 4 * 16 and 4 * 8 candidates, half of them carried along; at least two numbers each
    assert operations(converted) > SINGLE_STEP * 2 * (4 * 16 + 4 * 8)


def test_a_case_without_hidden_layers_is_one_region():
    case = Case(torch.nn.Sequential(torch.nn.Linear(2, 2, dtype=torch.float64)).requires_grad_(False), (2,))
    regions = enumerate_regions(case.network, WINDOW)
    assert (regions_on_grid(regions, 5, 4) == 0).all()
