"""Cuts of balls with planes, against the norm itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import contains_xy
from shapely.geometry import Polygon

from geometry.planar.ball import SEGMENTS, ball_on_plane, disc_on_plane
from geometry.plane import Plane
from tests.strategies import norms, planes, seeds

shapes = st.sampled_from([(2,), (3,), (1, 3, 3), (40,)])


def draw_case(data, shape, seed):
    """A plane, a center off it by up to a tenth, a radius that mostly reaches the plane."""
    rng = np.random.default_rng(seed)
    plane = data.draw(planes(shape))
    center = plane.embed(rng.uniform(-1, 1, (1, 2)))[0] + rng.choice([0, 0.1]) * rng.uniform(-1, 1, shape)
    return plane, center, rng.uniform(0.1, 1) * 10 ** rng.uniform(-1, 1)


@given(st.data(), shapes, seeds, norms())
@settings(deadline=None, max_examples=80)
def test_inside_are_the_points_of_the_ball_and_the_box(data, shape, seed, p):
    plane, center, radius = draw_case(data, shape, seed)
    rng = np.random.default_rng(seed)
    box = (center - radius * rng.uniform(0.2, 1.2, shape), center + 0.5 * radius) if rng.random() < 0.5 else None
    cut = ball_on_plane(center, radius, p, plane, box)
    assert cut.is_valid
    z = plane.project(center[None]) + rng.uniform(-1, 1, (1000, 2)) * radius * (math.sqrt(center.size) if p > 2 else 1)
    ends = plane.embed(z)
    level = np.linalg.norm((ends - center).reshape(len(z), -1), ord=p, axis=1) / radius
    if box is not None:
        over = np.maximum(box[0] - ends, ends - box[1]).reshape(len(z), -1).max(axis=1)
        level = np.maximum(level, 1 + over / radius)
    clear = np.abs(level - 1) > (1e-3 if p == 2 else 1e-9)
    np.testing.assert_array_equal(contains_xy(cut, z)[clear], (level < 1)[clear])


@given(st.data(), shapes, seeds, norms())
@settings(deadline=None, max_examples=80)
def test_corners_lie_on_the_sphere(data, shape, seed, p):
    plane, center, radius = draw_case(data, shape, seed)
    cut = ball_on_plane(center, radius, p, plane)
    if not cut.is_empty:
        assert cut.exterior.is_ccw
        corners = plane.embed(np.array(cut.exterior.coords)) - center
        lengths = np.linalg.norm(corners.reshape(len(corners), -1), ord=p, axis=1)
        np.testing.assert_allclose(lengths, radius, rtol=1e-9)


@given(st.data(), shapes, seeds)
@settings(deadline=None)
def test_an_l2_cut_is_a_disc_within_the_stated_tolerance(data, shape, seed):
    plane, center, radius = draw_case(data, shape, seed)
    distance = np.linalg.norm(plane.embed(plane.project(center[None]))[0] - center)
    expected = math.pi * max(radius**2 - distance**2, 0)
    assert 1 - math.cos(math.pi / SEGMENTS) < 2e-5
    assert ball_on_plane(center, radius, 2, plane).area == pytest.approx(expected, rel=1e-4, abs=1e-9)


@given(st.data(), shapes, seeds)
@settings(deadline=None)
def test_a_disc_is_the_circle_that_the_polygon_is_inscribed_in(data, shape, seed):
    plane, center, radius = draw_case(data, shape, seed)
    disc, cut = disc_on_plane(center, radius, plane), ball_on_plane(center, radius, 2, plane)
    assert (disc is None) == cut.is_empty
    if disc is not None:
        distances = np.linalg.norm(np.array(cut.exterior.coords) - [disc.s, disc.t], axis=1)
        np.testing.assert_allclose(distances, disc.radius, rtol=1e-9)
        assert Polygon(disc.outline()).symmetric_difference(cut).area < 1e-9 * cut.area


@given(seeds)
@settings(deadline=None)
def test_a_disc_that_a_box_cuts_is_none(seed):
    rng = np.random.default_rng(seed)
    center, radius, half = rng.uniform(-1, 1, 2), rng.uniform(0.1, 2), rng.uniform(0.1, 3)
    disc = disc_on_plane(center, radius, Plane.identity(), box=(-half, half))
    assert (disc is None) == bool((np.abs(center) + radius > half).any())


def test_on_the_plane_of_the_inputs_balls_are_what_they_are():
    one = ball_on_plane([1, 2], 0.5, 1, Plane.identity())
    assert one.equals_exact(Polygon([(0.5, 2), (1, 1.5), (1.5, 2), (1, 2.5)]).normalize(), 1e-12) or (
        one.symmetric_difference(Polygon([(0.5, 2), (1, 1.5), (1.5, 2), (1, 2.5)])).area < 1e-12
    )
    most = ball_on_plane([1, 2], 0.5, math.inf, Plane.identity(), box=(0, 2))
    assert most.bounds == pytest.approx((0.5, 1.5, 1.5, 2.0)) and most.area == pytest.approx(0.5)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_no_common_area_is_an_empty_polygon(p):
    plane = Plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    for center, radius in (([0, 0, 2], 1), ([0, 0, 1], 1), ([0, 0, 0], 0)):
        cut = ball_on_plane(center, radius, p, plane)
        assert cut.is_empty or (p == math.inf and center == [0, 0, 1])  # a cube touches in a square
    assert ball_on_plane([0, 0, 0], 1, p, plane, box=(2, 3)).is_empty


def test_pixels_that_do_not_move_cut_nothing():
    """Coordinates constant on the plane and equal to a bound of the box, up to rounding."""
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 1, (3, 784)) * (rng.random(784) < 0.5)
    plane = Plane.through(*corners)
    center = corners.mean(axis=0)
    small = 1e-4
    for p in (1, 2, math.inf):
        free, boxed = ball_on_plane(center, small, p, plane), ball_on_plane(center, small, p, plane, box=(0, 1))
        assert boxed.symmetric_difference(free).area < 1e-9 * free.area


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 0], -1, 2), "radius"),
        (([0, 0], math.nan, 2), "radius"),
        (([0, 0], math.inf, 2), "radius"),
        (([0, 0], 1, 3), "p must be"),
        (([0, 0, 0], 1, 2), r"\(2,\)"),
        (([0, math.nan], 1, 2), "center"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ball_on_plane(*arguments, Plane.identity())
