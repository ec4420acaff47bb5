"""Slices through named numbers, without a browser: states, links, tables, and what is said to bad input."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from models import mlp, network_bytes
from models.vectors.inputs import NamedInput, numbered
from pages.slices.numbers.editor import changed
from tests.pages.driving import link_of, opened, settled, texts, until

ROWS = b"p [m],**q**,<b>r</b>,kind\n0,1,2,a\n1,3,-1,b\n2,0,4,a\n5,,1,b\n"


def numbers(**link: str) -> AppTest:
    return opened("pages/slices/page.py", {"of": "numbers", **link})


def with_own(inputs: int = 3, **link: str) -> AppTest:
    """The page with a small network of one's own."""
    app = numbers(net="file", **link)
    app.file_uploader(key="slices-numbers-network").upload("mine.safetensors", network_bytes(mlp((inputs, 6, 3))))
    return settled(app)


def with_table(app: AppTest, content: bytes = ROWS, name: str = "rows.csv") -> AppTest:
    app.selectbox(key="slices-rows").set_value("file")
    settled(app)
    app.file_uploader(key="slices-table-file").upload(name, content)
    return settled(app)


def until_it_says(app: AppTest, text: str) -> AppTest:
    return until(app, lambda app: text in texts(app))


def slider_of(app: AppTest, label: str):
    return next(slider for slider in app.slider if slider.label == label)


def test_the_shipped_network_shows_a_plane_of_two_inputs_and_the_others_have_sliders():
    app = numbers()
    assert [slider.label for slider in app.slider][:3] == ["psi (rad)", "v_own (ft/s)", "v_int (ft/s)"]
    assert "clear of conflict" in texts(app)
    slider_of(app, "v_own (ft/s)").set_value(320.0)
    assert link_of(settled(app))["at"] == "3:320"


def test_a_link_reopens_the_plane_and_the_sliders():
    asked = {"x": "psi", "y": "v_int", "at": "0:1519,3:650.5", "edges": "0"}
    app = numbers(**asked)
    assert link_of(app).items() >= {"of": "numbers", **asked}.items() - {("at", asked["at"])}
    assert slider_of(app, "rho (ft)").value == 1519
    assert not app.warning


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("at", "9:1", "whole number"),
        ("at", "2:nan", "finite"),
        ("x", "alpha", "one of"),
        ("through", "sphere", "one of"),
        ("net", "../secret", "one of"),
        ("named", "[1]", "JSON object"),
        ("named", '{"0":{"low":"much"}}', "JSON object"),
        ("of", "sounds", "one of"),
    ],
)
def test_a_broken_link_is_explained_and_the_page_goes_on(name: str, value: str, said: str):
    app = opened("pages/slices/page.py", {"of": "numbers", name: value})
    assert said in texts(app)
    app.button(key="dismiss").click()
    assert not settled(app).warning


def test_one_input_twice_spans_no_plane():
    app = numbers(x="theta", y="theta")
    assert any("two different inputs" in error.value for error in app.error)
    assert not app.exception


def test_a_table_gives_names_units_and_ranges_and_its_rows_span_planes():
    app = until_it_says(with_table(with_own()), "linear region")
    assert "1 of 4 rows miss a value" in texts(app)
    assert app.selectbox(key="slices-x").options == ["p", "**q**", "<b>r</b>"]
    assert slider_of(app, "\\<b>r\\</b>").value == 2
    app.segmented_control(key="slices-through").set_value("three")
    until_it_says(settled(app), "linear region")
    assert {button.key for button in app.button} >= {f"slices-pin-{name}" for name in "abc"}
    app.button(key="slices-pin-b").click()
    until_it_says(settled(app), "No perturbation with")
    assert "in shares of each input" in texts(app)
    shown = next(html.proto.body for html in app.get("html") if "pinned-values" in html.proto.body)
    assert "&lt;b&gt;r&lt;/b&gt;" in shown and "<b>r</b>" not in shown
    app.segmented_control(key="slices-through").set_value("directions")
    settled(app)
    app.selectbox(key="slices-u").set_value("pc1")
    until_it_says(settled(app), "linear region")
    assert not app.exception and not app.error


def test_another_row_moves_the_sliders_to_its_values():
    app = with_table(with_own())
    app.number_input(key="slices-a").set_value(1)
    settled(app)
    assert slider_of(app, "\\<b>r\\</b>").value == -1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,2\n3,4\n", "2 columns of numbers, but the network takes 3 inputs"),
        (b"a,b,c\n1,2,x y\n3,4,5\n6,7,8\n", "is no number"),
        (b"", "empty"),
    ],
)
def test_a_table_that_does_not_fit_is_explained_and_the_picture_stays(content: bytes, said: str):
    app = with_table(with_own(), content, "bad.csv")
    assert any(said in error.value.replace("\\", "") for error in app.error)
    until_it_says(app, "linear region")


def test_typed_names_ranges_and_units_are_in_the_link_and_invalid_ones_are_explained():
    changes = json.dumps({"0": {"name": "x *1*", "low": -2, "high": 2, "unit": "m"}})
    app = with_own(named=changes)
    assert app.selectbox(key="slices-x").options[0] == "x *1*"
    assert json.loads(link_of(app)["named"]) == json.loads(changes)
    empty = with_own(named=json.dumps({"0": {"low": 5}}))
    assert any("is empty" in error.value for error in empty.error)
    assert empty.selectbox(key="slices-x").options[0] == "input 1"


def test_changed_fields_replace_those_of_an_input_alone():
    inputs = changed(numbered(2), {1: {"name": "input 1", "high": 3}})
    assert inputs.items == (NamedInput("input 1", 0, 1), NamedInput("input 1 (2)", 0, 3))
    with pytest.raises(ValueError, match="not complete"):
        changed(numbered(1), {0: {"low": None}})


def test_of_many_inputs_the_reader_chooses_which_get_a_slider():
    rows = "\n".join(",".join(f"{value:.4f}" for value in row) for row in np.random.default_rng(0).random((5, 30)))
    app = with_table(with_own(30), rows.encode())
    assert not any(slider.label.startswith("input") for slider in app.slider)
    app.multiselect(key="slices-with-sliders").set_value([7, 9])
    settled(app)
    slider_of(app, "input 8").set_value(0.5)
    assert "7:0.5" in link_of(settled(app))["at"]


def test_a_network_of_another_kind_is_refused_for_its_inputs_number_of_names():
    app = numbers(net="file")
    app.file_uploader(key="slices-numbers-network").upload("no.onnx", b"no network")
    assert any("no file of a trained network" in error.value for error in settled(app).error)
    assert not app.exception


def test_a_second_network_of_the_same_inputs_is_shown_beside_the_first():
    app = numbers(second="acasxu-1-1", edges="0")
    assert {"ACAS Xu 1-1, collision avoidance", "ACAS Xu 1-1, collision avoidance (2)"} <= set(titles_of(app))
    assert link_of(app)["second"] == "acasxu-1-1"


def test_a_second_network_of_other_inputs_is_refused_and_the_first_stays():
    app = numbers(second="file", edges="0")
    app.file_uploader(key="slices-numbers-second").upload("mine.safetensors", network_bytes(mlp((3, 6, 3))))
    settled(app)
    assert "takes 3 numbers" in texts(app) and "same inputs" in texts(app)
    assert titles_of(app) == ["ACAS Xu 1-1, collision avoidance"]


def titles_of(app: AppTest) -> list[str]:
    """The networks over the pictures."""
    return re.findall(r"font-size:1\.08rem[^>]*>([^<]+)</span>", texts(app))
