"""A network with one logit on every page that takes a network: its sign is the class."""

from __future__ import annotations

import numpy as np
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from certify import certified_radius
from figures.words import three_digits
from models import network_bytes
from tests.pages.driving import complaints, opened, settled, texts, until

torch.manual_seed(0)
PLANE = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).eval()


def with_one_logit(script: str, **link: str) -> AppTest:
    """A page that takes Explore's network, for which a file with one output is given."""
    app = opened(script, {"data": "moons", "network": "file", "pin": "0.5,0.25", **link})
    app.file_uploader(key="network-file").upload("one.safetensors", network_bytes(PLANE))
    return settled(app)


def test_explore_takes_the_file_and_trains_it():
    app = with_one_logit("app.py")
    assert not complaints(app)
    assert "changes the class" in texts(app) or "decision boundary" in texts(app)
    app.button(key="train").click()
    settled(app)
    app.button(key="stop").click()
    assert not complaints(settled(app))


def test_certify_climbs_its_ladder():
    app = with_one_logit("pages/certify/page.py", p="2", methods="simplex,crown,deepfool")
    until(app, lambda app: any(button.key == "again" for button in app.button))
    assert not complaints(app)
    radius = float(certified_radius(PLANE, np.array([[0.5, 0.25]]), 2, "crown"))
    assert three_digits(radius, down=True) in texts(app)


def test_polytope_says_that_two_outputs_are_drawn():
    app = with_one_logit("pages/polytope/page.py", **{"from": "explore"})
    assert "this network has one output" in complaints(app).lower()
    assert "Certify" in complaints(app)


def test_slices_says_how_many_classes_it_tells_apart():
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 6), nn.ReLU(), nn.Linear(6, 1)).eval()
    app = opened("pages/slices/page.py", {"first": "file", "second": "none", "size": "0.2"})
    app.file_uploader(key="slices-network-0").upload("one.safetensors", network_bytes(network))
    settled(app)
    said = complaints(app)
    assert "2 classes" in said  # ten digits are more than the network tells apart
