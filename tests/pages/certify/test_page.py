"""The Certify page without a browser: its states, its links, and what it says to bad input."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from certify import minimal_perturbation
from figures.certify.best_bounds import BestBounds
from models import load_preset, mlp, network_bytes
from models.data.images import catalogue
from models.gallery import gallery
from pages.certify.point import spoken
from tests.pages.driving import link_of, opened, settled, texts, until
from tests.slow import others_slow

QUICK = "simplex,interval,deepfool"


def has(button: str) -> Callable[[AppTest], bool]:
    return lambda app: any(each.key == button for each in app.button)


def certify(**link: str) -> AppTest:
    """The page, opened by a link, after its first run."""
    return opened("pages/certify/page.py", link)


def test_the_link_keeps_that_the_formula_is_written_out():
    app = certify(data="tight", pin="0.1,0.4", methods=QUICK, written="1")
    assert app.toggle(key="certify-formula").value
    assert link_of(app)["written"] == "1"
    app.toggle(key="certify-formula").set_value(False)
    assert "written" not in link_of(settled(app))


def test_without_a_pin_there_is_a_button_that_sets_one():
    app = certify(data="tight", methods=QUICK)
    assert "Which point?" in texts(app)
    app.button(key="pin-somewhere").click().run()
    assert not app.exception
    assert "pin" in link_of(settled(app))
    assert "changes the class" in texts(until(app, has("again")))


def test_the_ladder_says_what_the_certifier_found():
    app = until(certify(data="tight", pin="0.1,0.4", p="inf", methods="simplex,deepfool,exact"), has("again"))
    (found,) = minimal_perturbation(load_preset("tight").network, np.array([[0.1, 0.4]]), math.inf)
    assert found.optimal
    assert f"{found.upper:.3g}"[:4] in texts(app)


def test_a_link_reopens_the_same_state():
    asked = {
        "data": "xor",
        "pin": "0.25,-0.5",
        "p": "1",
        "box": "-2,2",
        "methods": "simplex,crown,deepfool",
        "seconds": "3",
    }
    app = certify(**asked)
    assert link_of(app) == asked
    assert link_of(settled(app)) == asked
    asked = {"data": "kw", "show": "data", "eps": "0.02", "reach": "0.05", "use": "3", "curves": "interval"}
    assert link_of(certify(**asked)) == asked


def test_methods_that_a_norm_does_not_know_come_back_with_the_next():
    app = certify(data="tight", pin="0.1,0.4", p="inf", methods="interval,lp")
    for p in ("2", "inf"):
        app.segmented_control(key="p").select(p).run()
        assert not app.exception
    assert link_of(settled(app))["methods"] == "interval,lp"


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    others_slow(
        [
            ("eps", "-0.1", "between 0 and"),
            ("eps", "nan", "finite"),
            ("reach", "0", "between"),
            ("seconds", "-1", "between 0 and 600"),
            ("methods", "magic", "one of simplex"),
            ("box", "1,0", "lo < hi"),
            ("show", "all", "one of ladder"),
            ("use", "0", "whole number"),
            ("curves", "pgd", "one of interval"),
            ("flavour", "sweet", "means nothing here"),
        ],
        quick=("box", "show"),
    ),
)
def test_a_broken_link_is_explained_and_the_page_goes_on(name, value, remedy):
    show = {"show": "data", "use": "2", "curves": "interval"} if name in ("eps", "reach", "use", "curves") else {}
    app = certify(**{"data": "tight", **show, name: value})
    assert remedy in texts(app)
    app.button(key="dismiss").click().run()
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize(("text", "remedy"), [("1, 0", "lo < hi"), ("a, b", "2 finite numbers"), ("0", "2 finite")])
def test_a_box_that_cannot_be_is_explained_and_stays_typed(text, remedy):
    app = certify(data="tight", methods=QUICK, pin="0.1,0.4")
    app.text_input(key="box").set_value(text).run()
    assert remedy in texts(app)
    assert app.text_input(key="box").value == text


def test_a_box_without_the_point_is_explained():
    app = certify(data="tight", methods=QUICK, pin="0.1,0.4", box="0.2,1")
    until(app, lambda app: bool(app.error))
    assert any("box" in error.value for error in app.error)


def test_no_time_leaves_the_exact_search_out_and_says_so():
    app = until(certify(data="tight", methods="simplex,deepfool,exact", pin="0.1,0.4", seconds="0"), has("again"))
    assert "0 s leaves the exact search out" in texts(app)


def test_no_method_is_an_answerable_state():
    assert "No method is chosen" in texts(certify(data="tight", methods="none", pin="0.1,0.4"))


def test_no_points_is_an_answerable_state():
    everything_gone = "_".join(["d0"] * 12)
    assert "no data points" in texts(certify(data="kw", points=everything_gone, show="data"))


def test_a_run_over_the_data_ends_in_numbers():
    app = certify(data="tight", show="data", use="4", curves="interval", reach="0.2")
    until(app, lambda app: "points wrong" in texts(app))


def test_images_that_are_not_there_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    monkeypatch.setattr(catalogue, "PACKAGES", tmp_path)  # Debian's data sets
    app = certify(of="images", images="fashion-mnist")
    assert "t10k-images" in texts(app)
    app.button(key="back-to-plane").click().run()
    assert not app.exception
    assert "Which point?" in texts(app)


def test_a_network_of_the_gallery_is_certified_on_digits_out_of_the_box():
    app = certify(of="images", trained=gallery()[0], methods=QUICK, image="3", p="inf")
    assert not app.exception, app.exception
    until(app, has("again"))
    assert "changes the class" in texts(app)
    assert "reopens this page" in texts(app)


def image_files(folder: Path) -> None:
    """Five images of 4 x 4 pixels in the IDX format."""
    pixels = np.random.default_rng(0).integers(0, 256, (5, 4, 4), dtype=np.uint8)
    for stem, array in (("t10k-images-idx3-ubyte", pixels), ("t10k-labels-idx1-ubyte", np.arange(5, dtype=np.uint8))):
        head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4) for size in array.shape)
        (folder / stem).write_bytes(head + array.tobytes())


@pytest.mark.parametrize(
    ("sizes", "said"),
    [((16, 8, 5), "changes the class"), ((9, 8, 5), "takes 9 numbers"), ((16, 8, 3), "knows 3 classes")],
)
def test_an_uploaded_network_is_certified_on_images_or_refused_with_the_reason(monkeypatch, tmp_path, sizes, said):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    image_files(tmp_path)
    app = certify(of="images", images="mnist", trained="file", methods=QUICK, image="4", p="inf")
    app.file_uploader(key="certify-network-file").upload("mine.safetensors", network_bytes(mlp(sizes))).run()
    assert not app.exception, app.exception
    if said == "changes the class":
        until(app, has("again"))
    assert said in texts(app)


@pytest.mark.parametrize("page", ["certify", "polytope"])
def test_who_lacks_images_is_asked_for_images(page, monkeypatch, tmp_path):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    shipped = next(iter(gallery()))
    names = {"of": "images"} if page == "certify" else {"from": "images"}
    app = opened(f"pages/{page}/page.py", {**names, "images": "own-0123456789abcdef", "trained": shipped})
    assert not app.exception
    assert "The images are missing" in texts(app)
    assert "is here" in texts(app)
    assert "Upload a network" not in texts(app)
    app = opened(f"pages/{page}/page.py", {**names, "trained": "file"})
    assert "Upload a network" in texts(app)
    assert "images are missing" not in texts(app)


def test_the_whole_data_set_is_all_of_it_and_a_sample_says_so():
    app = certify(data="tight", show="data", curves="interval", reach="0.01")
    total = len(load_preset("tight").dataset.x)
    assert f"all {total} points" in texts(app)
    app = certify(data="tight", show="data", curves="interval", reach="0.01", use="4")
    assert f"a random sample of 4 of {total}, by class, seed 0" in texts(app)


def test_without_an_exact_search_nobody_is_told_to_give_it_more_time():
    app = until(certify(data="tight", pin="0.1,0.4", p="inf", methods="simplex,fgsm"), has("again"))
    assert "is not among the methods" in texts(app)
    assert "raise" not in texts(app)


@pytest.mark.parametrize(
    ("best", "said"),
    [
        (BestBounds(), ""),
        (BestBounds(attacked=True), ""),
        (BestBounds(bounded=True), "Nothing is proved."),
        (BestBounds(upper=0.5, attacked=True), "Attacked: a perturbation of size 0.500 changes the class."),
        (BestBounds(lower=0.25, bounded=True), "Proved: no perturbation with ‖δ‖₂ < 0.250 changes the class."),
    ],
)
def test_nothing_is_announced_about_a_point_before_a_method_has_said_something(best: BestBounds, said: str):
    assert spoken(best, 2) == said


@pytest.mark.parametrize("asked", [{"data": "file"}, {"network": "file"}, {"data": "file", "network": "file"}])
def test_a_link_carries_what_is_shown_while_no_file_is_there(asked):
    said = texts(opened("pages/certify/page.py", asked))
    assert "The link in the address bar reopens this page." in said and "not in the link" not in said


def test_a_network_with_other_inputs_than_the_plane_is_told_where_it_can_go():
    app = certify(network="file")
    app.file_uploader(key="network-file").upload("five.safetensors", network_bytes(mlp((5, 8, 5)))).run()
    (said,) = (error.value for error in app.error)
    assert "takes 5 numbers" in said and "choose other points" not in said
    assert "Certify has Images" in said and "python -m certify property" in said
