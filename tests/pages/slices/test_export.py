"""The CSV of numbers says what networks and certificates say."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch

from certify import certified_radius
from figures.regions.overlays import Overlays, ViewOptions
from geometry import Plane, as_network, distances, enumerate_regions
from geometry.planar.plane_distances import nearest_on_lines
from models import Images, image_mlp
from pages.shared.background.worker import Worker
from pages.slices.export import _classes, numbers_table
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import standing, steps
from pages.slices.pin import PinResults
from pages.slices.pin import steps as pin_steps
from tests.tables import read_table

WINDOW = (-1.0, 1.5, -1.0, 1.5)
PIN = (0.3, 0.2)
SAMPLES = 20_000


def test_files_of_regions_name_the_bands_that_their_rows_have_by_number():
    bands = ("f < 1", "1 < f < 2", "f > 2")
    module = image_mlp((4,), (1, 2, 2), 3).eval()
    choice = Choice(
        Images(np.zeros((3, 1, 2, 2), np.float32), np.arange(3), "some", ("a",)), "some", (0, 1, 2), True, {}
    )
    one = ShownNetwork(as_network(module, (1, 2, 2)), module, "the network", "", True, bands)
    assert _classes(one, choice) == {"classes": "0 = f < 1; 1 = 1 < f < 2; 2 = f > 2"}


def test_numbers_are_those_of_the_network_at_the_pin_and_of_its_regions():
    torch.manual_seed(1)
    module = image_mlp((10, 8), (1, 4, 4), 3).eval()
    network = as_network(module, (1, 4, 4)).detached().to(torch.float64)
    x = np.random.default_rng(0).uniform(0, 1, (3, 1, 4, 4))
    plane = Plane.through(*x)
    classes = ("coat", "shoe", "bag")
    choice = Choice(Images(x.astype(np.float32), np.arange(3), "some", classes), "some", (0, 1, 2), True, {})
    one = ShownNetwork(network, module, "the network", "", True)
    picture = [found for _, found in steps(network, plane, WINDOW)(lambda: False)][-1]
    worker = Worker(pin_steps(network, plane, PIN, 2, 10.0))
    while worker.busy:
        time.sleep(0.01)
    edge = nearest_on_lines(picture.boundary, np.array(PIN), 2, plane)
    found = PinResults(worker, standing(worker), dict(worker.found), edge)
    text = numbers_table([(one, picture, Overlays(), ViewOptions())], [found], choice, 2, {"network": "the network"})
    about, rows = read_table(text)
    assert about == {"network": "the network"}
    assert {row["network"] for row in rows} == {"the network"}
    said = {row["quantity"]: row["value"] for row in rows}

    assert [float(said[f"window {side}"]) for side in ("s0", "s1", "t0", "t1")] == list(WINDOW)
    assert int(said["linear regions"]) == len(enumerate_regions(network, WINDOW, plane))
    points = np.random.default_rng(1).uniform(WINDOW[::2], WINDOW[1::2], (SAMPLES, 2))
    seen = network(torch.from_numpy(plane.embed(points))).argmax(1).numpy()
    for label, name in enumerate(classes):
        share = float(said[f"area of class {name}"]) / 2.5**2
        assert share == pytest.approx((seen == label).mean(), abs=4 * 0.5 / SAMPLES**0.5)
    image = plane.embed(np.array([PIN]))
    exact = distances(network, image, 2)
    assert (float(said["d_B"]), float(said["d_D"])) == pytest.approx((exact.d_B[0], exact.d_D[0]))
    for method, title in (("fast-lin", "Fast-Lin"), ("crown", "CROWN")):
        radius = float(certified_radius(network, image, 2, method)[0])
        assert float(said[title]) == pytest.approx(radius, rel=1e-6)
    assert float(said["DeepFool"]) >= float(said["CROWN"])
    assert ("boundary on the plane" in said) == (edge[1] is not None)
    assert float(said.get("boundary on the plane", "inf")) >= float(said["CROWN"])
    assert float(said["d_B on the plane"]) >= float(said["d_B"]) - 1e-12
