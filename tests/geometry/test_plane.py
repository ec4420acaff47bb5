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
