"""What Train's files say of where they come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import torch

from geometry import as_network
from pages.train import export, main_panel
from tests.pages.driving import settled
from tests.pages.train.driving import pressed, train
from tests.tables import read_table

LINK = {
    "data": "kw",
    "widths": "8",
    "batch": "6",
    "order": "3",
    "init": "2",
    "lr": "0.02",
    "b": "kw",
    "p": "inf",
    "eps": "0.05",
}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], Any]]:
    """What makes each offered file, by its name."""
    made: dict[str, Callable[[], Any]] = {}
    monkeypatch.setattr(export, "download", lambda label, make, name, mime, **_: made.update({name: make}))
    return made


def test_curves_name_the_last_networks_by_their_weights_and_all_that_training_was_asked_for(runs, files):
    app = pressed(pressed(train(**LINK), "step"), "step")
    run = runs[-1]
    about, rows = read_table(files["curves.csv"]())
    digests = [as_network(each.network(each.snapshot()), (2,)).to(torch.float64).key for each in run.trainers]
    assert about["weights"] == " · ".join(digests) and len(set(digests)) == 2
    assert about["steps"] == "2 · 2" and max(int(row["step"]) for row in rows) == 2
    assert about["architecture"] == "2-8-2 ReLU"  # without the comma, which would end a cell
    assert about["points"] == "12" and about["batch size"] == "6" and about["seed of the batches"] == "3"
    assert about["seed of the initial weights"] == "2" and about["learning rate"].startswith("0.02")
    assert "eps = 0.05" in about["objective 2"] and "p = linf" in about["objective 2"]
    assert about["device"] == run.device.replace(",", "")
    assert "loss and its terms have no unit" in about["units"]
    assert run.id not in files["curves.csv"]()

    pressed(app, "step")
    assert read_table(files["curves.csv"]())[0]["weights"] != about["weights"]


def test_a_picture_names_its_network_as_the_explore_page_does(runs, files, monkeypatch):
    monkeypatch.setattr("streamlit.switch_page", lambda _: None)
    app = pressed(train(**LINK), "step")
    picture = unescape(files[next(name for name in files if name.endswith(".svg"))]())
    app.button(key="train-to-Explore").click()
    settled(app)
    sent = app.session_state["explore-network-sent"].network
    assert re.search(rf"weights: {sent.key}\b", picture) and "batch size: 6" in picture


def test_the_numbers_over_pictures_are_sent_after_the_pictures(runs, monkeypatch):
    app = train(**LINK)
    sent: list[str] = []
    draw, say = main_panel.region_view, main_panel._say

    def noted_view(*arguments: Any, **options: Any) -> Any:
        sent.append("picture")
        return draw(*arguments, **options)

    def noted_numbers(*arguments: Any) -> None:
        sent.append("numbers")
        say(*arguments)

    monkeypatch.setattr(main_panel, "region_view", noted_view)
    monkeypatch.setattr(main_panel, "_say", noted_numbers)
    pressed(app, "step")
    assert sent[-3:] == ["picture", "picture", "numbers"]
