"""Images of one's own without a browser: uploaded once, offered everywhere, and asked for where they are missing."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from geometry.computation.memory import BUDGET
from models.data.images import catalogue, read_set
from pages.shared.image_sets import FILE, ImageSetState, Shelf
from pages.slices.images import MOST_OWN, with_more
from tests.models.data.images.builders import idx, npz
from tests.pages.driving import complaints, link_of, opened, settled, texts, until

RNG = np.random.default_rng(0)
X, Y = RNG.random((24, 2, 5, 7)).astype(np.float32), np.arange(24) % 3
NAMES = np.array(["<b>cat</b>", "*dog*", "=cow"])
SET = npz(x=X, y=Y, classes=NAMES)
NAME = f"own-{read_set([('mine.npz', SET)]).key}"
RECORDS = RNG.integers(0, 256, (20, 3073), np.uint8)
RECORDS[:, 0] = np.arange(20) % 10


def test_an_image_of_ones_own_holds_no_more_than_itself():
    archive = RNG.random((400, 1, 28, 28)).astype(np.float32)
    kept = with_more([], archive)
    assert len(kept) == MOST_OWN
    assert all(image.base is None for image in kept)
    assert np.array_equal(kept[0], archive[-MOST_OWN])
    later = with_more(kept, archive[:1])
    assert len(later) == MOST_OWN and np.array_equal(later[-1], archive[0])


def test_a_set_that_does_not_fit_into_memory_is_refused_with_the_numbers(monkeypatch):
    monkeypatch.setattr(BUDGET, "_given", 1000)
    app = upload(chooser(("slices-",), images=FILE), ("mine.npz", SET))
    assert "this server has 1 MB" in complaints(app)


def test_the_licence_of_the_digits_that_come_with_the_app_is_named():
    assert "MNIST, © Yann LeCun and Corinna Cortes, CC BY-SA 3.0" in texts(chooser())


def chooser(pages: tuple[str, ...] = ("slices-",), **link: str) -> AppTest:
    """The choosers of several pages on one."""

    def script(pages: tuple[str, ...]) -> None:
        import streamlit as st

        from pages.shared import link
        from pages.shared.image_sets import choose_images
        from pages.shared.linked_controls import Linked

        parts: dict[str, str | None] = {}
        for page in pages:
            linked = Linked(page)
            found = choose_images(linked)
            parts |= linked.parts
            st.caption(
                "nothing" if found is None else f"{len(found.images)} images {found.images.shape} of {found.name}"
            )
        link.write(parts)

    app = AppTest.from_function(script, default_timeout=240, kwargs={"pages": pages})
    for name, value in link.items():
        app.query_params[name] = value
    return settled(app)


def upload(app: AppTest, *files: tuple[str, bytes], page: str = "slices-") -> AppTest:
    app.file_uploader(key=f"{page}images-file").set_value([(name, data, "") for name, data in files])
    return settled(settled(app))


def test_a_set_uploaded_on_one_page_is_offered_on_all_and_named_in_the_link():
    app = upload(chooser(("slices-", ""), images=FILE), ("mine.npz", SET))
    assert f"24 images (2, 5, 7) of {NAME}" in texts(app)
    assert link_of(app)["images"] in (NAME, FILE)
    other = app.selectbox(key="images")
    other.select(NAME)
    assert texts(settled(app)).count(NAME) >= 2


def test_a_link_to_images_that_are_not_here_asks_for_their_file():
    app = chooser(images=NAME)
    assert "upload their file here" in complaints(app)
    assert complaints(app).count(".") == 1
    assert f"of {NAME}" in texts(upload(app, ("another name.npz", SET)))


@pytest.mark.parametrize(("name", "files"), [("cifar-10", "cifar-10-binary.tar.gz"), ("fashion-mnist", "t10k-images")])
def test_known_sets_without_files_say_what_to_upload(monkeypatch, tmp_path, name: str, files: str):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    monkeypatch.setattr(catalogue, "PACKAGES", tmp_path)  # Debian's data sets
    app = chooser(images=name)
    assert files in complaints(app) and app.file_uploader(key="slices-images-file")


def test_files_of_a_known_set_take_its_place(monkeypatch, tmp_path):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    app = upload(chooser(images="cifar-10"), ("test_batch.bin", RECORDS.tobytes()))
    assert "20 images (3, 32, 32) of cifar-10" in texts(app)
    shelf: Shelf = app.session_state[ImageSetState.shelf.key]
    assert shelf.sets["cifar-10"].classes[9] == "truck"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("data_batch_1", pickle.dumps({"data": 1}))], "lacks labels"),
        ([("mine.npz", npz(x=X * 255))], "divide them by 255"),
        (
            [("t10k-images", idx(np.zeros((2, 4, 4), np.uint8))), ("t10k-labels", idx(np.zeros(2, np.uint8)))],
            "no images of",
        ),
        ([("half.npz", SET[:200])], "damaged"),
    ],
)
def test_files_that_are_no_such_images_are_refused_with_the_remedy(monkeypatch, tmp_path, files, said: str):
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    app = upload(chooser(images="cifar-10"), *files)
    assert said in complaints(app)
    assert said in complaints(settled(app))  # and it stays said


@pytest.fixture
def own_set(monkeypatch, tmp_path) -> None:
    """Two archives in the data folder: with labels, and without."""
    (tmp_path / "mine.npz").write_bytes(SET)
    (tmp_path / "bare.npz").write_bytes(npz(x=X * 4 - 2, limits=np.array([-2.0, 2.0])))
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))


@pytest.mark.usefixtures("own_set")
def test_slices_cuts_a_plane_through_inputs_of_any_shape():
    app = opened("pages/slices/page.py", {"images": "mine", "first": "untrained", "second": "none"})
    until(app, lambda app: "linear regions, found in" in texts(app))
    app.button(key="slices-pin-a").click()
    until(settled(app), lambda app: "No perturbation with" in texts(app))
    assert not app.error
    assert "<b>cat" not in texts(app)


@pytest.mark.usefixtures("own_set")
def test_train_learns_a_set_of_any_shape_and_sends_the_network_with_it(monkeypatch):
    pages: list[str] = []
    monkeypatch.setattr("streamlit.switch_page", pages.append)
    app = opened("pages/train/page.py", {"of": "images", "images": "mine", "widths": "6", "b": "none"})
    assert not complaints(app)
    app.button(key="train-to-Certify").click()
    settled(app)
    assert pages == ["pages/certify/page.py"]
    assert app.session_state["images"] == "mine" and app.session_state["trained"] == "sent"
    assert app.session_state["network-sent"].network.input_shape == (2, 5, 7)
    assert app.session_state["slices-first"] == "sent"


@pytest.mark.usefixtures("own_set")
def test_train_asks_for_labels():
    app = opened("pages/train/page.py", {"of": "images", "images": "bare"})
    assert "need labels" in complaints(app)


@pytest.mark.usefixtures("own_set")
@pytest.mark.parametrize("page", ["certify", "polytope"])
def test_a_network_that_was_sent_is_asked_about_on_its_own_set(page: str):
    app = AppTest.from_function(sent, default_timeout=240, kwargs={"page": page, "images": "mine"})
    settled(app)
    assert not app.error and "<b>cat" not in texts(app)
    assert {"certify": "The network sees", "polytope": "overtake"}[page] in texts(app)
    assert app.selectbox(key="trained").value == "sent"


@pytest.mark.usefixtures("own_set")
def test_a_set_with_limits_has_them_as_its_box_and_no_data_set_view_without_labels():
    app = AppTest.from_function(sent, default_timeout=240, kwargs={"page": "certify", "images": "bare", "show": "data"})
    settled(app)
    assert not app.error
    assert next(field.value for field in app.text_input if field.label == "Box") == "-2, 2"
    assert "have no labels" in texts(app)


def sent(page: str, images: str, show: str = "ladder") -> None:
    """A page of the app to which a small network for inputs (2, 5, 7) has just been sent."""
    import runpy

    import streamlit as st

    from geometry import as_network
    from models import image_mlp
    from pages.shared.hand_over import Sent, hand_over
    from pages.shared.to_polytope import IMAGES, ToPolytopeState

    if "begun" not in st.session_state:
        module = image_mlp((6,), (2, 5, 7), 3, seed=1).double().eval()
        name = Sent(as_network(module, (2, 5, 7)).detached(), module, "<i>mine", "Sent from a test.")
        hand_over(name, None, images, (-2.0, 2.0))
        st.session_state["begun"], st.session_state["show"] = True, show
        st.session_state[ToPolytopeState.source.key] = IMAGES
    runpy.run_path(f"pages/{page}/page.py")
