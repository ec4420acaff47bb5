"""Distances within a plane against searching it densely."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry import Plane, distances, enumerate_regions, region_at
from geometry.planar.plane_distances import nearest_on_lines, plane_distances
from tests.oracles import activation_patterns
from tests.strategies import mlp, norms


@settings(deadline=None, max_examples=30)
@given(norms(), st.integers(0, 1000))
def test_within_the_plane_one_has_to_go_at_least_as_far(p, seed):
    network = mlp([6, 9, 7, 3], seed)
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, 6)))
    x = plane.embed(np.array([[0.2, 0.1]]))
    found = distances(network, x, p)
    d_B, d_D = plane_distances(region_at(network, x[0]), plane, p)
    assert d_B >= found.d_B[0] * (1 - 1e-9)
    assert d_D >= found.d_D[0] * (1 - 1e-9)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_no_unit_switches_nearer_on_the_plane_and_one_does_there(p):
    network = mlp([6, 9, 7, 3], seed=4)
    plane = Plane.through(*np.random.default_rng(4).uniform(-1, 1, (3, 6)))
    place = np.array([0.2, 0.1])
    x = plane.embed(place[None])
    d_B, _ = plane_distances(region_at(network, x[0]), plane, p)
    angles = np.linspace(0, 2 * math.pi, 4001)
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lengths = np.linalg.norm(plane.embed(place + steps) - x, ord=p, axis=1)
    unit = steps / lengths[:, None]
    here = activation_patterns(network, x)[0]
    assert (activation_patterns(network, plane.embed(place + 0.999 * d_B * unit)) == here).all()
    assert (activation_patterns(network, plane.embed(place + 1.01 * d_B * unit)) != here).any()


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_the_nearest_boundary_on_the_plane_is_nearest_and_on_the_boundary(p):
    network = mlp([6, 12, 8, 3], seed=1)
    plane = Plane.through(*np.random.default_rng(7).uniform(-1, 1, (3, 6)))
    regions = enumerate_regions(network, (-3, 3, -3, 3), plane)
    lines = [line for line, _ in regions.decision_boundary()]
    place = np.array([0.3, -0.4])
    apart, nearest = nearest_on_lines(lines, place, p, plane)
    assert nearest is not None
    here, there = plane.embed(np.stack([place, nearest]))
    assert np.isclose(np.linalg.norm(here - there, ord=p), apart)
    dense = np.concatenate([a + np.linspace(0, 1, 50)[:, None] * (b - a) for line in lines for a, b in pairwise(line)])
    others = np.linalg.norm(plane.embed(dense) - here, ord=p, axis=1)
    assert apart <= others.min() * (1 + 1e-6)
    top = np.sort(regions.logits_at(nearest[None])[0][0])
    assert top[-1] - top[-2] < 1e-8


def test_no_boundary_is_infinitely_far():
    plane = Plane.identity()
    assert nearest_on_lines([], np.zeros(2), 2, plane) == (math.inf, None)
