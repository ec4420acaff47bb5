"""What a saved page holds of a raster: the leading scores, up to the rounding that is stated."""

from __future__ import annotations

import numpy as np
import pytest

from figures.images.slices import FINEST_GRID, sampled_slice
from figures.live_view.saved_frame import PIECE_BITS, rounded, saved_frame
from figures.live_view.web_page import web_page
from figures.regions.frames import region_frame
from geometry import Plane, as_network, enumerate_regions
from geometry.regions.raster import grid_points
from tests.strategies import mlp

WINDOW = (-2.0, 3.0, -1.0, 4.0)
NETWORK = as_network(mlp([6, 60, 60, 10], seed=0), (6,))
PLANE = Plane.through(*np.random.default_rng(0).normal(size=(3, 6)))


def test_each_cell_keeps_the_scores_that_lead_at_its_centre_up_to_rounding():
    whole = sampled_slice(NETWORK, PLANE, WINDOW, 48)[0]
    saved = saved_frame(whole)
    middles = grid_points(WINDOW, 48, 48) - whole.centre
    at = np.einsum("nkc,nc->nk", whole.pieces[..., :2].astype(float), middles) + whole.pieces[..., 2]
    np.testing.assert_array_equal(saved.outputs, np.sort(np.argsort(-at, axis=1)[:, :2], axis=1))
    kept = np.take_along_axis(whole.pieces, saved.outputs[:, :, None].astype(int), 1)
    assert (abs(saved.pieces - kept) <= 2.0 ** -(PIECE_BITS + 1) * abs(kept)).all()
    np.testing.assert_array_equal(saved.classes, whole.classes)


def test_polygons_stay_whole():
    frame = region_frame(enumerate_regions(mlp([2, 8, 3], seed=0), WINDOW))
    assert saved_frame(frame) is frame


def test_a_page_of_two_rasters_with_ten_classes_is_about_three_megabytes():
    frames = [sampled_slice(as_network(mlp([6, 60, 60, 10], seed), (6,)), PLANE, WINDOW)[0] for seed in (0, 1)]
    assert [frame.grid for frame in frames] == [(FINEST_GRID, FINEST_GRID)] * 2
    assert len(web_page(*frames).text.encode()) < 3.5e6


@pytest.mark.parametrize("bits", [11, 15, 22])
def test_rounding_is_to_nearest_with_the_bits_that_it_names(bits):
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    shown = rounded(values, bits)
    mantissa, _ = np.frexp(shown)
    assert (mantissa * 2.0 ** (bits + 1) % 1 == 0).all()
    assert (abs(shown - values) <= 2.0 ** -(bits + 1) * abs(values)).all()
    special = np.array([np.inf, -np.inf, 0.0], np.float32)
    np.testing.assert_array_equal(rounded(special, bits), special)
