"""The Polytope page with images and networks for them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from certify import outer_polytope
from models import mlp, network_bytes
from tests.pages.certify.test_page import image_files
from tests.pages.driving import ROOT, link_of, settled, texts
from tests.pages.polytope.test_page import areas, polytope


def test_images_without_a_network_lead_back():
    app = polytope(**{"from": "images"}, trained="file")
    assert "Upload a network" in texts(app)
    app.button(key="polytope-back").click().run()
    assert not app.exception
    assert areas(app)


def test_a_network_for_images_is_shown_on_the_plane_of_attacks(monkeypatch, tmp_path):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    image_files(tmp_path)
    app = polytope(**{"from": "images"}, images="mnist", trained="file", image="3", p="inf", eps="0.1")
    content = network_bytes(mlp((16, 8, 5), seed=1))
    app.file_uploader(key="certify-network-file").upload("mine.safetensors", content).run()
    assert not app.exception, app.exception
    assert not [error.value for error in app.error]
    assert areas(app)["true set"] != "0"
    assert link_of(app)["from"] == "images"
    assert np.isfinite(float(areas(app)["CROWN"]))


def test_a_network_and_an_image_sent_from_elsewhere_are_asked_about(monkeypatch, tmp_path):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    image_files(tmp_path)
    network, content = mlp((16, 8, 5), seed=1).double(), network_bytes(mlp((16, 8, 5), seed=1))
    image = np.random.default_rng(0).uniform(0, 1, (1, 4, 4))

    def sending(content, image, page):
        import runpy

        from geometry import as_network
        from models import load_network
        from pages.shared.hand_over import Sent
        from pages.shared.to_polytope import send_image

        module = load_network(content, input_shape=(1, 4, 4)).double()
        sent = Sent(as_network(module, (1, 4, 4)), module, "mine", "Sent from a test.")
        send_image(sent, image, "mnist", (0.0, 1.0))
        runpy.run_path(page)

    monkeypatch.setattr("streamlit.switch_page", lambda page: None)  # the page follows in the same script
    page = str(ROOT / "pages/polytope/page.py")
    app = AppTest.from_function(sending, default_timeout=240, kwargs={"content": content, "image": image, "page": page})
    app.query_params["eps"], app.query_params["p"], app.query_params["bounds"] = "0.1", "inf", "crown"
    settled(app)
    assert not [error.value for error in app.error]
    logits = network(torch.from_numpy(image.reshape(1, 16)))[0]
    i, j = logits.argsort(descending=True)[:2].tolist()
    expected = outer_polytope(network, image.ravel(), 0.1, math.inf, (i, j), "crown", (0.0, 1.0)).area
    assert float(areas(app)["CROWN"]) == pytest.approx(expected, rel=6e-3)
