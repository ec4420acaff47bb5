"""Exactness of the enumeration: against brute force, dense sampling, and the network itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

import geometry.regions.evaluation.plane_network
import geometry.regions.evaluation.tiled_signs
from geometry import Plane, RegionMap, UnsupportedLayerError, enumerate_regions
from geometry.computation.cancellation import CancelledError
from geometry.regions import tuning
from geometry.regions.subdivision import TooManyRegionsError
from tests.oracles import brute_force_regions, preactivation_rows
from tests.slow import others_slow
from tests.strategies import Case, conv_networks, degenerate_mlps, mlp, mlps, planes, seeds

WINDOW = (-2.0, 2.0, -1.5, 1.5)
AREA = 12.0


def assert_exact(case: Case, regions: RegionMap, seed: int = 0, samples: int = 4000) -> None:
    """The map is watertight, its regions have the patterns it says, all distinct, and none that was sampled lacks."""
    s0, s1, t0, t1 = regions.window
    area = (s1 - s0) * (t1 - t0)
    assert len(regions.vertices) - len(regions.edges) + len(regions) == 1
    assert regions.areas().min() > -1e-12 * area
    assert np.isclose(regions.areas().sum(), area, rtol=1e-12)
    patterns = regions.patterns(np.arange(len(regions)))
    thick = regions.areas() > 1e-10 * area  # beyond the resolution of floats; all there are in ordinary networks
    assert len(np.unique(patterns[thick], axis=0)) == thick.sum()
    at_centroids = preactivation_rows(case.network, regions.plane.embed(regions.centroids()))
    error = 1e-9 * (1 + np.abs(at_centroids).max(axis=0))
    clear = np.abs(at_centroids) > error
    assert ((at_centroids > 0) == patterns)[clear].all()
    points = np.random.default_rng(seed).uniform((s0, t0), (s1, t1), (samples, 2))
    sampled = preactivation_rows(case.network, regions.plane.embed(points))
    sure = ((np.abs(sampled) > error) | (np.abs(at_centroids) <= error).all(axis=0)).all(axis=1)
    found = regions.locate(points)
    assert (found >= 0).all()
    clear = (np.abs(sampled) > error)[sure]
    assert ((sampled[sure] > 0) == patterns[found[sure]])[clear].all()


@given(mlps(depth=3, width=12), seeds)
@settings(max_examples=60, deadline=None)
def test_generic_networks(case: Case, seed: int) -> None:
    assert_exact(case, enumerate_regions(case.network, WINDOW), seed)


@given(degenerate_mlps(depth=3, width=10), seeds)
@settings(max_examples=60, deadline=None)
def test_degenerate_networks(case: Case, seed: int) -> None:
    assert_exact(case, enumerate_regions(case.network, WINDOW), seed)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_planes_through_convolutional_and_wide_inputs(data: st.DataObject) -> None:
    case = data.draw(st.one_of(conv_networks(), mlps(inputs=5), degenerate_mlps(inputs=4)))
    plane = data.draw(planes(case.input_shape))
    assert_exact(case, enumerate_regions(case.network, WINDOW, plane))


@given(st.one_of(mlps(depth=2, width=8), degenerate_mlps(depth=2, width=6)))
@settings(max_examples=40, deadline=None)
def test_the_regions_are_those_of_brute_force_splitting(case: Case) -> None:
    regions = enumerate_regions(case.network, WINDOW)
    expected = [polygon for polygon in brute_force_regions(case.network, WINDOW) if polygon.area > 1e-9]
    areas = regions.areas()
    assert (areas > 1e-9).sum() == len(expected)
    inside = np.array([polygon.representative_point().coords[0] for polygon in expected])
    assert np.allclose(areas[regions.locate(inside)], [polygon.area for polygon in expected], rtol=1e-6, atol=1e-9)


@given(st.one_of(mlps(depth=3, width=12), degenerate_mlps(depth=3, width=8), conv_networks()), seeds)
@settings(max_examples=40, deadline=None)
def test_tiles_change_nothing(case: Case, seed: int) -> None:
    plane = Plane.through(*np.random.default_rng(seed).uniform(-1, 1, (3, *case.input_shape)))
    direct = enumerate_regions(case.network, WINDOW, plane)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: len(layers) > 0)
        patch.setattr(tuning, "TILE", 8)
        tiled = enumerate_regions(case.network, WINDOW, plane)
        logits = tiled.vertex_logits
        assert_exact(case, tiled)
    assert len(tiled) == len(direct)
    assert np.allclose(np.sort(tiled.areas()), np.sort(direct.areas()), atol=1e-10)
    with torch.no_grad():
        expected = case.network(torch.from_numpy(plane.embed(tiled.vertices))).numpy()
    assert np.allclose(logits, expected, atol=1e-9)


DISTANCES = [0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-8, 1e-6]


@pytest.mark.parametrize("distance", others_slow(DISTANCES, quick=(0, 1e-14, 1e-11, 1e-6)))
@pytest.mark.parametrize("kind", ["concurrent", "duplicate"])
def test_lines_that_nearly_coincide(kind: str, distance: float) -> None:
    rng = np.random.default_rng(5)
    normals = np.stack([np.cos(angles := rng.uniform(0, np.pi, 24)), np.sin(angles)], axis=1)
    weights, bias = np.tile(normals, (2, 1)), np.tile(-normals @ [0.3, 0.1], 2)
    if kind == "duplicate":
        bias += np.tile(rng.normal(size=24), 2)
    weights, bias = weights + distance * rng.normal(size=weights.shape), bias + distance * rng.normal(size=48)
    network = mlp([2, 48, 10, 2], seed=1)
    network[0].weight.copy_(torch.from_numpy(weights))
    network[0].bias.copy_(torch.from_numpy(bias))
    assert_exact(Case(network, (2,)), enumerate_regions(network, WINDOW))


def line_network(lines: list[tuple[float, float, float]]) -> nn.Sequential:
    """One hidden unit per line w_s s + w_t t + b."""
    network = mlp([2, len(lines), 2], seed=0)
    network[0].weight.copy_(torch.tensor([line[:2] for line in lines]))
    network[0].bias.copy_(torch.tensor([line[2] for line in lines]))
    return network


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([(1, 0, 0), (1, 0, 0), (-2, 0, 0)], 2),  # three times the same line
        ([(1, 0, 0), (0, 1, 0), (1, 1, 0), (1, -1, 0)], 8),  # all through one point
        ([(1, 0, 2), (0, 1, -1.5)], 1),  # along the window's sides
        ([(1.5, -2, 0)], 2),  # through two of the window's corners
        ([(0, 0, 0), (0, 0, 1), (0, 0, -1)], 1),  # no lines at all
        ([(1, 0, k / 4) for k in range(-3, 4)] + [(0, 1, k / 4) for k in range(-3, 4)], 64),  # a grid
        ([(1, 0, -1 / 3), (0, 1, -1 / 3), (1, 1, -2 / 3), (1, -2, 1 / 3)], 8),  # a point that floats miss
        ([(1, 0, k / 4) for k in (-1, 0, 1)] + [(0, 1, k / 4) for k in (-1, 0, 1)] + [(1, 1, 0), (1, -1, 0)], 24),
    ],
)
def test_degenerate_arrangements_have_the_regions_one_counts_by_hand(lines: list, expected: int) -> None:
    network = line_network(lines)
    regions = enumerate_regions(network, WINDOW)
    assert len(regions) == expected
    assert_exact(Case(network, (2,)), regions)


def test_an_identically_zero_unit_is_off_and_splits_nothing() -> None:
    network = mlp([2, 4, 4, 2], seed=3)
    before = len(enumerate_regions(network, WINDOW))
    network[2].weight[0], network[2].bias[0] = 0, 0
    with torch.no_grad():
        network[4].weight[:, 0] = 0
    regions = enumerate_regions(network, WINDOW)
    assert len(regions) <= before
    assert not regions.patterns(np.arange(len(regions)))[:, 4].any()


def test_a_network_without_hidden_layer_has_one_region() -> None:
    network = nn.Sequential(nn.Linear(2, 3)).double()
    regions = enumerate_regions(network, WINDOW)
    assert len(regions) == 1
    assert regions.pattern(0).shape == (0,)
    assert len(regions.decision_boundary()) > 0


def test_max_regions_gives_a_smaller_window_that_is_exact() -> None:
    case = Case(mlp([2, 30, 30, 2], seed=0), (2,))
    whole = enumerate_regions(case.network, WINDOW)
    part = enumerate_regions(case.network, WINDOW, max_regions=100)
    assert not whole.truncated
    assert part.truncated
    assert 20 <= len(part) <= 100
    assert part.window[0] > WINDOW[0]
    assert part.window[1] < WINDOW[1]
    assert_exact(case, part)
    enough = enumerate_regions(case.network, WINDOW, max_regions=len(whole))
    assert (len(enough), enough.truncated) == (len(whole), False)


def test_max_regions_ends_where_all_lines_meet_in_the_centre() -> None:
    angles = np.linspace(0, np.pi, 40, endpoint=False)
    network = line_network([(np.cos(a), np.sin(a), 0.0) for a in angles])
    regions = enumerate_regions(network, WINDOW, max_regions=50)
    assert regions.truncated
    assert 1 <= len(regions) <= 50


@pytest.mark.slow
def test_max_regions_stops_in_time_on_wide_networks() -> None:
    regions = enumerate_regions(mlp([2, 5000, 5000, 2], seed=0), WINDOW, max_regions=2000)
    assert regions.truncated
    assert len(regions) <= 2000


@given(st.one_of(mlps(depth=3, width=12), degenerate_mlps(depth=3, width=10)))
@settings(max_examples=40, deadline=None)
def test_as_many_regions_as_are_allowed_are_never_too_many(case: Case) -> None:
    """In whatever way they are counted, however little room there is before it is asked whether they are too many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: len(layers) > 1)
        patch.setattr(geometry.regions.evaluation.tiled_signs, "FIRST_CHECK", 1)
        whole = enumerate_regions(case.network, WINDOW)
        assert len(enumerate_regions(case.network, WINDOW, max_regions=len(whole), shrink=False)) == len(whole)


