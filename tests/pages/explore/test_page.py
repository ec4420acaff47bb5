"""The Explore page without a browser: its states, its links, and what it says to bad input."""

from __future__ import annotations

import io

import numpy as np
import pytest
import streamlit as st_module
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from models import PRESETS, mlp, network_bytes
from pages.shared.link_names import names_on
from tests.pages.driving import complaints, link_of, opened, settled, texts
from tests.slow import others_slow


def explore(**link: str) -> AppTest:
    """The page, opened by a link, after its first run."""
    return opened("app.py", {name.replace("_", "-"): value for name, value in link.items()})


def test_the_first_picture_waits_for_nothing():
    app = explore()
    assert not complaints(app)
    assert {metric.label for metric in app.metric} >= {"Regions", "Training error"}
    assert link_of(app) == {}


@pytest.mark.parametrize("name", others_slow(PRESETS, quick=[*PRESETS][:3]))
def test_every_data_set_opens_with_its_network(name):
    app = explore(data=name, pin="0.1,0.2")
    assert not complaints(app)
    assert "changes the class" in texts(app) or "decision boundary" in texts(app)


def test_a_link_reopens_the_same_state():
    asked = {
        "data": "circles",
        "size": "60",
        "noise": "0.1",
        "seed": "3",
        "classes": "3",
        "network": "own",
        "widths": "8, 8",
        "units": "LeakyReLU",
        "init": "2",
        "fill": "margin",
        "hide": "2",
        "unit": "5",
        "boundary": "0",
        "data-points": "0",
        "colours": "1",
        "window": "-1,1,-1,1",
        "limit": "10000",
        "p": "inf",
        "pin": "0.25,-0.5",
        "view": "-0.5,0.5,-0.5,0.5",
        "edit": "1",
        "points": "a1:0.1:0.2_d3",
    }
    app = explore(**asked)
    assert not complaints(app)
    assert link_of(app) == asked
    assert link_of(settled(app)) == asked


def test_what_is_chosen_by_hand_goes_into_the_link():
    app = explore()
    app.selectbox(key="data").select("mmr").run()
    app.segmented_control(key="p").select("1").run()
    app.toggle(key="boundary").set_value(False).run()
    assert link_of(settled(app)) == {"data": "mmr", "p": "1", "boundary": "0"}


def test_a_unit_that_is_lit_can_be_put_out():
    app = explore(data="moons", unit="5")
    lit = app.number_input(key="unit")
    assert lit.value == 5
    assert not lit.proto.HasField("default")  # only then the browser has a button that clears it
    lit.set_value(None).run()
    assert not app.exception
    assert "unit" not in app.query_params


def test_the_norm_switches_the_certificate_at_once():
    app = explore(pin="0.1,0.2")
    radii = {}
    for p in ("1", "2", "inf"):
        app.segmented_control(key="p").select(p).run()
        radii[p] = next(float(metric.value) for metric in app.metric if metric.label == "radius")
    assert radii["inf"] <= radii["2"] <= radii["1"]


def test_trained_steps_are_in_the_link_and_come_back():
    link = {"data": "kw", "network": "own", "widths": "8", "steps": "40"}
    again = [explore(**link) for _ in range(2)]
    assert [link_of(app) for app in again] == [link, link]
    numbers = [[metric.value for metric in app.metric] for app in again]
    assert numbers[0] == numbers[1]


def test_a_request_that_comes_meanwhile_does_not_keep_the_links_training_from_happening(monkeypatch):
    spinner, came = st_module.spinner, []

    def interrupted(*words):
        if not came:
            came.append(words)
            get_script_run_ctx().script_requests.request_rerun(RerunData())
        return spinner(*words)

    monkeypatch.setattr(st_module, "spinner", interrupted)
    link = {"data": "kw", "network": "own", "widths": "8", "steps": "40"}
    assert link_of(explore(**link)) == link
    assert came


def test_rewinding_twice_before_the_page_is_drawn_anew_rewinds():
    def script() -> None:
        from types import SimpleNamespace

        import streamlit as st

        from pages.shared.plane.state import PlaneState
        from pages.shared.plane.training import _end

        run = st.session_state[PlaneState.run.key] = SimpleNamespace(trainer=SimpleNamespace(stop=lambda: None))
        for _ in range(2):
            _end(run)

    app = settled(AppTest.from_function(script))
    assert "training-run" not in app.session_state


def test_train_and_stop():
    app = explore(data="kw", network="own", widths="8")
    app.button(key="train").click().run()
    app.button(key="stop").click().run()
    assert not app.exception
    assert int(link_of(settled(app)).get("steps", "0")) >= 0
    app.button(key="rewind").click().run()
    assert "steps" not in link_of(app)


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    others_slow(
        [
            ("data", "planets", "one of moons"),
            ("size", "many", "whole number from 2 to 1000"),
            ("size", "9" * 5000, "whole number"),
            ("noise", "nan", "finite"),
            ("p", "3", "one of 1, 2, inf"),
            ("pin", "0.1", "2 finite numbers"),
            ("pin", "inf,0", "2 finite numbers"),
            ("view", "1,0,0,1", "needs an area"),
            ("window", "0,0,1,1", "needs an area"),
            ("limit", "7", "one of 10000"),
            ("points", "z9", "is no edit"),
            ("steps", "-1", "whole number from 1"),
            ("fill", "<b>", "one of region"),
            ("flavour", "sweet", "means nothing here"),
        ],
        quick=("points", "limit", "flavour"),
    ),
)
def test_a_broken_link_is_explained_and_the_page_goes_on(name, value, remedy):
    app = explore(**{name: value})
    assert remedy in complaints(app)
    assert app.metric
    app.button(key="dismiss").click().run()
    assert not complaints(app)


