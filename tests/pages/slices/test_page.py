"""The Slices page without a browser: its states, its links, and what it says to bad input."""

from __future__ import annotations

import io
import json
import re
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from models import image_mlp, load_images, mlp, network_bytes
from tests.pages.driving import link_of, opened, settled, texts, until
from tests.slow import others_slow

SMALL = {"first": "untrained", "second": "none", "size": "0.2"}


def slices(**link: str) -> AppTest:
    """The page, opened by a link, after its first run; a small window of an untrained network unless told."""
    return opened("pages/slices/page.py", {**SMALL, **link})


def until_it_says(app: AppTest, text: str) -> AppTest:
    return until(app, lambda app: text in texts(app))


def upload(app: AppTest, name: str, content: bytes, slot: int = 0) -> AppTest:
    app.file_uploader(key=f"slices-network-{slot}").upload(name, content)
    return settled(app)


def test_regions_are_counted_and_a_pin_is_certified():
    app = until_it_says(slices(), "linear regions, found in")
    app.button(key="slices-pin-a").click()
    until_it_says(settled(app), "No perturbation with")
    assert link_of(app)["pin"] == "0,0"
    assert "Fast-Lin" in texts(app)


def test_the_link_keeps_that_the_formula_is_written_out():
    app = until_it_says(slices(pin="0,0"), "No perturbation with")
    assert "written" not in link_of(app)
    app.toggle(key="slices-formula").set_value(True)
    app = settled(app)
    assert link_of(app)["written"] == "1"
    reloaded = until_it_says(slices(**link_of(app)), "No perturbation with")
    assert reloaded.toggle(key="slices-formula").value
    assert link_of(reloaded) == link_of(app)
    reloaded.button(key="slices-unpin").click()
    assert "written" not in link_of(settled(reloaded))


def test_two_networks_stand_side_by_side():
    app = until_it_says(slices(second="untrained"), "linear regions, found in")
    assert texts(app).count('data-testid=\\"count\\"') == 2


def test_a_link_reopens_the_same_state():
    asked = {**SMALL, "a": "3", "b": "5", "c": "8", "fill": "region", "pin": "0.25,-0.5", "p": "inf", "below": "edges",
             "about": "a", "edges": "0"}  # fmt: skip
    app = slices(**asked)
    found = {name: value for name, value in link_of(app).items() if name != "second" or value != "none"}
    expected = {name: value for name, value in asked.items() if name in found}
    assert found == expected
    assert set(asked) - set(found) <= {"first", "second"}  # what a gallery without networks chooses by itself
    assert not app.warning


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    others_slow(
        [
            ("a", "-1", "whole number"),
            ("a", "one", "whole number"),
            ("size", "0", "between"),
            ("size", "nan", "finite"),
            ("plane", "sphere", "one of three"),
            ("first", "nothing-like-it", "one of"),
            ("pin", "0", "2 finite numbers"),
            ("view", "1,0,0,1", "needs an area"),
            ("images", "../secret", "one of"),
            ("flavour", "sweet", "means nothing here"),
        ],
        quick=("first", "pin"),
    ),
)
def test_a_broken_link_is_explained_and_the_page_goes_on(name, value, remedy):
    app = slices(**{name: value, "size": value if name == "size" else "0.1"})
    assert remedy in texts(app)
    app.button(key="dismiss").click()
    assert not settled(app).warning


@pytest.mark.parametrize(
    ("three", "said"),
    [(("4", "4", "4"), "the same one"), (("4", "4", "7"), "two of the three"), (("4", "7", "4"), "two")],
)
def test_equal_images_span_no_plane(three, said):
    app = slices(**dict(zip("abc", three)))
    assert any(said in error.value.lower() for error in app.error)
    assert "sidebar says is missing" in texts(app)


@pytest.mark.parametrize(
    ("before", "key", "value", "name"),
    [
        ({"plane": "directions", "u": "b", "v": "c"}, "slices-v", "b", "v"),
        ({"a": "3", "b": "5", "c": "8"}, "slices-c", 5, "c"),
    ],
)
def test_the_link_follows_the_controls_also_when_they_span_no_plane(before, key, value, name):
    app = slices(**before)
    control = app.selectbox(key=key) if name == "v" else app.number_input(key=key)
    control.set_value(value)
    settled(app)
    assert app.error
    assert link_of(app)[name] == str(value)
    assert link_of(app).items() >= {other: text for other, text in before.items() if other not in (name, "a")}.items()


def unfolded(app: AppTest) -> AppTest:
    """With the grid of images unfolded."""
    app.session_state["slices-grid-open"] = True
    return settled(app)


