"""Planes: orthonormal coordinates and their inverse."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.plane import Plane
from tests.strategies import planes, seeds

shapes = st.sampled_from([(2,), (5,), (1, 3, 3)])


@given(st.data(), shapes, seeds)
@settings(deadline=None)
def test_project_undoes_embed(data, shape, seed):
    plane = data.draw(planes(shape))
    coordinates = np.random.default_rng(seed).uniform(-5, 5, (7, 2))
    np.testing.assert_allclose(plane.project(plane.embed(coordinates)), coordinates, atol=1e-12)


@given(st.data(), shapes, seeds)
@settings(deadline=None)
def test_distances_on_the_plane_are_distances_in_input_space(data, shape, seed):
    plane = data.draw(planes(shape))
    a, b = np.random.default_rng(seed).uniform(-5, 5, (2, 1, 2))
    between = np.linalg.norm(plane.embed(a) - plane.embed(b))
    assert math.isclose(np.linalg.norm(a - b), between, rel_tol=1e-9)


@given(shapes, seeds)
@settings(deadline=None)
def test_through_three_points_holds_them(shape, seed):
    corners = np.random.default_rng(seed).uniform(-1, 1, (3, *shape))
    plane = Plane.through(*corners)
    coordinates = plane.project(corners)
    np.testing.assert_allclose(plane.embed(coordinates), corners, atol=1e-12)
    np.testing.assert_allclose(coordinates[0], 0, atol=1e-12)
    assert coordinates[1, 0] > 0 and abs(coordinates[1, 1]) < 1e-12 and coordinates[2, 1] > 0


def test_the_identity_changes_nothing():
    z = np.array([[1.5, -2.0]])
    assert (Plane.identity().embed(z) == z).all() and (Plane.identity().project(z) == z).all()


def test_tensors_are_taken():
    plane = Plane.through(torch.zeros(3), torch.tensor([1.0, 0, 0]), torch.tensor([0.0, 2, 0]))
    np.testing.assert_array_equal(plane.v, [0, 1, 0])


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        ([[0, 0], [0, 0], [1, 0]], "coincide"),
        ([[0, 0], [1, 0], [2, 0]], "one line"),
        ([[0, 0], [1, 0], [0, 0]], "one line"),
        ([[0, 0], [1, 0], [0, math.nan]], "NaN"),
        ([[0, 0], [1, 0], [0, 1, 2]], "one shape"),
    ],
)
def test_points_that_span_no_plane_are_refused(corners, message):
    with pytest.raises(ValueError, match=message):
        Plane.through(*corners)


def test_directions_that_are_not_orthonormal_are_refused():
    with pytest.raises(ValueError, match="orthonormal"):
        Plane(np.zeros(2), np.array([1.0, 0]), np.array([1.0, 1]))


def test_coordinates_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(m, 2\)"):
        Plane.identity().embed(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="shape"):
        Plane.identity().project(np.zeros((4, 3)))


@given(st.data(), st.sampled_from([(3,), (5,), (1, 3, 3)]), seeds)
@settings(deadline=None)
def test_a_moved_plane_is_parallel_and_as_far_away_as_was_asked(data, shape, seed):
    plane, rng = data.draw(planes(shape)), np.random.default_rng(seed)
    direction, by = rng.normal(size=shape), float(rng.uniform(-3, 3))
    moved, places = plane.moved(direction, by), rng.uniform(-5, 5, (6, 2))
    steps = (moved.embed(places) - plane.embed(places)).reshape(6, -1)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), abs(by), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(steps @ np.stack([plane.u.ravel(), plane.v.ravel()]).T, 0, atol=1e-9)
    assert (steps @ direction.ravel()).min() * by >= -1e-9
    np.testing.assert_allclose(plane.project(moved.embed(places)), places, atol=1e-9)


@given(st.data(), st.sampled_from([(3,), (5,), (1, 3, 3)]), seeds)
@settings(deadline=None)
def test_a_plane_turned_about_a_point_keeps_its_line_and_every_distance_to_it(data, shape, seed):
    plane, rng = data.draw(planes(shape)), np.random.default_rng(seed)
    direction, angle, about = rng.normal(size=shape), float(rng.uniform(-2, 2)), rng.uniform(-3, 3, 2)
    turned = plane.turned(direction, angle, about)
    line = np.stack([rng.uniform(-4, 4, 5), np.full(5, about[1])], 1)
    np.testing.assert_allclose(turned.embed(line), plane.embed(line), atol=1e-9)
    place = about + rng.uniform(-2, 2, 2)
    centre = plane.embed(about[None])
    far = [np.linalg.norm(one.embed(place[None]) - centre) for one in (plane, turned)]
    assert math.isclose(*far, rel_tol=1e-9)
    assert math.isclose(float((plane.v * turned.v).sum()), math.cos(angle), abs_tol=1e-9)


def test_a_right_angle_turns_v_into_the_direction_and_minus_it_back():
    plane = Plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    turned = plane.turned([5.0, 7.0, 2.0], math.pi / 2)
    np.testing.assert_allclose(turned.v, [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(turned.turned([0.0, 1.0, 0.0], -math.pi / 2).v, [0, -1, 0], atol=1e-15)
    np.testing.assert_allclose(plane.moved([5.0, 7.0, 2.0], 3.0).origin, [0, 0, 3], atol=1e-15)


@pytest.mark.parametrize("direction", [[1.0, -2.0, 0.0], [0.0, 0.0, 0.0], [1e9, 1.0, 1e-3]])
def test_a_direction_in_the_plane_moves_it_nowhere(direction):
    plane = Plane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0.0, 1, 0]))
    for move in (lambda: plane.moved(direction, 1.0), lambda: plane.turned(direction, 1.0)):
        with pytest.raises(ValueError, match="lies in the plane"):
            move()
    with pytest.raises(ValueError, match="must have shape"):
        plane.moved([1.0, 0.0], 1.0)
