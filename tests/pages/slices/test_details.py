"""Numbers under the pictures of a plane: those of `geometry` and `certify` at the embedded points, box and all."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from certify import certified_radius
from figures.images.inputs import PIXELS
from geometry import Network, Plane, as_network, distances
from geometry.regions.raster import grid_points
from models import image_mlp
from pages.slices import along, heat_maps
from tests.slow import others_slow

IMAGES = np.random.default_rng(0).uniform(0, 1, (3, 1, 5, 5))
PLANE = Plane.through(*IMAGES)
WINDOW = (-2.0, 3.0, -2.0, 3.0)


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(0)
    return as_network(image_mlp((12, 8), (1, 5, 5), 3).eval(), (1, 5, 5)).detached().to(torch.float64)


def images(x: np.ndarray) -> np.ndarray:
    """(m,) which are: all pixels between 0 and 1."""
    pixels = x.reshape(len(x), -1)
    return (pixels.min(axis=1) >= 0) & (pixels.max(axis=1) <= 1)


@pytest.mark.parametrize("p", others_slow([2, math.inf], quick=(2,)))
@pytest.mark.parametrize("box", [None, PIXELS])
@pytest.mark.parametrize("quantity", ["d_B", "d_D", "fast-lin"])
def test_a_heat_map_holds_each_point_s_own_value_and_nothing_where_there_is_no_image(
    network, monkeypatch, quantity, box, p
):
    monkeypatch.setattr(heat_maps, "SIDES", (3, 5))
    steps = heat_maps.heat_steps(network, PLANE, WINDOW, quantity, p, box)(lambda: False)
    found = [item for name, item in steps if name == "map"][-1].ravel()
    x = PLANE.embed(grid_points(WINDOW, 5, 5))
    there = images(x) if box else np.ones(len(x), bool)
    assert there.any() and (box is None or not there.all())
    assert np.isnan(found[~there]).all()
    if quantity == "fast-lin":
        expected = [float(certified_radius(network, each[None], p, "fast-lin", box=box)[0]) for each in x[there]]
    else:
        expected = [getattr(distances(network, each[None], p, box=box), quantity)[0] for each in x[there]]
    assert found[there] == pytest.approx(expected, rel=heat_maps.TOLERANCE if quantity == "fast-lin" else 1e-6)


@pytest.mark.parametrize("box", [None, PIXELS])
def test_along_the_triangle_distances_are_those_of_the_images_on_the_way(network, box):
    ((_, (d_B, d_D)),) = along.along_steps(network, PLANE, PLANE.project(IMAGES), 2, box)(lambda: False)
    assert len(d_B) == 3 * along.PER_SIDE
    middle = along.PER_SIDE // 2  # of the way from the first image to the second
    exact = distances(network, ((IMAGES[0] + IMAGES[1]) / 2)[None], 2, box=box)
    assert (d_B[middle], d_D[middle]) == pytest.approx((exact.d_B[0], exact.d_D[0]), rel=1e-9)
    assert d_B[0] == pytest.approx(d_B[-1], rel=1e-9)  # all around
