"""Pieces and holes of class areas, against unions of clipped polygons and against known shapes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import torch
from torch import nn

from geometry import as_network, enumerate_regions
from geometry.regions.class_topology import class_topology
from models import mlp

WINDOW = (-2.0, 2.0, -2.0, 2.0)
FAR = 100.0
JOIN = 1e-7  # polygons that share a side overlap when they are this much larger


def united(network: nn.Module) -> tuple[list[int], list[int]]:
    """Pieces and holes of each class: the union of all regions, each clipped by the half-planes of its affine map."""
    regions = enumerate_regions(as_network(network, (2,)), WINDOW)
    pieces, holes = [], []
    for c in range(regions.pieces.shape[1]):
        parts = []
        for polygon, rows in zip(regions.polygons, regions.pieces):
            part = polygon
            for normal in np.delete(rows[c] - rows, c, axis=0):
                part = part.intersection(half_plane(normal))
            if part.area > 1e-13:
                parts.append(part.buffer(JOIN, join_style="mitre"))
        area = shapely.unary_union(parts)
        each = [part for part in getattr(area, "geoms", [area]) if not part.is_empty]
        pieces.append(len(each))
        holes.append(sum(shapely.Polygon(ring).area > 1e-10 for part in each for ring in part.interiors))
    return pieces, holes


def half_plane(row: np.ndarray) -> shapely.Polygon:
    """{row @ (s, t, 1) >= 0}, as a large square beside its line."""
    a, b, c = row
    length = np.hypot(a, b)
    if length == 0:
        return shapely.box(-FAR, -FAR, FAR, FAR) if c > 0 else shapely.Polygon()
    normal, foot = np.array([a, b]) / length, -c / length**2 * np.array([a, b])
    along = np.array([-normal[1], normal[0]])
    corners = [foot + FAR * (u * along + v * normal) for u, v in ((-1, 0), (1, 0), (1, 2), (-1, 2))]
    return shapely.Polygon(corners)


@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("seed", range(8))
def test_it_agrees_with_the_union_of_clipped_regions(classes: int, seed: int):
    network = mlp((2, 12, 12, classes), seed=100 * classes + seed).double().requires_grad_(False)
    network[-1].weight.mul_(torch.linspace(1, 3, 12))  # more varied areas
    points = torch.from_numpy(np.random.default_rng(seed).uniform(-2, 2, (500, 2)))
    network[-1].bias.sub_(network(points).mean(0))
    found = class_topology(enumerate_regions(as_network(network, (2,)), WINDOW))
    assert (found.pieces.tolist(), found.holes.tolist()) == united(network)


def diamond(radii: list[float]) -> nn.Sequential:
    """Class 1 where |s| + |t| lies between the first two radii, or the next two, and so on."""
    first = nn.Linear(2, 4)
    norm = nn.Linear(4, len(radii))
    top = nn.Linear(len(radii), 2)
    network = nn.Sequential(first, nn.ReLU(), norm, nn.ReLU(), top).double().requires_grad_(False)
    first.weight.copy_(torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]]))
    first.bias.zero_()
    norm.weight.fill_(1)
    starts = [radius - 0.1 for radius in radii]
    norm.bias.copy_(-torch.tensor(starts))
    slopes, before = [], 0.0
    for k in range(len(radii)):
        slope = 1.0 if k % 2 == 0 else -1.0
        slopes.append(slope - before)
        before = slope
    top.weight.copy_(torch.tensor([[0.0] * len(radii), slopes]))
    top.bias.copy_(torch.tensor([0.0, -0.1]))
    return network


def test_a_diamond_is_one_piece_in_a_hole():
    found = class_topology(enumerate_regions(diamond([1.0]), WINDOW))
    assert found.pieces.tolist() == [1, 1]
    assert found.holes.tolist() == [0, 1]
    assert (found.closed, found.open) == (1, 0)


def test_rings_are_counted():
    found = class_topology(enumerate_regions(diamond([0.6, 1.1]), (-3, 3, -3, 3)))
    assert found.pieces.tolist() == [2, 1]
    assert found.holes.tolist() == [1, 1]
    assert (found.closed, found.open) == (2, 0)


def test_a_constant_class_is_one_piece_without_a_boundary():
    network = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)).requires_grad_(False)
    network[2].weight.zero_()
    network[2].bias.copy_(torch.tensor([1.0, 0.0]))
    found = class_topology(enumerate_regions(network, WINDOW))
    assert (found.pieces.tolist(), found.holes.tolist(), found.closed, found.open) == ([1, 0], [0, 0], 0, 0)


def test_a_straight_boundary_is_one_open_curve():
    found = class_topology(enumerate_regions(nn.Sequential(nn.Linear(2, 2)), WINDOW))
    assert (found.closed, found.open) in {(0, 1), (0, 0)}
    assert found.pieces.sum() == 1 + found.open