def own_images(*images: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.savez(file, x=np.stack(images).astype(np.float32))
    return file.getvalue()


def test_constant_and_collinear_images_are_named():
    digits = load_images("mnist-5k").x
    app = slices()
    black, grey = np.zeros((1, 28, 28)), np.full((1, 28, 28), 0.5)
    unfolded(app)
    app.file_uploader(key="slices-image-file").upload("own.npz", own_images(black, grey, 2 * grey, 0.5 * digits[1]))
    settled(app)
    first = len(digits)
    for three, said in (((0, 1, 2), "constant"), ((1, 3, 0), "line")):
        indices = [1 if number == 1 and said == "line" else first + number for number in three]
        for slot, index in zip("abc", indices):
            app.number_input(key=f"slices-{slot}").set_value(index)
        settled(app)
        assert any(said in error.value for error in app.error), (three, [error.value for error in app.error])


def test_a_picture_becomes_an_image_of_the_sets_size():
    app = slices()
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (50, 40, 3), dtype=np.uint8)).save(file, "PNG")
    unfolded(app)
    app.file_uploader(key="slices-image-file").upload("own.png", file.getvalue())
    settled(app)
    assert app.number_input(key="slices-a").value == len(load_images("mnist-5k").x)
    assert "not in the link" in texts(app)
    until_it_says(app, "linear regions, found in")


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (mlp((16, 8, 10)), "choose other images or another network"),
        (mlp((784, 8, 3)), "knows 3 classes"),
        (image_mlp((8,), (3, 32, 32)), "3×32×32"),
    ],
)
def test_a_network_for_other_data_is_refused_with_the_reason(network, said):
    app = upload(slices(first="file"), "mine.safetensors", network_bytes(network.eval()))
    assert said in texts(app)


def test_what_is_no_network_is_refused():
    app = upload(slices(first="file"), "mine.safetensors", b"nothing that can be read")
    assert "no file of a trained network" in texts(app)


def test_a_refused_first_network_is_told_beside_what_is_shown_instead():
    app = slices(first="file", second="untrained")
    warnings = [warning.value for warning in app.main.warning]
    assert warnings == ["The first network is not there yet: the sidebar says what it needs. Shown alone: untrained."]
    app = upload(app, "mine_.safetensors", b"nothing that can be read")
    (said,) = (warning.value for warning in app.main.warning)
    assert "The first network was refused: mine\\_.safetensors is no file" in said and said.endswith("untrained.")
    app = upload(app, "mine.safetensors", network_bytes(image_mlp((8,)).eval()))
    assert not app.main.warning


def test_an_uploaded_network_is_tried_on_images_and_what_is_open_is_asked():
    network = image_mlp((12,), seed=3).eval()
    file = io.BytesIO()
    (W1, b1), (W2, b2) = ((layer.weight.detach(), layer.bias.detach()) for layer in (network[1], network[3]))
    np.savez(file, W1=W1, b1=b1, W2=W2, b2=b2)
    app = upload(slices(first="file"), "mine.npz", file.getvalue())
    assert "of 500 images" in texts(app)
    assert any(box.label == "Inputs are normalised" for box in app.selectbox)
    until_it_says(app, "linear regions, found in")


@pytest.mark.parametrize("way", ["b", "gradient", "adversarial", "random", "pc1"])
def test_a_plane_along_every_direction_is_cut(way):
    app = slices(plane="directions", u=way, v="pc2", size="0.1")
    until_it_says(app, "linear regions, found in")
    assert not app.error


@pytest.mark.parametrize(("section", "said"), [("edges", "Mean d_B"), ("gradients", "Blue is positive")])
def test_each_section_below_arrives(section, said):
    until_it_says(slices(below=section), said)


def test_a_heat_map_arrives(monkeypatch):
    import pages.slices.heat_maps as heat_maps

    monkeypatch.setattr(heat_maps, "SIDES", (3, 4))
    until_it_says(slices(below="maps", heat="margin"), "One colour scale for all")


def test_a_heat_map_that_was_stopped_begins_again_when_asked(monkeypatch):
    import pages.slices.heat_maps as heat_maps

    compute, free = heat_maps._values, threading.Event()

    def values(*arguments: Any) -> np.ndarray:
        free.wait(60)
        return compute(*arguments)

    monkeypatch.setattr(heat_maps, "SIDES", (3, 4))
    monkeypatch.setattr(heat_maps, "_values", values)
    app = until(
        slices(below="maps", heat="margin", size="0.3"), lambda app: any(b.key == "slices-stop-map" for b in app.button)
    )
    app.button(key="slices-stop-map").click()
    settled(app)
    free.set()  # the step under way ends after it was told to stop
    app = until_it_says(app, "Stopped before there were 4 × 4 points")
    app.button(key="slices-map-again").click()
    until_it_says(settled(app), "One colour scale for all")


def test_digits_at_random_are_other_digits():
    app = slices()
    app.button(key="slices-random").click()
    settled(app)
    assert len({app.number_input(key=f"slices-{slot}").value for slot in "abc"}) == 3
    assert not app.error


def test_an_image_of_the_grid_is_put_into_its_place():
    app = unfolded(slices())
    app.button(key="slices-take-12").click()
    settled(app)
    assert app.number_input(key="slices-a").value == 12
    assert link_of(app)["a"] == "12"


