"""A region's pattern, affine pieces and half-spaces, against automatic differentiation and sampling."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon
from torch import nn

from geometry.plane import Plane
from geometry.regions.region import region_at, region_polygon
from tests.oracles import activation_patterns, affine_pieces
from tests.strategies import degenerate_mlps, mlp, mlps, networks, planes, points, seeds


@given(st.data(), networks())
@settings(deadline=None, max_examples=50)
def test_pieces_are_those_of_automatic_differentiation(data, case):
    x = data.draw(points(case.input_shape))[0]
    region, (V, a) = region_at(case.network, x), affine_pieces(case.network, x)
    for ours, theirs in (*zip(region.V, V), *zip(region.a, a)):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(region.pattern, activation_patterns(case.network, x[None])[0])
    np.testing.assert_allclose(region.logits, case.network(torch.from_numpy(x)[None])[0].numpy(), rtol=1e-9, atol=1e-9)


@given(st.data(), networks())
@settings(deadline=None, max_examples=50)
def test_a_region_contains_its_point(data, case):
    x = data.draw(points(case.input_shape))[0]
    region = region_at(case.network, x)
    assert region.contains(x) is True
    normals, offsets = region.class_halfspaces()
    assert (normals @ x.ravel() + offsets >= -1e-9).all()
    zero = ~normals.any(axis=1)
    assert (offsets[zero] >= 0).all()


@given(st.data(), networks(), seeds)
@settings(deadline=None, max_examples=50)
def test_contained_are_the_points_with_the_same_pattern(data, case, seed):
    x = data.draw(points(case.input_shape))[0]
    region = region_at(case.network, x)
    size = 10.0 ** -np.random.default_rng(seed).uniform(0, 3)
    z = x + size * np.random.default_rng(seed).uniform(-1, 1, (50, *case.input_shape))
    normals, offsets = region.halfspaces()
    heights = z.reshape(50, -1) @ normals.T + offsets
    clear = (np.abs(heights) > 1e-9).all(axis=1) | (heights < -1e-9).any(axis=1)
    np.testing.assert_array_equal(region.contains(z)[clear], (heights >= 0).all(axis=1)[clear])
    strict = (heights > 1e-9).all(axis=1)
    assert (activation_patterns(case.network, z[strict]) == region.pattern).all()


@given(st.data(), st.one_of(mlps(4), degenerate_mlps(4)), seeds)
@settings(deadline=None, max_examples=30)
def test_the_polygon_on_a_plane_is_where_the_pattern_holds(data, case, seed):
    x = data.draw(points(case.input_shape))[0]
    directions = np.random.default_rng(seed).normal(size=(2, *case.input_shape))
    plane = Plane.through(x, x + directions[0], x + directions[1])
    region, window = region_at(case.network, x), (-1.0, 1.5, -2.0, 1.0)
    cells = [Polygon(cell) if len(cell) > 2 else Polygon() for cell in (
        region.polygon(plane, window), region_polygon(region.halfspaces(), plane, window),
    )]  # fmt: skip
    assert cells[0].symmetric_difference(cells[1]).area < 1e-9
    samples = np.random.default_rng(seed).uniform([-1, -2], [1.5, 1], (200, 2))
    heights = plane.embed(samples) @ region.halfspaces()[0].T + region.halfspaces()[1]
    for z, clear, holds in zip(samples, np.abs(heights).min(axis=1) > 1e-7, (heights >= 0).all(axis=1)):
        if clear:
            assert cells[0].contains(Point(z)) == holds


@given(st.data(), mlps(2))
@settings(deadline=None, max_examples=30)
def test_the_class_part_lies_in_the_region(data, case):
    x = data.draw(points((2,)))[0]
    plane, window = data.draw(planes((2,))), (-3, 3, -3, 3)
    region = region_at(case.network, x)
    whole, part = (region.polygon(plane, window, of_class) for of_class in (False, True))
    if len(part) > 2:
        assert Polygon(part).is_valid and Polygon(part).exterior.is_ccw
        assert Polygon(part).difference(Polygon(whole)).area < 1e-9
        with torch.no_grad():
            inside = plane.embed([part.mean(axis=0)])
            assert case.network(torch.from_numpy(inside)).argmax() == region.predicted


def test_constant_units_are_off_and_split_nothing():
    network = mlp([2, 200, 3, 2], seed=0)
    network[0].weight[100:], network[0].bias[100:] = network[0].weight[:100].clone(), network[0].bias[:100].clone()
    network[2].weight[0, 100:], network[2].bias[0] = -network[2].weight[0, :100], 0
    network[2].weight[1], network[2].bias[1] = 0, 0
    region = region_at(network, np.array([0.3, 0.2]))
    normals, offsets = region.halfspaces()
    assert not normals[200:202].any() and not offsets[200:202].any() and not region.pattern[201]


def test_a_large_convolutional_region_is_drawn_without_its_matrices():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(4096, 10)).double()
    corners = np.random.default_rng(0).uniform(0, 1, (3, 3, 32, 32))
    region = region_at(network, corners[0])
    cell = region.polygon(Plane.through(*corners), (-1, 1, -1, 1))
    assert len(cell) >= 3 and "V" not in vars(region)


def test_points_that_do_not_fit_are_refused():
    network = mlp([2, 3, 2], seed=0)
    with pytest.raises(ValueError, match="NaN"):
        region_at(network, [np.nan, 0])
    with pytest.raises(ValueError, match="does not fit"):
        region_at(network, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"\(2,\)"):
        region_at(network, [1.0, 2.0]).contains([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="window"):
        region_at(network, [1.0, 2.0]).polygon(Plane.identity(), (1, 1, 0, 1))
