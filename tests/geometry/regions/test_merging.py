"""Regions of max-pooling are where another input wins, by torch's own indices of the winners."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from geometry.network.graph import Comparisons
from geometry.plane import Plane
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.region_map import RegionMap
from tests.graphs import pooled_networks
from tests.strategies import Case, seeds

WINDOW = (-2.0, 2.0, -2.0, 2.0)
SAMPLES = 20_000


class Pooled(nn.Module):
    """A convolution, max-pooling, and two linear layers with a ReLU between them; or a ReLU before the pooling, too."""

    def __init__(self, pool: nn.MaxPool2d, size: int, outputs: int, rectified: bool) -> None:
        super().__init__()
        self.conv, self.pool, self.rectified = nn.Conv2d(1, 2, 3), pool, rectified
        self.first, self.last = nn.LazyLinear(3), nn.Linear(3, outputs)
        self.forward(torch.zeros(1, 1, size, size))

    def forward(self, x: Tensor) -> Tensor:
        images = torch.relu(self.conv(x)) if self.rectified else self.conv(x)
        return self.last(torch.relu(self.first(self.pool(images).flatten(1))))

    def branches(self, x: Tensor) -> np.ndarray:
        """(n, outputs of the pool and ReLUs) which input of each window is the largest, and which ReLU is on.

        With a ReLU before the pooling, windows in which none is on have no largest.
        """
        values, winners = nn.functional.max_pool2d(
            self.conv(x), self.pool.kernel_size, self.pool.stride, self.pool.padding, return_indices=True
        )
        if self.rectified:
            winners, values = torch.where(values > 0, winners, -1), torch.relu(values)
        return torch.cat([winners.flatten(1), (self.first(values.flatten(1)) > 0).long()], 1).numpy()


POOLS = [nn.MaxPool2d(2), nn.MaxPool2d(2, 1), nn.MaxPool2d(3, 2, 1), nn.MaxPool2d((1, 3), 1)]


@st.composite
def pooled(draw: st.DrawFn, integers: bool = False) -> Case:
    torch.manual_seed(draw(seeds))
    size = draw(st.integers(5, 6))
    network = Pooled(draw(st.sampled_from(POOLS)), size, 2, draw(st.booleans())).double().eval().requires_grad_(False)
    if integers:
        for parameter in network.parameters():
            parameter.copy_(torch.randint(-1, 2, parameter.shape))
    return Case(network, (1, size, size))


def plane_of(case: Case, seed: int, integers: bool = False) -> Plane:
    rng = np.random.default_rng(seed)
    if not integers:
        return Plane.through(*rng.uniform(-1, 1, (3, *case.input_shape)))
    directions = np.zeros((2, np.prod(case.input_shape)))
    directions[np.arange(2), rng.choice(directions.shape[1], 2, replace=False)] = 1
    origin, u, v = (part.reshape(case.input_shape) for part in (np.zeros(directions.shape[1]), *directions))
    return Plane(origin, u, v)


def assert_tiled(regions: RegionMap, case: Case) -> tuple[np.ndarray, np.ndarray]:
    """Convex polygons that share all vertices and tile the window, with their values; the samples and their regions."""
    assert np.isclose(regions.areas().sum(), 16, rtol=1e-9)
    assert len(regions.vertices) - len(regions.edges) + len(regions) == 1
    assert (np.unique(regions.ring) == np.arange(len(regions.vertices))).all()
    assert (np.bincount(regions.edges.ravel()) >= 2).all()
    for polygon, area in zip(regions.polygons, regions.areas()):
        assert polygon.is_valid and np.isclose(polygon.convex_hull.area, area, rtol=1e-9, atol=1e-12)
    patterns = regions.patterns(np.arange(len(regions)))
    assert len(np.unique(patterns, axis=0)) == len(regions)
    places = np.random.default_rng(0).uniform(-2, 2, (SAMPLES, 2))
    located = regions.locate(places)
    values = (regions.pieces[located] * np.column_stack([places, np.ones(SAMPLES)])[:, None]).sum(2)
    x = torch.from_numpy(regions.plane.embed(places))
    np.testing.assert_allclose(values, case.network(x).numpy(), atol=1e-9)
    at_vertices = case.network(torch.from_numpy(regions.plane.embed(regions.vertices))).numpy()
    np.testing.assert_allclose(regions.vertex_logits, at_vertices, atol=1e-9)
    return x, located


@given(pooled(), seeds)
@settings(max_examples=15, deadline=None)
def test_a_region_is_where_the_same_inputs_win(case: Case, seed: int) -> None:
    regions = enumerate_regions(case.network, WINDOW, plane_of(case, seed))
    x, located = assert_tiled(regions, case)
    _, winners = np.unique(case.network.branches(x), axis=0, return_inverse=True)
    pairs = np.unique(np.column_stack([winners.ravel(), located]), axis=0)
    assert len(pairs) == len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1]))


@given(pooled(integers=True), seeds)
@settings(max_examples=15, deadline=None)
def test_windows_with_ties_and_lines_through_one_point(case: Case, seed: int) -> None:
    assert_tiled(enumerate_regions(case.network, WINDOW, plane_of(case, seed, integers=True)), case)


@given(pooled_networks(), seeds)
@settings(max_examples=8, deadline=None)
def test_behind_a_residual_block(case: Case, seed: int) -> None:
    plane = plane_of(case, seed)
    regions = enumerate_regions(case.network, WINDOW, plane)
    assert_tiled(regions, case)
    finer = enumerate_regions(case.network, WINDOW, plane, merge=False)
    owner = regions.locate(finer.centroids())
    np.testing.assert_allclose(np.bincount(owner, finer.areas(), len(regions)), regions.areas(), atol=1e-9)


def test_what_a_map_computes_from_exact_arithmetic_is_that_of_the_merged_regions() -> None:
    torch.manual_seed(3)
    case = Case(Pooled(POOLS[0], 6, 2, rectified=False).double().eval().requires_grad_(False), (1, 6, 6))
    regions = enumerate_regions(case.network, WINDOW, plane_of(case, 0))
    exact = regions.exact()
    for i in range(0, len(regions), 7):
        corners = np.array(exact.corners(i), dtype=float)
        np.testing.assert_allclose(corners, regions.polygon(i), atol=1e-12)
        piece = exact.logits(i).floats()
        np.testing.assert_allclose(piece, regions.pieces[i], atol=1e-9)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ([True, True, True], [True, False, True]),  # the first pair wins, so the second's comparison does not matter
        ([True, True, False], [False, True, False]),
        ([False, False, True], [False, False, True]),
    ],
)
def test_the_losers_comparison_does_not_matter(pattern: list[bool], expected: list[bool]) -> None:
    comparisons = Comparisons(np.array([2, 2, -1]), np.array([True, False, False]))
    assert comparisons.relevant(np.array([pattern])).tolist() == [expected]


@given(case=pooled(), seed=seeds)
@settings(max_examples=8, deadline=None)
def test_exact_arithmetic_on_a_finished_map_knows_the_corners_before_merging(case: Case, seed: int) -> None:
    plane = enumerate_regions(case.network, WINDOW, plane_of(case, seed)).exact()
    layer = len(plane.levels) - 2  # the cells of the last hidden layer, whose corners have other numbers now
    cells = np.arange(0, len(plane.levels[layer]), 9)
    middles = plane.levels[layer].middles(cells)[0]
    values = np.hstack([z for z, _ in plane.evaluated.running(middles, np.zeros(len(cells)), layer - 1)])
    bending = np.concatenate([one.bending() for one in plane.network.hidden[:layer]])
    for cell, at_middle in zip(cells.tolist(), values):
        pattern = np.zeros(len(at_middle), bool)
        plane._decide(layer, cell, pattern, bending)
        clear = bending & (np.abs(at_middle) > 1e-9)
        assert ((at_middle > 0) == pattern)[clear].all()
