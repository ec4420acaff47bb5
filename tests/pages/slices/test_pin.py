"""What the panel of a pin says where the picture has no decision boundary."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from geometry import Plane, as_network
from models import image_mlp
from pages.slices.pictures import SlicePicture, steps
from pages.slices.pin import _no_edge
from pages.slices.pinned_image import PENDING, _number


@pytest.fixture(scope="module")
def exact() -> SlicePicture:
    """A window about a point that is within one class."""
    torch.manual_seed(1)
    network = as_network(image_mlp((10, 8), (1, 4, 4), 3).eval(), (1, 4, 4)).detached().to(torch.float64)
    plane = Plane.through(*np.random.default_rng(0).uniform(0, 1, (3, 1, 4, 4)))
    picture = [found for _, found in steps(network, plane, (0.2999, 0.3001, 0.1999, 0.2001))(lambda: False)][-1]
    assert picture.count is not None and picture.boundary == ()
    return picture


def test_a_boundary_that_is_not_in_view_is_not_said_to_be_on_its_way(exact: SlicePicture) -> None:
    assert _no_edge(exact) == "none in view"
    assert _no_edge(replace(exact, count=None, too_many=True)) == "not known"
    assert "none in view" in _number(_no_edge(exact), up=True) and "…" not in _number(_no_edge(exact), up=True)


def test_while_a_picture_is_to_follow_it_is_on_its_way(exact: SlicePicture) -> None:
    for picture in (replace(exact, last=False), replace(exact, count=None, last=False), replace(exact, before=True)):
        assert _number(_no_edge(picture), up=True) == PENDING
