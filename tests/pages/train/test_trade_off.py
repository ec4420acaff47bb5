"""The trade-off's dots are networks that a click opens."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from models.presets import TRADE_OFF
from models.training.pareto import read_trained
from pages.train import trade_off as module
from tests.pages.driving import complaints
from tests.pages.train.driving import train

CHART = "train-trade-off-chart-trade-off-0"


def clicked(place: int) -> SimpleNamespace:
    """What Streamlit keeps of a click on the dot with this place."""
    return SimpleNamespace(selection=SimpleNamespace(points=[{"customdata": [place, 1.0, "a"]}]))


def test_the_networks_that_come_with_the_app_are_offered() -> None:
    app = train(data="circles", widths="4", b="none")
    assert not complaints(app)
    offered = app.selectbox(key="train-front").options
    assert any("moons, ‖δ‖∞ ≤ 0.1: 18 networks" in title for title in offered)
    assert any(title.startswith("mnist, ‖δ‖₂ ≤ 0.3") for title in offered)


def test_a_click_opens_a_network_of_the_plane_with_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", pages.append)
    app = train(data="circles", widths="4", b="none")
    networks = read_trained(TRADE_OFF)
    monkeypatch.setattr(module, "read", lambda key: clicked(5))
    app.session_state["train-front-opened"] = 5
    app.run()
    assert pages == ["pages/certify/page.py"]
    state = {name: app.session_state[name] for name in ("of", "data", "network", "noise-moons", "size-moons")}
    assert state == {"of": "toy", "data": "moons", "network": "file", "noise-moons": 0.15, "size-moons": 200}
    sent = app.session_state["explore-network-sent"]
    assert sent.title == networks[5].name
    assert [layer.out_features for layer in sent.module[::2]] == list(networks[5].card.widths[1:])


def test_the_place_of_a_click_is_the_dots(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: dict[str, object] = {}
    monkeypatch.setattr(module, "STATE", SimpleNamespace())
    monkeypatch.setattr(module, "read", lambda key: clicked(3))
    module._click("chart")
    opened = vars(module.STATE)
    assert opened == {"opened": 3}


def test_a_click_opens_a_network_for_images(monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", pages.append)
    app = train(data="circles", widths="4", b="none")
    name = next(option for option in module._groups(Path("none").absolute()) if option.startswith("gallery"))
    app.session_state["train-front"] = name
    app.session_state["train-front-opened"] = 0
    app.run()
    assert pages == ["pages/certify/page.py"]
    assert (app.session_state["of"], app.session_state["trained"]) == ("images", "sent")
    assert app.session_state["network-sent"].network.input_shape == (1, 28, 28)


def test_networks_of_a_sweep_on_the_server_are_found_and_broken_folders_left_out(tmp_path: Path) -> None:
    sweep, broken = tmp_path / "mine", tmp_path / "broken"
    for folder in (sweep, broken):
        folder.mkdir()
    for source in sorted(TRADE_OFF.glob("kw-*")):
        (sweep / source.name).write_bytes(source.read_bytes())
    (broken / "a.safetensors").write_bytes(b"")
    (broken / "a.json").write_text(json.dumps({"title": 1}))
    module._groups.clear()
    groups = module._groups(tmp_path)
    mine = [group for name, group in groups.items() if name.startswith("mine")]
    assert [len(group.networks) for group in mine] == [5]
    assert not any(name.startswith("broken") for name in groups)
    module._groups.clear()


def test_the_chart_marks_as_front_what_the_command_marks() -> None:
    networks = read_trained(TRADE_OFF)
    dots = module._dots(networks)
    errors = np.array([(dot.clean, dot.certified) for dot in dots])
    for dot, (clean, certified) in zip(dots, errors):
        beaten = ((errors <= (clean, certified)).all(1) & (errors < (clean, certified)).any(1)).any()
        assert dot.front == (not beaten)
