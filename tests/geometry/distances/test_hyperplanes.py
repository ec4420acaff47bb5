"""Distances to hyperplanes, against linear programs, SLSQP and the definition."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry.distances.hyperplanes import box_distances, hyperplane_distances, nearest_points
from tests.oracles import box_distance
from tests.strategies import boxes, norms, random_directions, seeds


def hyperplanes(seed: int, m: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    normals = rng.normal(size=(m, d)) * (rng.random((m, d)) < 0.8)
    return normals, rng.normal(size=m), rng.uniform(-1, 1, d)


def test_a_zero_row_is_no_hyperplane():
    assert hyperplane_distances(np.zeros((1, 2)), np.ones(1), np.zeros(2), 2) == [np.inf]
    assert box_distances(np.zeros((1, 2)), np.zeros(1), np.zeros(2), 1, (-1, 1)) == [np.inf]
    assert np.isinf(nearest_points(np.zeros((1, 2)), np.ones(1), np.zeros(2), 2)).all()


@given(seeds, st.integers(1, 8), norms())
@settings(deadline=None)
def test_no_shorter_step_reaches_the_hyperplane(seed, d, p):
    normals, offsets, x = hyperplanes(seed, 5, d)
    found = hyperplane_distances(normals, offsets, x, p)
    for w, b, distance in zip(normals, offsets, found):
        if math.isfinite(distance):
            values = (x + 0.999 * distance * random_directions((d,), p, 200, seed)) @ w + b
            assert (np.sign(values) == np.sign(x @ w + b)).all()


@given(seeds, st.integers(1, 8), norms())
@settings(deadline=None)
def test_the_nearest_point_lies_on_the_hyperplane_at_that_distance(seed, d, p):
    normals, offsets, x = hyperplanes(seed, 5, d)
    found = hyperplane_distances(normals, offsets, x, p)
    ends = nearest_points(normals, offsets, x, p)
    real = np.isfinite(found)
    np.testing.assert_allclose((normals[real] * ends[real]).sum(axis=1) + offsets[real], 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm((ends - x)[real], ord=p, axis=1), found[real], rtol=1e-12)


@given(st.data(), seeds, st.integers(1, 6), norms())
@settings(deadline=None, max_examples=60)
def test_distances_in_a_box_are_those_of_a_general_solver(data, seed, d, p):
    normals, offsets, x = hyperplanes(seed, 3, d)
    lo, hi = data.draw(boxes(x[None]))
    found = box_distances(normals, offsets, x, p, (lo, hi))
    for w, b, distance in zip(normals, offsets, found):
        if not w.any():
            continue
        reach = np.maximum(w * (hi - x), w * (lo - x)).sum(), np.minimum(w * (hi - x), w * (lo - x)).sum()
        if min(abs(x @ w + b + reach[0]), abs(x @ w + b + reach[1])) > 1e-6:  # else feasible within tolerances only
            assert distance == pytest.approx(box_distance(w, b, x, p, lo, hi), rel=1e-5, abs=1e-7)


@given(st.data(), seeds, st.integers(1, 6), norms())
@settings(deadline=None)
def test_the_nearest_point_in_a_box_is_in_the_box_on_the_hyperplane(data, seed, d, p):
    normals, offsets, x = hyperplanes(seed, 5, d)
    box = data.draw(boxes(x[None]))
    found, ends = box_distances(normals, offsets, x, p, box), nearest_points(normals, offsets, x, p, box)
    real = np.isfinite(found)
    np.testing.assert_allclose((normals[real] * ends[real]).sum(axis=1) + offsets[real], 0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm((ends - x)[real], ord=p, axis=1), found[real], rtol=1e-9, atol=1e-12)
    assert ((ends >= box[0]) & (ends <= box[1]))[real].all()
    assert np.isinf(ends[~real]).all()


@given(seeds, st.integers(1, 6), norms())
@settings(deadline=None)
def test_a_box_without_walls_changes_nothing(seed, d, p):
    normals, offsets, x = hyperplanes(seed, 5, d)
    plain = hyperplane_distances(normals, offsets, x, p)
    for far in (1e6, math.inf):
        np.testing.assert_allclose(box_distances(normals, offsets, x, p, (-far, far)), plain, rtol=1e-12)


def test_a_box_that_touches_the_hyperplane_reaches_it():
    found = box_distances(np.array([[1.0, 1.0]]), np.array([-2.0]), np.zeros(2), math.inf, (0, 1))
    assert found == [1.0]


@given(seeds, norms(), st.floats(-300, 300))
@settings(deadline=None)
def test_the_scale_of_the_equation_does_not_matter(seed, p, exponent):
    normals, offsets, x = hyperplanes(seed, 4, 3)
    offsets = np.zeros(4)  # so that no scale underflows in <w, x> + b alone
    scale = 10.0**exponent
    for distance in (hyperplane_distances, lambda *some: box_distances(*some, (-2, 2))):
        found = distance(normals * scale, offsets, x, p)
        np.testing.assert_allclose(found, distance(normals, offsets, x, p), rtol=1e-9)


def test_one_point_per_hyperplane():
    normals, offsets, _ = hyperplanes(0, 4, 3)
    x = np.random.default_rng(1).uniform(-1, 1, (4, 3))
    found = hyperplane_distances(normals, offsets, x, 2)
    alone = [hyperplane_distances(normals[i : i + 1], offsets[i : i + 1], x[i], 2)[0] for i in range(4)]
    np.testing.assert_allclose(found, alone)


def test_shapes_and_norms_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"\(4, 3\)"):
        hyperplane_distances(np.zeros((4, 3)), np.zeros(4), np.zeros(2), 2)
    with pytest.raises(ValueError, match="p must be"):
        hyperplane_distances(np.zeros((4, 3)), np.zeros(4), np.zeros(3), 3)
