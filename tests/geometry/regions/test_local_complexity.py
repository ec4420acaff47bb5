"""Local complexity against shapely's intersections, against dense samples, and against a line of which all is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from torch import nn

from geometry import as_network, enumerate_regions
from geometry.regions.local_complexity import local_complexity
from models import mlp

WINDOW = (-2.0, 2.0, -2.0, 2.0)
SEEDS = range(6)


def regions_of(seed: int, widths: tuple[int, ...] = (8, 8)):
    return enumerate_regions(as_network(mlp((2, *widths, 2), seed=seed), (2,)).to(torch.float64), WINDOW)


def test_a_line_through_a_disc_leaves_two_regions_and_its_chord():
    network = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Linear(1, 2)).requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0, 0.0]]))
    network[0].bias.fill_(-1)
    found = local_complexity(enumerate_regions(network, WINDOW), [[0.6, 0.0], [-1.0, 0.5]], 0.5)
    assert found.regions.tolist() == [2, 1]
    np.testing.assert_allclose(found.boundary, [2 * math.sqrt(0.5**2 - 0.4**2), 0], atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_the_number_of_polygons_that_meet_the_disc_and_the_length_of_edges_in_it(seed: int):
    regions, rng = regions_of(seed), np.random.default_rng(seed)
    points, radius = rng.uniform(-1.5, 1.5, (20, 2)), 0.4
    found = local_complexity(regions, points, radius)
    inner = regions.edges[regions.edge_unit >= 0]
    lines = shapely.linestrings(regions.vertices[inner])
    for point, count, length in zip(points, found.regions, found.boundary):
        disc = shapely.Point(point).buffer(radius, quad_segs=4096)
        assert count == sum(shapely.distance(polygon, shapely.Point(point)) <= radius for polygon in regions.polygons)
        assert length == pytest.approx(shapely.length(shapely.intersection(lines, disc)).sum(), abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_samples_of_the_disc_see_no_more_regions(seed: int):
    regions, rng = regions_of(seed), np.random.default_rng(seed)
    point, radius = np.array([0.2, -0.1]), 0.5
    angle, distance = rng.uniform(0, 2 * np.pi, 20_000), radius * np.sqrt(rng.uniform(0, 1, 20_000))
    samples = point + distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    seen = len(np.unique(regions.locate(samples)))
    count = int(local_complexity(regions, point[None], radius).regions[0])
    assert seen <= count <= seen + 3, "samples miss slivers alone"


@pytest.mark.parametrize(
    ("points", "radius", "says"),
    [([0.0, 0.0], 1.0, "shape"), ([[np.nan, 0.0]], 1.0, "finite"), ([[0.0, 0.0]], 0.0, "above 0"),
     ([[0.0, 0.0]], np.inf, "finite"), ([[0.0, 0.0]], np.nan, "above 0")],
)  # fmt: skip
def test_bad_points_and_radii_are_refused(points, radius, says):
    with pytest.raises(ValueError, match=says):
        local_complexity(regions_of(0), points, radius)


def test_no_points_have_no_complexity():
    assert len(local_complexity(regions_of(0), np.empty((0, 2)), 1.0).regions) == 0


def test_a_network_without_hidden_units_has_one_region_and_no_boundary():
    found = local_complexity(enumerate_regions(nn.Sequential(nn.Linear(2, 2)), WINDOW), [[0.0, 0.0]], 1.0)
    assert (found.regions.tolist(), found.boundary.tolist()) == ([1], [0.0])
