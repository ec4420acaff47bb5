"""Regions of networks with a forward of their own, against that forward."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings

from geometry.distances.distances import distances, nearest_boundary_points
from geometry.plane import Plane
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.region import region_at
from tests.graphs import graph_networks, pooled_networks
from tests.strategies import Case, norms, seeds

WINDOW = (-3.0, 3.0, -2.0, 2.0)


def assert_pieces(case: Case, seed: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    plane = Plane.through(*rng.uniform(-1, 1, (3, *case.input_shape)))
    regions = enumerate_regions(case.network, WINDOW, plane)
    assert np.isclose(regions.areas().sum(), 24, rtol=1e-9)
    assert len(regions.vertices) - len(regions.edges) + len(regions) == 1
    patterns = regions.patterns(np.arange(len(regions)))
    assert len(np.unique(patterns, axis=0)) == len(regions)
    places = rng.uniform((-3, -2), (3, 2), (samples, 2))
    located = regions.locate(places)
    pieces = regions.pieces[located]
    values = (pieces * np.column_stack([places, np.ones(samples)])[:, None]).sum(2)
    expected = case.network(torch.from_numpy(plane.embed(places))).numpy()
    np.testing.assert_allclose(values, expected, atol=1e-9)
    corners = case.network(torch.from_numpy(plane.embed(regions.vertices))).numpy()
    np.testing.assert_allclose(regions.vertex_logits, corners, atol=1e-9)


@given(graph_networks(), seeds)
@settings(max_examples=50, deadline=None)
def test_pieces_of_random_graphs_are_those_of_their_forward(case: Case, seed: int) -> None:
    assert_pieces(case, seed, 2000)


@given(pooled_networks(), seeds)
@settings(max_examples=10, deadline=None)
def test_pieces_of_residual_networks_with_max_pooling_are_those_of_torch(case: Case, seed: int) -> None:
    assert_pieces(case, seed, 10_000)


@given(graph_networks(), seeds, norms())
@settings(max_examples=40, deadline=None)
def test_within_d_B_a_graph_is_affine_and_at_d_B_it_bends(case: Case, seed: int, p: float) -> None:
    x = np.random.default_rng(seed).normal(size=(1, *case.input_shape))
    found = distances(case.network, x, p)
    region = region_at(case.network, x[0])
    V, a = region.V[-1], region.a[-1]
    radius = min(0.999 * float(found.d_B[0]), 5.0)
    steps = np.random.default_rng(seed).normal(size=(300, *case.input_shape))
    steps *= radius / np.linalg.norm(steps, p, axis=1, keepdims=True)
    there = x + steps
    values = case.network(torch.from_numpy(there)).numpy()
    np.testing.assert_allclose(values, there @ V.T + a, atol=1e-8 * (1 + np.abs(values).max()))
    if np.isfinite(found.d_B[0]):
        on_boundary = nearest_boundary_points(case.network, x, p, found)[0]
        assert region.contains(on_boundary[0])
