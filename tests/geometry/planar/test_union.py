"""Unions of convex sets: a point lies in the union exactly if it lies in one of the sets, however many there are."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch

from geometry import enumerate_regions, reachable_set
from geometry.planar import union
from geometry.planar.union import convex_union
from models.networks.builders import random_network


def convex_sets(seed: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Polygons inscribed in ellipses, in a chain so that they are connected: polygons, corners and starts."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(3, 9, count)
    middles = np.cumsum(rng.normal(0, 0.3, (count, 2)), axis=0)
    rings = []
    for size, middle in zip(sizes, middles):
        angles = np.sort(rng.uniform(0, 2 * math.pi, size))
        rings.append(middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * rng.uniform(0.5, 2, 2))
    polygons = np.array([shapely.Polygon(ring) for ring in rings])
    return polygons, np.concatenate(rings), np.r_[0, np.cumsum(sizes)]


@pytest.mark.parametrize("seed", range(3))
def test_a_point_lies_in_the_union_exactly_if_it_lies_in_a_set(seed: int, monkeypatch):
    monkeypatch.setattr(union, "GROUP", 40)
    polygons, corners, starts = convex_sets(seed, 500)
    found = convex_union(corners, starts, 1e-13)
    low, high = corners.min(axis=0), corners.max(axis=0)
    places = shapely.points(np.random.default_rng(seed).uniform(low, high, (3000, 2)))
    tree = shapely.STRtree(polygons)
    inside = np.isin(np.arange(len(places)), tree.query(places, predicate="intersects")[0])
    assert 0.1 < inside.mean() < 0.9
    assert (shapely.intersects(found, places) == inside).all()


@pytest.mark.slow
def test_of_fifty_thousand_regions_the_union_loses_none():
    """A case in which one overlay of all of them silently loses some."""
    network = random_network(seed=23).double().requires_grad_(False)
    regions = enumerate_regions(network, (-130, 130, -130, 130))
    reached = reachable_set(network, [0.0, 0.0], 100, math.inf, regions=regions)
    assert len(reached) > 50_000
    inputs = np.random.default_rng(0).uniform(-100, 100, (20_000, 2))
    outputs = network(torch.from_numpy(inputs)).numpy()
    beyond = shapely.distance(shapely.points(np.concatenate([outputs, reached.images])), reached.polytope)
    assert beyond.max() <= 10 * float(np.hypot(*reached.errors))