def badge(app: AppTest) -> str:
    """What the first picture is said to be."""
    messages = [json.loads(each.proto.json) for each in app.get("bidi_component") if each.proto.json]
    return next(message["options"]["badge"] for message in messages if "options" in message)


def inside(app: AppTest, share: float) -> tuple[float, float, float, float]:
    """A part of the whole window, with its centre and so much of its sides."""
    s0, s1, t0, t1 = app.session_state["slices-home"]
    s, t, width, height = (s0 + s1) / 2, (t0 + t1) / 2, share * (s1 - s0) / 2, share * (t1 - t0) / 2
    return s - width, s + width, t - height, t + height


def test_until_the_window_in_view_is_found_the_count_is_said_to_be_of_the_view_before(monkeypatch):
    from pages.slices import main_panel, pictures

    app = until_it_says(slices(), "linear regions, found in")
    before = re.search(r"<b>(\S+)</b> linear regions, found in", texts(app))
    assert before is not None
    search, free = pictures.regions_in_memory, threading.Event()

    def regions(*arguments: Any, **options: Any) -> Any:
        free.wait(60)
        return search(*arguments, **options)

    sample = pictures.sampled_slice
    monkeypatch.setattr(pictures, "regions_in_memory", regions)
    monkeypatch.setattr(pictures, "sampled_slice", lambda *asked: free.wait(60) and sample(*asked))
    monkeypatch.setattr(main_panel, "FINEST", 2.0)
    app.session_state["slices-view"] = inside(app, 1e-4)
    try:
        said = texts(settled(app))
        assert f"finding the regions in view … Before the view moved: <b>{before[1]}</b>" in said
        assert badge(app) == f"before the view moved: {before[1]} regions"
    finally:
        free.set()


def boundary_on_the_plane(app: AppTest) -> str:
    """What the table under a pin says of it."""
    said = re.search(r"found so far on the plane: an upper bound\.[^>]*>(?:<b>|<span[^>]*>)?([^<]*)", texts(app))
    return "" if said is None else said[1]


def test_a_zoom_keeps_the_nearest_boundary_on_the_plane(monkeypatch):
    from pages.slices import main_panel

    whole = slices(size="2", pin="0,0")
    whole = until(whole, lambda app: re.fullmatch(r"[\d.]+", boundary_on_the_plane(app)))
    known = boundary_on_the_plane(whole)
    monkeypatch.setattr(main_panel, "FINEST", 2.0)
    whole.session_state["slices-view"] = (-0.1, 0.1, -0.1, 0.1)
    until(whole, lambda app: " in and around the view, found in" in texts(app), 20)
    assert boundary_on_the_plane(whole) == known

    alone = until_it_says(slices(size="2", pin="0,0", view="-0.1,0.1,-0.1,0.1"), " in and around the view, found in")
    assert boundary_on_the_plane(alone) == "none in view"


def test_a_count_of_more_than_what_is_in_view_says_so(monkeypatch):
    from pages.slices import main_panel

    app = until_it_says(slices(), "linear regions, found in")
    app.session_state["slices-view"] = inside(app, 0.5)
    assert "linear regions in the whole window, found in" in texts(settled(app))
    assert "regions in the whole window · " in badge(app)
    monkeypatch.setattr(main_panel, "FINEST", 2.0)
    app.session_state["slices-view"] = inside(app, 1e-4)
    app = until(app, lambda app: " in and around the view, found in" in texts(app), 20)
    assert " in and around the view · " in badge(app)


def test_brightness_and_contrast_are_proved_over_the_rectangle_of_the_link():
    asked = {"plane": "brightness", "a": "3", "contrast-from": "0.95", "contrast-to": "1.05", "pin": "1,0.01"}
    app = until_it_says(slices(**asked), 'data-testid=\\"plane-verdict\\"')
    assert "contrast in [0.95, 1.05] and brightness in [-0.1, 0.1]" in texts(app) or "Broken at contrast" in texts(app)
    assert "contrast 1, brightness 0.01" in texts(app)
    assert link_of(app).items() >= asked.items()
    assert "No perturbation with" not in texts(app)  # balls of images have no place among parameters


def test_a_range_whose_ends_are_the_wrong_way_round_is_refused():
    app = settled(slices(plane="brightness", **{"contrast-from": "1.2", "contrast-to": "0.8"}))
    assert "Contrast goes from 1.2 to 0.8" in texts(app)


def test_a_rectangle_of_blends_is_proved_where_it_is_asked_for():
    app = until_it_says(slices(prove="1"), 'data-testid=\\"plane-verdict\\"')
    assert "share of image b" in texts(app)
    app.toggle(key="slices-prove").set_value(False)
    until_it_says(settled(app), "linear regions, found in")
    assert "plane-verdict" not in texts(app) and "prove" not in link_of(app)