def test_too_many_regions_are_refused_before_all_values_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: len(layers) > 1
    )
    monkeypatch.setattr(geometry.regions.evaluation.tiled_signs, "FIRST_CHECK", 1)
    network = mlp([2, 40, 40, 2], seed=0)
    with pytest.raises(TooManyRegionsError) as refused:
        enumerate_regions(network, WINDOW, max_regions=900, shrink=False)
    assert refused.traceback[-1].name == "_refuse_too_many"
    assert len(enumerate_regions(network, WINDOW)) > 900


@pytest.mark.parametrize("tiled", [True, False])
def test_it_gives_up_whenever_it_is_asked_to(tiled: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: tiled)
    network, asked = mlp([2, 20, 20, 2], seed=0), itertools.count()
    enumerate_regions(network, WINDOW, cancelled=lambda: next(asked) < 0)
    for last in range(next(asked)):
        asked = itertools.count()
        with pytest.raises(CancelledError):
            enumerate_regions(network, WINDOW, cancelled=lambda asked=asked, last=last: next(asked) == last)
        assert next(asked) == last + 1


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ((0, 0, 0, 1), "area"),
        ((1, 0, 0, 1), "area"),
        ((0, 1, np.nan, 1), "finite"),
        ((0, 1), "four numbers"),
        ("here", "four numbers"),
        ((1e9, 1e9 + 1e-6, 0, 1), "too small"),
    ],
)
def test_a_bad_window_is_named(window: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        enumerate_regions(mlp([2, 3, 2], seed=0), window)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="max_regions"):
        enumerate_regions(mlp([2, 3, 2], seed=0), WINDOW, max_regions=0)
    with pytest.raises(ValueError, match="does not fit"):
        enumerate_regions(mlp([3, 3, 2], seed=0), WINDOW)
    with pytest.raises(UnsupportedLayerError, match="Sigmoid"):
        enumerate_regions(nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()), WINDOW)
    broken = mlp([2, 3, 2], seed=0)
    broken[0].weight[0, 0] = float("nan")
    with pytest.raises(ValueError, match="NaN"):
        enumerate_regions(broken, WINDOW)


def test_the_network_is_not_changed() -> None:
    network = mlp([2, 6, 2], seed=0).float().train().requires_grad_(True)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    enumerate_regions(network, WINDOW).classes  # noqa: B018
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert network[0].weight.dtype == torch.float32
