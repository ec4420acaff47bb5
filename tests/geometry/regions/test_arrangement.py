"""The enumeration against an exact rational line arrangement, family by family."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import geometry.regions.evaluation.plane_network
from geometry import RegionMap, enumerate_regions
from geometry.regions import tuning
from tests.arrangement import Cell, adjacent_pairs, exact_regions
from tests.families import FAMILIES, Drawn, draw, drawn
from tests.oracles import brute_force_regions

EACH = {"twenty_layers": 1}  # networks in every run; of the other families eight


def assert_same(case: Drawn, regions: RegionMap) -> None:
    """Counts, patterns, areas, adjacency, pieces and classes are those of the arrangement."""
    cells = exact_regions(case.network, case.window, case.plane)
    patterns = [tuple(row) for row in regions.patterns(np.arange(len(regions))).tolist()]
    assert len(set(patterns)) == len(patterns)
    by_pattern = {cell.pattern: i for i, cell in enumerate(cells)}
    assert set(patterns) == set(by_pattern)
    order = [by_pattern[pattern] for pattern in patterns]
    assert_areas(regions, [cells[i] for i in order])
    ours = {(i, int(j)) for i in range(len(regions)) for j in regions.neighbours(i) if i < j}
    place = np.argsort(order)
    assert ours == {tuple(sorted((int(place[i]), int(place[j])))) for i, j in adjacent_pairs(cells)}
    assert_pieces(regions, [cells[i] for i in order])


def assert_areas(regions: RegionMap, cells: list[Cell]) -> None:
    s0, s1, t0, t1 = map(Fraction, regions.window)
    expected, whole = np.array([float(cell.area) for cell in cells]), float((s1 - s0) * (t1 - t0))
    areas = regions.areas()
    assert (areas > 0).all()
    assert np.allclose(areas, expected, rtol=1e-5, atol=0)
    assert np.isclose(areas.sum(), whole, rtol=1e-7)


def assert_pieces(regions: RegionMap, cells: list[Cell]) -> None:
    expected = np.array([[[float(x) for x in row] for row in cell.rows] for cell in cells])
    assert expected.shape == regions.pieces.shape
    sizes = np.abs(expected).max(axis=(0, 1)) + np.abs(expected).max() * 1e-6
    assert (np.abs(regions.pieces - expected) <= 1e-9 * sizes).all()
    largest = []
    for cell in cells:
        logits = cell.logits(cell.centroid)
        scores = logits if len(logits) > 1 else [Fraction(0), *logits]  # one logit: class 1 where it is positive
        largest.append(scores.index(max(scores)))
    assert regions.classes.tolist() == largest


@pytest.mark.parametrize("family", FAMILIES)
def test_regions_are_those_of_the_exact_arrangement(family: str) -> None:
    for seed in range(EACH.get(family, 8)):
        case = draw(family, seed)
        assert_same(case, enumerate_regions(case.network, case.window, case.plane))


@pytest.mark.parametrize("family", ["gaussian", "integer", "zero_bias", "duplicate", "near_duplicate", "unit_scales"])
def test_so_they_are_when_the_network_is_evaluated_in_tiles(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        geometry.regions.evaluation.plane_network, "worth_tiling", lambda layers, points: len(layers) > 0
    )
    monkeypatch.setattr(tuning, "TILE", 8)
    for seed in range(100, 104):
        case = draw(family, seed)
        assert_same(case, enumerate_regions(case.network, case.window, case.plane))


@pytest.mark.parametrize("family", ["leaky", "integer", "near_duplicate", "concurrent", "twenty_layers"])
def test_vertices_lie_as_near_to_where_their_lines_meet_as_is_said(family: str) -> None:
    for seed in range(1118, 1119 if family == "twenty_layers" else 1124):
        case = draw(family, seed)
        regions = enumerate_regions(case.network, case.window, case.plane)
        exact = regions.exact()
        for vertex, (s, t) in enumerate(regions.vertices.tolist()):
            x, y, w = exact.point(vertex)
            off = abs(Fraction(x, w) - Fraction(s)) + abs(Fraction(y, w) - Fraction(t))
            assert off <= Fraction(regions.subdivision.spread[vertex])


@pytest.mark.skipif(settings.get_current_profile_name() != "search", reason="a search: ten thousand networks")
@given(st.sampled_from(sorted(FAMILIES)).flatmap(drawn))
@settings(max_examples=10_000, deadline=None)
def test_so_they_are_in_a_long_search(case: Drawn) -> None:
    assert_same(case, enumerate_regions(case.network, case.window, case.plane))


def test_the_arrangement_has_the_areas_of_polygons_cut_in_floats() -> None:
    for seed in range(6):
        case = draw("gaussian", seed)
        ours = sorted(float(cell.area) for cell in exact_regions(case.network, case.window, case.plane))
        theirs = sorted(polygon.area for polygon in brute_force_regions(case.network, case.window))
        assert np.allclose(ours, theirs, rtol=1e-9, atol=1e-12)
