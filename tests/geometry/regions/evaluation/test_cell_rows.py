"""The rows of all cells at once: against exact arithmetic and torch's gradients, and maps that are made with them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings

from geometry import Plane, RegionMap, enumerate_regions
from geometry.network.network import as_network
from geometry.regions import tuning
from geometry.regions.evaluation.exact_plane import ExactPlane
from tests.geometry.regions.test_enumerate import WINDOW, assert_exact
from tests.strategies import Case, degenerate_mlps, mlp, mlps, seeds


@pytest.fixture
def always(monkeypatch):
    monkeypatch.setattr(tuning, "CELLS_PER_ROW", 10**9)


def not_narrow(regions: RegionMap) -> ExactPlane:
    return ExactPlane(regions.evaluated, regions.plane, regions.window, regions.levels)


def all_rows(plane: ExactPlane, layer: int):
    """(cells, units, 3) rows and errors of a layer on all cells of its level."""
    units, cells = plane.network.widths[layer], len(plane.levels[layer])
    unit, cell = np.tile(np.arange(units), cells), np.repeat(np.arange(cells), units)
    found = plane.float_rows(sum(plane.network.widths[:layer]) + unit, cell)
    return tuple(part.reshape(cells, units, 3) for part in found)


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_no_row_is_farther_from_the_exact_one_than_its_bound(seed):
    plane = not_narrow(enumerate_regions(mlp([2, 5, 5, 5, 2], seed), WINDOW))
    for layer in range(3):
        rows, errors = all_rows(plane, layer)
        assert plane._of_cells[layer] is not None
        for cell in range(0, len(rows), 7):
            (pattern,) = plane.patterns(layer, [cell])
            exact = plane._values(layer, pattern, None)
            scale = Fraction(1, 2**exact.exponent)
            for row, error, true in zip(rows[cell], errors[cell], exact.numerators):
                for a, e, b in zip(row, error, true):
                    assert abs(Fraction(float(a)) - b * scale) <= Fraction(float(e))


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_no_unit_changes_faster_than_the_bound_on_its_steepness(seed):
    network = mlp([2, 6, 6, 6, 2], seed)
    plane = not_narrow(enumerate_regions(network, WINDOW))
    for layer in range(3):
        all_rows(plane, layer)
        steepness = plane._of_cells[layer].steepness().numpy()
        points = np.random.default_rng(seed).uniform((-2, -1.5), (2, 1.5), (300, 2))
        x = torch.from_numpy(points).requires_grad_(True)
        z = network[: 2 * layer + 1](x)
        for unit in range(z.shape[1]):
            (gradient,) = torch.autograd.grad(z[:, unit].sum(), x, retain_graph=True)
            assert gradient.abs().max() <= steepness[unit]
        assert np.isfinite(steepness).all()


@pytest.mark.usefixtures("always")
@given(case=mlps(depth=3, width=12), seed=seeds)
@settings(max_examples=25, deadline=None)
def test_maps_made_with_them_are_exact(case: Case, seed: int) -> None:
    assert_exact(case, enumerate_regions(case.network, WINDOW), seed)


@pytest.mark.usefixtures("always")
@given(case=degenerate_mlps(depth=3, width=10), seed=seeds)
@settings(max_examples=25, deadline=None)
def test_maps_of_degenerate_networks_made_with_them_are_exact(case: Case, seed: int) -> None:
    assert_exact(case, enumerate_regions(case.network, WINDOW), seed)


def test_large_weights_leave_as_many_regions_as_one_by_one(monkeypatch):
    network = mlp([2, 20, 20, 20, 20, 2], 1)
    for layer in network[::2]:
        layer.weight.mul_(40)
    sizes = []
    for cells in (0, 10**9):
        monkeypatch.setattr(tuning, "CELLS_PER_ROW", cells)
        regions = enumerate_regions(network, WINDOW)
        patterns = regions.patterns(np.arange(len(regions)))
        sizes.append(np.unique(patterns, axis=0))
    assert np.array_equal(*sizes)


def test_where_they_do_not_fit_each_row_is_computed_alone(monkeypatch, always):
    import geometry.regions.evaluation.float_plane as module

    network = as_network(mlp([2, 12, 12, 2], 0), (2,))
    whole = enumerate_regions(network, WINDOW, Plane.identity())
    monkeypatch.setattr(module, "CELL_VALUES", 0)
    alone = enumerate_regions(network, WINDOW, Plane.identity())
    assert len(whole) == len(alone)
