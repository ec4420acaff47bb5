"""The third axis: where the plane lies for the sliders' values, and what is still on it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geometry import as_network
from models import image_mlp
from pages.slices.plane import Slice
from tests.pages.driving import complaints, settled
from tests.pages.slices.test_plane import IMAGES, SHAPE, choice


def slices(**link: str) -> tuple[Slice, Slice, AppTest]:
    """The plane through the images, and that of the sidebar, opened by a link."""

    def script(choice, network, found):
        from pages.slices.plane import plane_controls
        from pages.slices.third_axis import on_third_axis

        where = plane_controls(choice, network)
        found += [where, on_third_axis(choice, network, where)]

    found: list[Slice] = []
    network = as_network(image_mlp((5,), SHAPE, 3).double().eval(), SHAPE)
    app = AppTest.from_function(script, args=(choice(IMAGES), network, found), default_timeout=240)
    for name, value in link.items():
        app.query_params[name] = value
    settled(app)
    return found[-2], found[-1], app


def test_at_rest_and_at_zero_the_plane_is_that_of_the_images():
    for link in ({}, {"axis": "moves", "far": "0"}, {"axis": "turns", "turn": "0"}):
        where, here, _ = slices(**link)
        assert here.key == where.key and len(here.points) == 3 and not here.moved


def test_at_one_the_plane_holds_the_image_that_it_moves_to():
    _, here, app = slices(axis="moves", along="d", d="7", far="1")
    image = IMAGES[7].astype(np.float64)
    np.testing.assert_allclose(here.plane.embed(here.plane.project(image[None]))[0], image, atol=1e-9)
    assert not complaints(app)


@pytest.mark.parametrize("along", ["random", "gradient", "pc1", "pc2"])
def test_halfway_it_is_a_quarter_of_the_windows_side_away_and_holds_no_image(along: str):
    where, here, _ = slices(axis="moves", along=along, far="0.5")
    s0, s1, _, _ = where.window
    steps = (here.plane.origin - where.plane.origin).ravel()
    assert math.isclose(float(np.linalg.norm(steps)), (s1 - s0) / 4, rel_tol=1e-9)
    assert abs(float(steps @ where.plane.u.ravel())) < 1e-9 and abs(float(steps @ where.plane.v.ravel())) < 1e-9
    assert len(here.points) == len(here.labels) == 0 and here.window == where.window
    assert "along the third axis" in here.moved


def test_a_turn_keeps_the_middle_of_the_window_and_a_right_angle_leaves_no_v():
    where, here, _ = slices(axis="turns", along="random", turn="1")
    s0, s1, t0, t1 = where.window
    middle = np.array([[(s0 + s1) / 2, (t0 + t1) / 2]])
    np.testing.assert_allclose(here.plane.embed(middle), where.plane.embed(middle), atol=1e-9)
    assert abs(float((here.plane.v * where.plane.v).sum())) < 1e-9


def test_a_direction_in_the_plane_is_refused_and_the_plane_stays():
    where, here, app = slices(axis="moves", along="b", far="0.5")
    assert "lies in the plane" in complaints(app)
    assert here.key == where.key
