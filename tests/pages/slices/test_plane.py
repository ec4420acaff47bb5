"""Planes through images: cached values of one plane are used for no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geometry import as_network
from models import Images, image_mlp
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.plane import Slice
from tests.pages.driving import settled

SHAPE = (1, 4, 4)
IMAGES = np.random.default_rng(0).uniform(0, 1, (40, *SHAPE)).astype(np.float32)


def choice(x: np.ndarray) -> Choice:
    images = Images(x, np.zeros(len(x), np.int64), "some", tuple("0123456789"))
    return Choice(images, "some", (0, 1, 2), True, {})


def plane_of(choice: Choice, **link: str) -> Slice:
    """What the sidebar says, opened by a link."""

    def script(choice, network, planes):
        from pages.slices.plane import plane_controls

        planes.append(plane_controls(choice, network))

    planes: list[Slice] = []
    network = as_network(image_mlp((5,), SHAPE, 3).double().eval(), SHAPE)
    app = AppTest.from_function(script, args=(choice, network, planes), default_timeout=240)
    for name, value in link.items():
        app.query_params[name] = value
    settled(app)
    return planes[-1]


@pytest.mark.parametrize("way", ["pc1", "pc2"])
def test_principal_components_are_those_of_the_set_at_hand(way):
    """Two sets with the same three images chosen: each gets the direction that its own images spread in."""
    stretched = IMAGES.copy()
    stretched[3:, 0, 0, 0] *= 100  # the first component of these
    stretched[3:, 0, 3, 3] *= 10  # and the second
    one, other = (plane_of(choice(x), plane="directions", u=way, v="b") for x in (IMAGES, stretched))
    assert one.key != other.key
    pixel = {"pc1": (0, 0, 0), "pc2": (0, 3, 3)}[way]
    assert abs(other.plane.u[pixel]) > 0.99 > abs(one.plane.u[pixel])


def test_a_plane_through_three_images_depends_on_no_others():
    one, other = (plane_of(choice(x)) for x in (IMAGES, np.concatenate([IMAGES[:3], IMAGES[20:]])))
    assert one.key == other.key


def test_images_of_another_shape_are_others():
    turned = IMAGES.reshape(40, 1, 2, 8)
    assert choice(IMAGES).digest != choice(turned).digest


def test_untrained_networks_of_other_numbers_of_classes_are_others():
    def script(choice, chosen):
        from pages.slices.networks import network_controls

        chosen += network_controls(choice)[0]

    chosen: list[ShownNetwork] = []
    for classes in ("abc", "abcdef"):
        app = AppTest.from_function(
            script,
            args=(replace(choice(IMAGES), images=replace(choice(IMAGES).images, classes=tuple(classes))), chosen),
            default_timeout=240,
        )
        app.query_params["first"], app.query_params["second"] = "untrained", "none"
        settled(app)
    assert [each.network.classes for each in chosen] == [3, 6]
    assert chosen[0].network.key != chosen[1].network.key
