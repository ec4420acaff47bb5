"""Sums around polygons, against shapely."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely

from geometry.polygons import (
    centroid,
    corner_weights,
    following,
    next_in_ring,
    polygon_area,
    side_products,
    triangle_fan,
)

SQUARE, TRIANGLE = [(1, 1), (3, 1), (3, 3), (1, 3)], [(-2, 0), (5, 1), (0, 7)]
CORNERS, STARTS = np.array(SQUARE + TRIANGLE, float), np.array([0, 4, 7])


def test_the_last_corner_of_each_ring_is_followed_by_its_first() -> None:
    assert next_in_ring(STARTS).tolist() == [1, 2, 3, 0, 5, 6, 4]
    for values in (CORNERS, CORNERS[:, 0], CORNERS.astype(object)):
        assert (following(values, STARTS) == values[next_in_ring(STARTS)]).all()


def test_the_triangles_of_a_ring_have_its_area() -> None:
    areas = np.add.reduceat(triangle_fan(CORNERS, STARTS), STARTS[:-1])
    assert areas == pytest.approx([shapely.Polygon(SQUARE).area, shapely.Polygon(TRIANGLE).area])


def test_a_clockwise_polygon_has_a_negative_area() -> None:
    assert polygon_area(np.array(TRIANGLE[::-1], float)) == pytest.approx(-shapely.Polygon(TRIANGLE).area)


def test_centroids_are_those_of_shapely() -> None:
    assert centroid(np.array(TRIANGLE, float)) == pytest.approx(shapely.Polygon(TRIANGLE).centroid.coords[0])


def test_corner_weights_integrate_affine_functions() -> None:
    integrals = np.add.reduceat(corner_weights(triangle_fan(CORNERS, STARTS), STARTS)[:, None] * CORNERS, STARTS[:-1])
    for integral, ring in zip(integrals, (SQUARE, TRIANGLE)):
        polygon = shapely.Polygon(ring)
        assert integral == pytest.approx(polygon.area * np.array(polygon.centroid.coords[0]))


def test_fractions_stay_exact() -> None:
    corners = np.array([[Fraction(x, 3), Fraction(y, 7)] for x, y in TRIANGLE], object)
    starts = np.array([0, 3])
    assert side_products(corners, starts).sum() / 2 == triangle_fan(corners, starts).sum() == Fraction(47, 2 * 21)
    assert centroid(corners).tolist() == [Fraction(1, 3), Fraction(8, 21)]
