"""What the Slices page shows is true of the networks: the gallery's, Wong and Kolter's CNN, RSL18a's."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from itertools import cycle, islice

import numpy as np
import pytest
import shapely
import torch

from certify import certified_radius
from figures.images.inputs import PIXELS
from figures.regions.tables import areas_csv
from geometry import Network, Plane, RegionMap, as_network, ball_on_plane, distances, enumerate_regions
from geometry.regions.class_areas import class_areas
from models import load_images
from models.gallery import gallery, load_shipped
from pages.slices.pictures import SlicePicture, steps
from pages.slices.pin import BOUND_TITLES, near
from pages.slices.pin import steps as pin_steps
from tests import reference
from tests.slow import others_slow
from tests.tables import read_table

DIGITS = (1, 4, 7)
SAMPLES = 8000
MOST = 3000  # regions of a window: it is shrunk until it has fewer, so that the tests stay quick
NETWORKS: dict[str, Callable[[], torch.nn.Module]] = {
    **{name: partial(lambda each: load_shipped(each).network, name) for name in gallery()},
    **{name: partial(reference.network, name) for name in reference.NAMES},
}
# One of each kind; the others are slow tests.
QUICK = ("mnist-fc1-linf-plain", "mnist-fc1-linf-mmr", "mnist-cnn-linf-mmr-at", "kw-mnist-cnn")


@cache
def plane() -> Plane:
    return Plane.through(*load_images("mnist-5k").x[list(DIGITS)].astype(np.float64))


@cache
def network(name: str) -> Network:
    return as_network(NETWORKS[name]().eval(), (1, 28, 28)).detached().to(torch.float64)


@cache
def regions(name: str) -> RegionMap:
    """A part of the plane through three digits, around the middle of the triangle."""
    corners = plane().project(load_images("mnist-5k").x[list(DIGITS)].astype(np.float64))
    s, t = corners.mean(axis=0)
    window = (s - 0.4, s + 0.4, t - 0.4, t + 0.4)
    return enumerate_regions(network(name), window, plane(), max_regions=MOST)


def forward(name: str, points: np.ndarray) -> list[np.ndarray]:
    """The network's own pre-activations at points of the plane, layer by layer, the logits last."""
    x = torch.from_numpy(plane().embed(points)).flatten(1)
    found = []
    for layer in network(name).layers:
        z = layer.affine.linear(x) + layer.affine.bias
        found.append(z.numpy())
        x = torch.maximum(z, (layer.slope or 0.0) * z)
    return found


each_network = pytest.mark.parametrize("name", others_slow(NETWORKS, QUICK))


@each_network
def test_patterns_at_centroids_are_the_network_s_own(name):
    found = regions(name)
    chosen = np.random.default_rng(0).choice(len(found), min(500, len(found)), replace=False)
    *hidden, _ = forward(name, found.centroids()[chosen])
    z = np.concatenate(hidden, axis=1)
    clear = np.abs(z) > 1e-9
    assert (found.patterns(chosen) == (z > 0))[clear].all()


@each_network
def test_areas_add_up_to_the_window(name):
    found = regions(name)
    s0, s1, t0, t1 = found.window
    assert np.isclose(found.areas().sum(), (s1 - s0) * (t1 - t0), rtol=1e-9)
    assert np.isclose(class_areas(found).sum(), (s1 - s0) * (t1 - t0), rtol=1e-9)
    _, exported = read_table(areas_csv(found, {}))
    assert np.isclose(sum(float(row["area"]) for row in exported), (s1 - s0) * (t1 - t0), rtol=1e-9)


@each_network
def test_classes_agree_with_the_network_on_many_samples(name):
    found = regions(name)
    s0, s1, t0, t1 = found.window
    count = SAMPLES if name in reference.NAMES else SAMPLES // 4
    points = np.random.default_rng(1).uniform([s0, t0], [s1, t1], (count, 2))
    where = found.locate(points)
    mapped = np.einsum("nkc,nc->nk", found.pieces[where], np.column_stack([points, np.ones(count)]))
    wrong = 0
    for begin in range(0, count, 2000):
        logits = forward(name, points[begin : begin + 2000])[-1]
        two = np.sort(logits, axis=1)[:, -2:]
        clear = two[:, 1] - two[:, 0] > 1e-9
        wrong += int((mapped[begin : begin + 2000].argmax(1) != logits.argmax(1))[clear].sum())
    assert wrong == 0


@pytest.mark.parametrize(("name", "p"), others_slow(zip(NETWORKS, cycle([1, 2, math.inf])), QUICK))
def test_distances_and_radii_are_those_of_the_embedded_point(name, p):
    pin = tuple(plane().project(load_images("mnist-5k").x[[DIGITS[0]]].astype(np.float64))[0] + [0.5, 0.3])
    x = plane().embed(np.array([pin]))
    shown = near(network(name), plane(), x[0], p, 10.0)
    exact = distances(network(name), x, p)
    assert (shown.d_B, shown.d_D) == (exact.d_B[0], exact.d_D[0])
    radius = float(certified_radius(network(name), x, p, "fast-lin")[0])
    cheap = dict(islice(pin_steps(network(name), plane(), pin, p, 10.0)(lambda: False), 2))
    assert set(cheap) == {"near", next(iter(BOUND_TITLES))}
    assert cheap["fast-lin"] == pytest.approx(radius, rel=1e-9)


@pytest.mark.parametrize("p", [1, 2, math.inf])
@pytest.mark.parametrize("box", [None, PIXELS])
def test_balls_are_cut_where_samples_say(p, box):
    """Points of the plane near an image are in the polygon exactly when they are in the ball, and in the box."""
    centre = load_images("mnist-5k").x[DIGITS[1]].astype(np.float64) * 0.5 + 0.2
    (place,) = plane().project(centre[None])
    centre = plane().embed(place[None])[0].clip(0, 1) if box else plane().embed(place[None])[0]
    radius = {1: 12.0, 2: 1.5, math.inf: 0.3}[p]
    cut = ball_on_plane(centre, radius, p, plane(), box)
    points = place + np.random.default_rng(2).uniform(-2, 2, (4000, 2))
    x = plane().embed(points)
    away = np.linalg.norm((x - centre).reshape(len(x), -1), ord=p, axis=1)
    inside, edge = away <= radius, np.abs(away - radius) < 1e-3 * radius
    if box:
        low, high = x.min(axis=(1, 2, 3)), x.max(axis=(1, 2, 3))
        inside &= (low >= 0) & (high <= 1)
        edge |= (np.abs(low) < 1e-6) | (np.abs(high - 1) < 1e-6)
    assert (shapely.contains_xy(cut, points[:, 0], points[:, 1]) == inside)[~edge].all()


def test_pictures_come_coarse_first_and_end_exact():
    name = next(iter(NETWORKS))
    window = regions(name).window
    found: list[SlicePicture] = [picture for _, picture in steps(network(name), plane(), window)(lambda: False)]
    assert found[-1].count == len(regions(name))
    assert found[-1].numbers is not None
    assert len(found[-1].numbers.areas) == found[-1].count


def test_what_nobody_waits_for_is_given_up():
    name = next(iter(NETWORKS))
    given_up = steps(network(name), plane(), regions(name).window)(lambda: True)
    assert all(picture.count is None for _, picture in given_up)
    again = steps(network(name), plane(), regions(name).window)(lambda: False)
    assert [picture.count for _, picture in again][-1] == len(regions(name))  # its place is free again
