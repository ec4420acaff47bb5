"""An NPZ of images: shapes, classes, limits and parts as saved, or a sentence on what it needs."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.data.images.archive import NEEDS, read_archive
from models.data.images.images import Images
from tests.models.data.images.builders import npz

X = np.random.default_rng(0).random((6, 3, 4, 5)).astype(np.float32)
Y = np.array([0, 1, 2, 3, 3, -1])
NAMES = np.array(["red", "green", "blue", "grey"])


def test_a_set_is_what_was_saved():
    found = read_archive(npz(x=X, y=Y, classes=NAMES), "mine.npz").images()
    assert np.array_equal(found.x, X) and np.array_equal(found.y, Y)
    assert found.classes == tuple(NAMES) and found.shape == (3, 4, 5) and found.class_count == 4
    assert found.label(3) == "grey" and found.label(4) == "class 4"


@settings(deadline=None, max_examples=40)
@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=5, max_side=4)))
def test_bytes_of_any_shape_become_numbers_from_0_to_1(x: np.ndarray):
    found = read_archive(npz(x=x)).images()
    assert found.x.dtype == np.float32 and len(found) == len(x)
    assert np.array_equal(np.sort(np.rint(found.x * 255).ravel()), np.sort(x.ravel()))


def test_limits_allow_other_numbers_and_are_those_of_the_set():
    x = np.linspace(-0.1, 0.3, 12).reshape(4, 3)
    found = read_archive(npz(x=x, limits=np.array([-0.1, 0.3]))).images()
    assert np.array_equal(found.x, x.astype(np.float32)) and found.limits == pytest.approx((-0.1, 0.3))
    assert found.limits[0] <= found.x.min() <= found.x.max() <= found.limits[1]  # after rounding as well


def test_both_parts_are_kept_and_one_part_serves_both():
    both = read_archive(npz(x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2]), "mine")
    assert (len(both.images("train")), len(both.images("test"))) == (6, 2)
    alone = read_archive(npz(images=X, labels=Y[:, None]))
    assert alone.part("train") == "test" and np.array_equal(alone.images("train").y, Y)


def test_equal_content_has_equal_keys_and_any_change_another():
    base = {"x": X, "y": Y, "classes": NAMES}
    changes = [{"x": X[::-1]}, {"x": X.reshape(6, 4, 5, 3)}, {"y": Y[::-1]}, {"classes": NAMES[::-1]},
               {"limits": np.array([-1.0, 2.0])}]  # fmt: skip
    sets = [read_archive(npz(**{**base, **change}), "a") for change in [{}, *changes]]
    keys = {(each.key, each.images().key) for each in sets}
    assert len(keys) == len(sets) == len({key for key, _ in keys}) == len({key for _, key in keys})
    again = read_archive(npz(**base), "another name")
    assert (again.key, again.images().key) in keys


def test_the_key_of_images_names_them_whatever_memory_they_lie_in():
    turned = np.ascontiguousarray(X.transpose(0, 1, 3, 2)).transpose(0, 1, 3, 2)
    assert Images(turned, Y, "a").key == Images(X, Y, "b").key


def test_names_of_classes_are_one_short_line_without_hidden_characters():
    found = read_archive(npz(x=X, classes=np.array(["a\nb\tc", "\u202eevil\x00", " ", "n" * 200]))).images()
    assert found.classes[:3] == ("a b c", "evil", "class 2") and len(found.classes[3]) == 60


def test_names_may_be_saved_as_bytes():
    assert read_archive(npz(x=X, classes=np.array(["Löwe".encode(), b"cat"]))).classes == ("Löwe", "cat")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": X * 255}, "as uint8, or divide them by 255"),
        ({"x": X - 5}, r"limits = \[lo, hi\]"),
        ({"x": X, "limits": np.array([0.0, 0.5])}, "from 0 to 0.5"),
        ({"x": X, "limits": np.array([1.0, 0.0])}, "the lower first"),
        ({"x": X, "limits": np.array([0.0, np.inf])}, "two finite numbers"),
        ({"x": X.astype(np.uint8), "limits": np.array([0.0, 1.0])}, "leave limits out"),
        ({"x": X, "y": np.eye(6)}, "y.argmax"),
        ({"x": X, "y": Y, "classes": NAMES[:2]}, "classes has 2 names"),
        ({"x": X, "classes": np.array([[1, 2]])}, "not text"),
        ({"x": X, "classes": np.array(["a", None], dtype=object)}, "not text"),
        ({"x": X, "classes": np.array([b"\xff"])}, "no text"),
        ({"x_train": X, "x_test": X[..., :2]}, "different shapes"),
        ({"pictures": X}, "expected images x"),
        ({"x": np.array([{}], dtype=object)}, "real numbers"),
        ({"x": np.array(1.0)}, "shape"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_with_the_remedy(arrays: dict[str, np.ndarray], said: str):
    with pytest.raises(ValueError, match=said):
        read_archive(npz(**arrays))


def test_an_archive_without_images_is_told_all_that_it_needs():
    with pytest.raises(ValueError, match="uint8") as error:
        read_archive(npz(W1=X))
    assert NEEDS in str(error.value)


def test_nothing_is_unpickled():
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("x.npy", header.getvalue() + pickle.dumps(Trap()))
    with pytest.raises(ValueError, match="real numbers"):
        read_archive(stream.getvalue())


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4), st.floats(0, 1))
def test_a_damaged_archive_gives_a_set_or_a_value_error(changes: list[tuple[float, int]], kept: float):
    data = bytearray(npz(x=X, y=Y, classes=NAMES))
    for share, value in changes:
        data[int(share * len(data))] = value
    try:
        found = read_archive(bytes(data[: int(kept * len(data))])).images()
    except ValueError:
        return
    assert len(found.x) == len(found.y)
