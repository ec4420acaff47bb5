"""Frames of planes: polygons as long as they can be drawn, else a raster that says the same."""

from __future__ import annotations

import base64
import io
import math
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

import figures.images.slices as slices
from figures.images.gradients import mosaic, signed_picture, strongest_filters
from figures.images.slice_numbers import areas_figure, classes_figure, edges_figure, heat_maps
from figures.regions.frames import NO_UNIT
from figures.regions.overlays import Overlays, ViewOptions
from figures.svg.region_svg import region_svg
from geometry import Plane, RegionMap, as_network, enumerate_regions
from geometry.regions.raster import grid_points
from models import image_mlp

SVG = "{http://www.w3.org/2000/svg}"
WINDOW = (-2.0, 3.0, -2.5, 2.5)


@pytest.fixture(scope="module")
def regions() -> RegionMap:
    plane = Plane.through(*np.random.default_rng(0).uniform(0, 1, (3, 1, 6, 6)))
    network = image_mlp((20, 12), (1, 6, 6), 4).double().requires_grad_(False)
    return enumerate_regions(network, WINDOW, plane)


def classes_at(regions: RegionMap, points: np.ndarray) -> np.ndarray:
    return regions.network(torch.from_numpy(regions.plane.embed(points))).argmax(1).numpy()


def test_few_regions_are_drawn_each(regions):
    frame = slices.region_slice(regions)
    assert frame.grid is None
    assert len(frame) == len(regions)
    assert np.allclose(frame.basis, np.stack([regions.plane.origin, regions.plane.u, regions.plane.v]))
    assert (frame.classes == regions.classes).all()
    assert (frame.active == regions.active_units()).all()


def test_many_regions_are_a_raster_with_the_network_s_own_classes(regions, monkeypatch):
    monkeypatch.setattr(slices, "MOST_DRAWN", 10)
    monkeypatch.setattr(slices, "MOST_EDGES", 40)
    frame = slices.region_slice(regions)
    assert frame.grid == (slices.FINEST_GRID, slices.FINEST_GRID)
    points = grid_points(WINDOW, *frame.grid)
    assert (frame.classes == classes_at(regions, points)).mean() > 0.9999  # ties apart
    assert frame.one_in > 1
    assert (frame.edge_unit != NO_UNIT).sum() <= 40
    assert frame.ink is not None and frame.ink.max() > 0


def test_the_edges_that_are_drawn_are_all_of_some_units(regions, monkeypatch):
    monkeypatch.setattr(slices, "MOST_EDGES", 60)
    kept, one_in = slices.thinned(regions.edge_unit)
    units = np.unique(regions.edge_unit[kept])
    assert one_in > 1
    assert set(np.flatnonzero(np.isin(regions.edge_unit, units))) == set(kept)
    monkeypatch.setattr(slices, "MOST_EDGES", 30)
    assert set(slices.thinned(regions.edge_unit)[0]) <= set(kept)


def test_a_first_look_is_the_network_s_values_nearly(regions):
    frame, pieces, _ = slices.sampled_slice(regions.network, regions.plane, WINDOW)
    points = grid_points(WINDOW, *frame.grid)
    found = np.einsum("nkc,nc->nk", pieces, np.column_stack([points, np.ones(len(points))]))
    expected = regions.network(torch.from_numpy(regions.plane.embed(points))).numpy()
    assert np.abs(found - expected).max() < 0.02 * np.ptp(expected)
    assert (frame.classes == classes_at(regions, points)).mean() > 0.99


def test_a_class_keeps_its_share_and_charts_have_every_network(regions):
    areas = {"one": regions.areas(), "two": np.array([1.0, 2.0])}
    assert len(areas_figure(areas).data) == 2
    shares = {"one": np.array([0.25, 0.75]), "two": np.array([1.0])}
    figure = classes_figure(shares, ("zero",))
    assert [sum(bar.x[i] for bar in figure.data) for i in range(2)] == [100, 100]
    along = edges_figure({"one": np.array([0.1, 0.0, math.inf])}, ["a", "b"], "d")
    assert np.isnan(along.data[0].y).tolist() == [False, True, True]
    maps = heat_maps({"one": np.eye(3)}, WINDOW, np.zeros((1, 2)), ["a"], "d")
    assert maps.data[0].x0 == WINDOW[0] + 5 / 6


def test_signed_pictures_have_the_ground_at_zero_and_other_colours_on_either_side():
    picture = signed_picture(np.array([[[-1.0, 0.0, 1.0]]]))
    assert picture.shape == (1, 3, 3)
    red, zero, blue = picture[0].astype(int)
    assert red[0] > red[2] and blue[2] > blue[0] and np.ptp(zero) < 6
    assert mosaic([picture] * 5, 2).shape == (3 * 1 + 2 * 2, 2 * 3 + 2, 3)


def test_the_strongest_filters_come_first():
    network = as_network(image_mlp((9,), (1, 6, 6), 3), (1, 6, 6))
    filters = strongest_filters(network, 4)
    assert filters.shape == (4, 1, 6, 6)
    norms = np.linalg.norm(filters.reshape(4, -1), axis=1)
    assert (np.diff(norms) <= 0).all()


def test_an_svg_of_many_regions_holds_the_network_s_own_classes_as_an_image(regions, monkeypatch):
    monkeypatch.setattr(slices, "MOST_DRAWN", 10)
    frame = slices.region_slice(regions)
    options = ViewOptions(fill="region", hidden_layers=(0, 1), show_boundary=False)
    (element,) = ElementTree.fromstring(region_svg(frame, options=options, width=660)).iter(f"{SVG}image")
    assert [float(element.get(name, "")) for name in ("x", "y", "width", "height")] == [0, 0, 660, 660]
    drawn = decoded(element)
    assert drawn.shape == (*frame.grid, 3)
    cells = regions.locate(grid_points(WINDOW, *frame.grid)).reshape(frame.grid)[::-1]  # the first row is on top
    for region in np.unique(cells):
        assert len(np.unique(drawn[cells == region], axis=0)) == 1
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > 3


def test_an_svg_shows_the_images_at_their_points_as_they_are(regions):
    images = np.random.default_rng(0).uniform(0, 1, (3, 1, 6, 6))  # those that span the plane
    points = regions.plane.project(images)
    overlays = Overlays(points=points, labels=np.arange(3))
    svg = region_svg(slices.region_slice(regions), overlays, ViewOptions(thumbnails=True))
    shown = [each for each in ElementTree.fromstring(svg).iter(f"{SVG}image") if each.get("class") == "thumbnail"]
    assert len(shown) == 3
    for element, image in zip(shown, images):
        assert np.abs(decoded(element)[..., 0] - 255 * image[0]).max() <= 0.6  # rounded


def decoded(image: ElementTree.Element) -> np.ndarray:
    """(height, width, 3) the pixels of an SVG's image."""
    content = base64.b64decode(image.get("href", "").removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=np.float64)
