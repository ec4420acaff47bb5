"""What a RegionMap says about its regions, against the network."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import geometry.regions.evaluation.plane_network
from geometry import Plane, enumerate_regions
from geometry.network.rational import RationalNetwork
from tests.oracles import affine_pieces
from tests.strategies import Case, conv_networks, degenerate_mlps, mlp, mlps, seeds

WINDOW = (-1.5, 1.5, -1.0, 2.0)


def predict(case: Case, plane: Plane, points: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return case.network(torch.from_numpy(plane.embed(points))).numpy()


@given(st.one_of(mlps(), degenerate_mlps(), conv_networks()), seeds)
@settings(max_examples=50, deadline=None)
def test_pieces_give_the_networks_logits(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane = Plane.through(*rng.uniform(-1, 1, (3, *case.input_shape)))
    regions = enumerate_regions(case.network, WINDOW, plane)
    points = rng.uniform((-1.5, -1.0), (1.5, 2.0), (2000, 2))
    pieces = regions.pieces[regions.locate(points)]
    logits = np.einsum("nkc,nc->nk", pieces, np.column_stack([points, np.ones(len(points))]))
    expected = predict(case, plane, points)
    assert np.allclose(logits, expected, atol=1e-9 * (1 + np.abs(expected).max()))


def test_pieces_are_the_autograd_jacobian() -> None:
    case = Case(mlp([2, 9, 7, 3], seed=4), (2,))
    regions = enumerate_regions(case.network, WINDOW)
    largest = int(regions.areas().argmax())
    gradients, offsets = affine_pieces(case.network, regions.centroids()[largest])
    assert np.allclose(regions.pieces[largest], np.column_stack([gradients[-1], offsets[-1]]))


def test_a_network_without_hidden_layers_is_one_region() -> None:
    linear = nn.Linear(2, 3).double()
    regions = enumerate_regions(nn.Sequential(linear), WINDOW)
    assert len(regions) == 1
    weights = torch.column_stack([linear.weight, linear.bias]).detach().numpy()
    assert np.allclose(regions.pieces[0], weights, rtol=1e-15, atol=0)


@given(st.one_of(mlps(), degenerate_mlps()))
@settings(max_examples=40, deadline=None)
def test_classes_and_margins_are_those_at_the_centroid(case: Case) -> None:
    regions = enumerate_regions(case.network, WINDOW)
    logits = predict(case, regions.plane, regions.centroids())
    top = np.sort(logits, axis=1)
    margin = top[:, -1] - top[:, -2]
    clear = margin > 1e-9
    assert (regions.classes == logits.argmax(axis=1))[clear].all()
    assert np.allclose(regions.margins(), margin, atol=1e-9)


@given(st.one_of(mlps(), degenerate_mlps()))
@settings(max_examples=30, deadline=None)
def test_polygons_centroids_and_neighbours_agree_with_shapely(case: Case) -> None:
    regions = enumerate_regions(case.network, WINDOW)
    polygons = [shapely.Polygon(regions.polygon(i)) for i in range(len(regions))]
    assert np.allclose(regions.areas(), [polygon.area for polygon in polygons])
    wide = regions.areas() > 1e-6
    centroids = np.array([polygon.centroid.coords[0] for polygon in polygons])
    assert np.allclose(regions.centroids()[wide], centroids[wide], atol=1e-7)
    for i in range(0, len(regions), max(1, len(regions) // 5)):
        for j in regions.neighbours(i):
            assert i in regions.neighbours(int(j))
            assert polygons[i].distance(polygons[int(j)]) == 0
    assert (regions.edge_regions.max(axis=1) >= 0).all()
    assert ((regions.edge_regions == -1).any(axis=1) == (regions.edge_unit == -1)).all()


@given(mlps(depth=2, width=8))
@settings(max_examples=30, deadline=None)
def test_a_unit_changes_sign_across_the_edges_it_made(case: Case) -> None:
    regions = enumerate_regions(case.network, WINDOW)
    inner = np.flatnonzero(regions.edge_unit >= 0)
    left, right = regions.edge_regions[inner].T
    unit = regions.edge_unit[inner]
    assert (
        regions.patterns(left)[np.arange(len(inner)), unit] != regions.patterns(right)[np.arange(len(inner)), unit]
    ).all()
    assert (regions.patterns(left).sum(axis=1) == regions.active_units()[left]).all()


@given(st.one_of(mlps(depth=2, width=10, classes=5), degenerate_mlps(depth=2), conv_networks()), seeds)
@settings(max_examples=60, deadline=None)
def test_the_decision_boundary_is_where_the_class_changes(case: Case, seed: int) -> None:
    rng = np.random.default_rng(seed)
    plane = Plane.identity() if case.input_shape == (2,) else Plane.through(*rng.uniform(-1, 1, (3, *case.input_shape)))
    regions = enumerate_regions(case.network, WINDOW, plane)
    lines = regions.decision_boundary()
    scale = np.abs(regions.vertex_logits).max() + 1
    for polyline, (a, b) in lines:
        assert a < b
        on_it = np.concatenate([polyline, (polyline[1:] + polyline[:-1]) / 2])
        logits = predict(case, plane, on_it)
        assert np.allclose(logits[:, a], logits[:, b], atol=1e-9 * scale)
        assert (logits.max(axis=1) - logits[:, a] < 1e-9 * scale).all()
    drawn = shapely.MultiLineString([polyline for polyline, _ in lines]).buffer(1e-7) if lines else shapely.Polygon()
    start = rng.uniform((-1.5, -1.0), (1.5, 2.0), (3000, 2))
    end = np.clip(start + rng.normal(0, 0.05, start.shape), (-1.5, -1.0), (1.5, 2.0))
    before, after = predict(case, plane, start), predict(case, plane, end)
    sure = np.minimum(*(np.diff(np.sort(z, axis=1)[:, -2:])[:, 0] for z in (before, after))) > 1e-6 * scale
    changes = np.flatnonzero(sure & (before.argmax(axis=1) != after.argmax(axis=1)))
    steps = shapely.linestrings(np.stack([start[changes], end[changes]], axis=1))
    assert shapely.intersects(steps, drawn).all()


def test_polylines_are_joined() -> None:
    regions = enumerate_regions(mlp([2, 40, 2], seed=2), WINDOW)
    segments = sum(len(polyline) - 1 for polyline, _ in regions.decision_boundary())
    assert segments > 5 * len(regions.decision_boundary())


def test_locate_says_minus_one_outside_the_window() -> None:
    regions = enumerate_regions(mlp([2, 6, 2], seed=0), WINDOW)
    found = regions.locate([[0, 0], [5, 0], [0, -3], [np.nan, 0], [-1.5, -1.0], [1.5, 2.0]])
    assert (found >= 0).tolist() == [True, False, False, False, True, True]
    with pytest.raises(ValueError, match="plane coordinates"):
        regions.locate([1.0, 2.0, 3.0])


@pytest.mark.slow
def test_a_million_points_are_located() -> None:
    regions = enumerate_regions(mlp([2, 20, 2], seed=0), WINDOW)
    points = np.random.default_rng(0).uniform((-1.5, -1.0), (1.5, 2.0), (1_000_000, 2))
    found = regions.locate(points)
    counts = np.bincount(found, minlength=len(regions)) / len(points)
    assert np.allclose(counts, regions.areas() / 9, atol=3e-3)


@pytest.mark.parametrize("tiled", [True, False])
def test_what_a_map_says_does_not_depend_on_what_it_was_asked_before(
    tiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: tiled)
    first, second = (enumerate_regions(mlp([2, 12, 10, 3], seed=3), WINDOW) for _ in range(2))
    first.logits_at(np.random.default_rng(0).uniform(-1, 1, (500, 2)))
    told = first.classes, first.areas(), first.pieces, first.patterns(np.arange(len(first))), first.decision_boundary()
    other = second.decision_boundary(), second.patterns(np.arange(len(second))), second.pieces, second.areas()
    for one, another in zip(told[:-1], (second.classes, *reversed(other[1:]))):
        assert np.array_equal(one, another)
    assert [pair for _, pair in told[-1]] == [pair for _, pair in other[0]]
    assert all(np.array_equal(mine, yours) for (mine, _), (yours, _) in zip(told[-1], other[0]))


@pytest.mark.parametrize("tiled", [True, False])
def test_logits_are_no_farther_from_the_exact_ones_than_their_errors(
    tiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: tiled)
    regions = enumerate_regions(mlp([2, 12, 10, 3], seed=3), WINDOW)
    points = np.random.default_rng(0).uniform((-1.5, -1.0), (1.5, 2.0), (40, 2))
    logits, errors = regions.logits_at(points)
    for point, row in zip(points, logits):
        exact = RationalNetwork(regions.network).preactivations(point)[-1].fractions()
        for value, error, true in zip(row, errors, exact):
            assert abs(Fraction(float(value)) - true) <= Fraction(float(error))


def test_a_network_without_hidden_layers_has_one_piece() -> None:
    regions = enumerate_regions(mlp([2, 3], seed=1), (-1, 1, -1, 1))
    assert len(regions) == 1
    assert regions.pieces.shape == (1, 3, 3)
