"""Train's buttons that open another page with the network on screen."""

from __future__ import annotations

import pytest

from tests.pages.driving import settled
from tests.pages.train.driving import train

SCRIPTS = {"Explore": "explore", "Certify": "certify", "Polytope": "polytope"}


@pytest.mark.parametrize("label", SCRIPTS)
def test_a_network_of_the_plane_is_what_the_other_page_asks_about_though_it_was_about_images(label: str, monkeypatch):
    pages: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", pages.append)
    app = train(data="circles", widths="4", b="none", pin="0.25,-0.5")
    app.session_state["of"] = app.session_state["polytope-from"] = "images"
    app.button(key=f"train-to-{label}").click()
    settled(app)
    assert pages == [f"pages/{SCRIPTS[label]}/page.py"]
    said = {name: app.session_state[name] for name in ("of", "polytope-from", "data", "network", "pin")}
    assert said == {
        "of": "toy", "polytope-from": "explore", "data": "circles", "network": "file", "pin": (0.25, -0.5)
    }  # fmt: skip
    assert [layer.out_features for layer in app.session_state["explore-network-sent"].module[::2]] == [4, 2]