NAMES = sorted(names_on("explore"))
values = st.one_of(
    st.text("0123456789.,-+eaimdnf_:<*[ ", max_size=12),
    st.sampled_from(["own", "file", "mmr", "blobs", "1e308,1e308", "-1,1,-1,1", "0,1e-300,0,1", "a1:1:1", "d0_d0"]),
)


@settings(deadline=None, max_examples=12)
@given(st.dictionaries(st.sampled_from(NAMES).filter(lambda name: name != "steps"), values, max_size=5))
def test_no_link_breaks_the_page(link):
    assert explore(**link).metric


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("32, many", "'many' is none"), ("0", "1..4096"), ("3000, 3000", "keep to"), ("9999999", "none")],
)
def test_widths_that_cannot_be_are_explained_and_stay_typed(text, remedy):
    app = explore(network="own")
    app.text_input(key="widths").set_value(text).run()
    assert remedy in complaints(app)
    assert app.text_input(key="widths").value == text
    assert app.metric
    app.text_input(key="widths").set_value("8").run()
    assert not complaints(app)


@pytest.mark.parametrize(
    "text", ["1, 1, 2, 3", "a, b, c, d", "0, 1", "1e300, 2e300, 0, 1", "1, 1.00000000000001, 0, 1"]
)
def test_a_window_that_cannot_be_is_explained_and_stays_typed(text):
    app = explore()
    app.text_input(key="window").set_value(text).run()
    assert app.error
    assert app.text_input(key="window").value == text
    assert app.metric


@pytest.mark.parametrize(
    ("name", "content", "remedy"),
    [
        ("points.csv", b"x,y,label\n1,2,cat\n", "'cat' is no number"),
        ("points.csv", b"0,0,0\n" * 20_000, "20,000 rows"),
        ("points.csv", b"0.1,0.2,0\n", "at least 2"),
        ("points.csv", b"0,0,1\n1,1,1\n", "two classes"),
        ("points.npz", b"PK\x03\x04nothing", "damaged"),
    ],
)
def test_points_that_cannot_be_read_are_explained(name, content, remedy):
    app = explore(data="file")
    app.file_uploader(key="data-file").upload(name, content).run()
    assert remedy in complaints(app)
    assert app.metric


def test_uploaded_points_are_shown():
    app = explore(data="file", network="own", widths="6")
    app.file_uploader(key="data-file").upload("mine.csv", b"0,0,0\n1,1,1\n0,1,2\n").run()
    assert not complaints(app)
    assert any("does not carry" in caption.value for caption in app.caption)


def weights_with_nan() -> bytes:
    state = {name: tensor.clone() for name, tensor in mlp((2, 4, 2)).state_dict().items()}
    state["0.weight"][0, 0] = float("nan")
    return save(state)


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (weights_with_nan(), "NaN"),
        (b"no network at all", "can be read"),
        (network_bytes(mlp((5, 4, 2))), "2"),
        (b"", "is empty"),
    ],
    ids=["nan", "nonsense", "five inputs", "empty"],
)
def test_a_network_that_cannot_be_used_is_explained(content, remedy):
    app = explore(network="file")
    app.file_uploader(key="network-file").upload("mine.safetensors", content).run()
    assert remedy in complaints(app)
    assert app.metric


def test_an_uploaded_network_is_shown():
    mine = mlp((2, 5, 3), seed=4)
    file = io.BytesIO()
    torch.save(mine.state_dict(), file)
    app = explore(network="file", pin="0.3,0.4")
    app.file_uploader(key="network-file").upload("mine.pth", file.getvalue()).run()
    assert not complaints(app)
    with torch.no_grad():
        logits = mine(torch.tensor([[0.3, 0.4]]))[0].numpy()
    assert f"class {np.argmax(logits)}" in texts(app)


def test_one_point_of_one_class_cannot_be_learnt_but_is_shown():
    everything_gone = "_".join(["d0"] * 11)
    app = explore(data="kw", points=everything_gone)
    assert "needs at least 2" in complaints(app)
    assert app.metric


def test_more_regions_than_allowed_is_said_with_the_remedy():
    app = explore(network="own", widths="400", limit="10000")
    assert "raise *Regions at most*" in "\n".join(info.value for info in app.info)


@pytest.mark.parametrize("topic", ["formula", "regions", "cases"])
def test_a_link_opens_what_is_explained_beside_the_picture(topic):
    app = explore(pin="0.3,0.2", explain=topic)
    assert not complaints(app)
    assert link_of(app)["explain"] == topic


def test_a_link_without_a_pin_explains_nothing():
    app = explore(explain="regions")
    assert not complaints(app)
    assert "explain" not in link_of(app)


def test_a_radius_of_cases_that_is_none_is_a_complaint():
    app = explore(pin="0.3,0.2", explain="cases", within="-1")
    assert "within" in complaints(app)
