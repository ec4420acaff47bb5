"""Regions of networks whose units have slopes of their own, against torch's own forward pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import nn

import geometry.regions.evaluation.plane_network
from geometry.network.network import as_network
from geometry.plane import Plane
from geometry.regions import tuning
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.region import region_at
from geometry.regions.region_map import RegionMap
from tests.oracles import branches
from tests.strategies import Case, seeds, unit_networks

WINDOW = (-3.0, 3.0, -2.0, 2.0)
SAMPLES = 3000


def assert_the_module_s_own(case: Case, regions: RegionMap) -> None:
    """Areas, Euler's formula, and at samples the values and linear branches of the module itself."""
    assert np.isclose(regions.areas().sum(), 24, rtol=1e-9)
    assert len(regions.vertices) - len(regions.edges) + len(regions) == 1
    rng = np.random.default_rng(0)
    places = rng.uniform((-3, -2), (3, 2), (SAMPLES, 2))
    x = regions.plane.embed(places)
    located = regions.locate(places)
    expected = case.network(torch.from_numpy(x)).numpy()
    pieces = regions.pieces[located]
    values = (pieces * np.column_stack([places, np.ones(SAMPLES)])[:, None]).sum(2)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    signature = branches(case.network, x)
    _, by_branch = np.unique(signature, axis=0, return_inverse=True)
    pairs = np.unique(np.column_stack([by_branch.ravel(), located]), axis=0)
    assert len(np.unique(pairs[:, 1])) == len(pairs), "a region holds two linear branches"
    patterns = regions.patterns(np.arange(len(regions)))
    assert len(np.unique(patterns, axis=0)) == len(regions)


@given(unit_networks(), seeds)
@settings(max_examples=60, deadline=None)
def test_regions_are_those_of_the_module(case: Case, seed: int) -> None:
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, *case.input_shape)))
    assert_the_module_s_own(case, enumerate_regions(case.network, WINDOW, plane))


@given(unit_networks(), seeds)
@settings(max_examples=25, deadline=None)
def test_tiles_change_nothing(case: Case, seed: int) -> None:
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, *case.input_shape)))
    direct = enumerate_regions(case.network, WINDOW, plane)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: len(layers) > 0)
        patch.setattr(tuning, "TILE", 8)
        tiled = enumerate_regions(case.network, WINDOW, plane)
        assert_the_module_s_own(case, tiled)
    assert len(tiled) == len(direct)


def test_a_unit_that_carries_its_value_along_cuts_nothing() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 8), nn.PReLU(8), nn.Linear(8, 2)).double().requires_grad_(False)
    network[1].weight.data = torch.tensor([1.0] * 8).double()
    regions = enumerate_regions(network, WINDOW)
    assert len(regions) == 1
    assert not regions.pattern(0).any()


def test_integer_lines_and_carried_units_meet_exactly() -> None:
    """A grid of 16 regions, and lines through its corners that a slope of 1 removes."""
    first = nn.Linear(2, 8).double()
    lines = [[1, 0, -1], [1, 0, 0], [1, 0, 1], [0, 1, -1], [0, 1, 0], [0, 1, 1], [1, 1, 0], [1, -1, 0]]
    first.weight.data, first.bias.data = (part.double() for part in torch.tensor(lines).split([2, 1], 1))
    first.bias.data = first.bias.data[:, 0]
    slopes = nn.PReLU(8).double()
    slopes.weight.data = torch.tensor([0.0] * 6 + [1.0] * 2).double()
    network = nn.Sequential(first, slopes, nn.Linear(8, 2).double()).requires_grad_(False)
    assert len(enumerate_regions(network, (-2, 2, -2, 2))) == 16
    slopes.weight.data[6:] = 0.5
    assert len(enumerate_regions(network, (-2, 2, -2, 2))) == 24


@given(unit_networks(), seeds)
@settings(max_examples=30, deadline=None)
def test_the_region_of_a_point_holds_the_points_on_the_same_branches(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=case.input_shape)
    region = region_at(case.network, x)
    around = x + rng.normal(size=(300, *case.input_shape)) * rng.choice([0.05, 0.3, 1.0], (300, *[1] * x.ndim))
    same = (branches(case.network, around) == branches(case.network, x[None])).all(axis=1)
    assert (region.contains(around) == same).all()
    normals, offsets = region.halfspaces()
    inside = (around.reshape(300, -1) @ normals.T + offsets >= -1e-9).all(axis=1)
    assert (inside == same).all()
    bends = np.concatenate([layer.bending() for layer in as_network(case.network, case.input_shape).hidden])
    assert not normals[~bends].any() and not offsets[~bends].any()
