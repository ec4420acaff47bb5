"""Units that repeat an earlier one: by their values on the plane, and by the regions without this knowledge."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from torch import nn

from certify import brightness_contrast
from certify.parametric.composition import composed
from geometry import Plane, enumerate_regions
from geometry.network.network import Network, as_network
from geometry.regions.evaluation import plane_network
from geometry.regions.evaluation.equal_units import repeated_units
from geometry.regions.evaluation.exact_plane import ExactPlane
from tests.strategies import seeds

BOX = (0.0, 1.0)
WINDOW = (0.3, 1.9, -0.6, 0.5)


def convolutional(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    layers = [nn.Conv2d(1, 2, 3, 1, 1), nn.ReLU(), nn.Conv2d(2, 2, 3, 2), nn.LeakyReLU(0.1), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(2 * 2 * 2, 4), nn.ReLU(), nn.Linear(4, 2)).double().requires_grad_(False)


def image(seed: int) -> np.ndarray:
    """Two greys on black."""
    pixels = np.zeros((1, 6, 6))
    rng = np.random.default_rng(seed)
    pixels[0, 2:4, 2:4] = rng.choice([0.25, 0.75], (2, 2))
    return pixels


def of_parameters(seed: int) -> Network:
    return composed(convolutional(seed), brightness_contrast(image(seed), BOX))


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_marked_units_have_the_values_of_an_earlier_one(seed):
    network = of_parameters(seed)
    points = torch.from_numpy(np.random.default_rng(seed).uniform((0.3, -0.6), (1.9, 0.5), (200, 2)))
    marked = repeated_units(network.hidden, Plane.identity())
    assert marked[1] is not None
    for z, repeated in zip(network.preactivations(points), marked):
        columns = z.numpy().T
        for unit in np.flatnonzero(np.zeros(len(columns), bool) if repeated is None else repeated):
            assert np.abs(columns[:unit] - columns[unit]).max(axis=1).min() < 1e-12


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_the_regions_are_those_that_all_units_cut(seed):
    network = of_parameters(seed)
    fewer = enumerate_regions(network, WINDOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plane_network, "repeated_units", lambda layers, plane: (None,) * len(layers))
        every = enumerate_regions(network, WINDOW)
    assert len(fewer) == len(every)
    assert np.isclose(fewer.areas().sum(), every.areas().sum())
    sorted_patterns = [np.unique(regions.patterns(np.arange(len(regions))), axis=0) for regions in (fewer, every)]
    assert np.array_equal(*sorted_patterns)
    border = [np.sort(np.unique(regions.edge_unit)) for regions in (fewer, every)]
    assert np.array_equal(*border)


def test_a_convolution_of_different_pixels_repeats_nothing():
    network = as_network(convolutional(0), (1, 6, 6))
    plane = Plane.through(*np.random.default_rng(0).random((3, 1, 6, 6)))
    assert repeated_units(network.hidden, plane) == (None, None, None)


@given(seed=seeds)
@settings(max_examples=10, deadline=None)
def test_exact_rows_of_some_units_are_those_of_all(seed):
    regions = enumerate_regions(of_parameters(seed), WINDOW)
    plane = ExactPlane(regions.evaluated, regions.plane, regions.window, regions.levels)
    for layer, units in ((0, [1, 0]), (1, [3, 17]), (2, [5, 0]), (3, [2])):
        (pattern,) = plane.patterns(layer, [0])
        some, every = plane._values(layer, pattern, units), plane._values(layer, pattern, None)
        exponent = max(some.exponent, every.exponent)
        assert (some.to_exponent(exponent) == every[np.array(units)].to_exponent(exponent)).all()
