"""CIFAR-10's Python version is read as plain values: nothing in its pickles is called."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from models.data.images.formats.cifar10_python import batch
from tests.models.data.images.published import cifar_batch, pictures, python2_text

IMAGES = pictures(3)
BATCH = cifar_batch(IMAGES, [3, 0, 9])


def test_a_batch_of_python_2_is_its_pixels_and_labels() -> None:
    pixels, labels = batch(BATCH, "data_batch_1")
    assert np.array_equal(pixels.reshape(3, 3, 32, 32), IMAGES.transpose(0, 3, 1, 2))
    assert list(labels) == [3, 0, 9]


def test_the_batch_of_these_tests_is_what_unpickling_gives() -> None:
    fields = pickle.loads(BATCH, encoding="latin1")
    assert fields.keys() == {"batch_label", "labels", "data", "filenames"}
    assert np.array_equal(fields["data"], IMAGES.transpose(0, 3, 1, 2).reshape(3, -1))


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_a_batch_of_python_3_is_read_too(protocol: int) -> None:
    rows = IMAGES.transpose(0, 3, 1, 2).reshape(3, -1)
    for text in (str, str.encode):
        fields = {text("labels"): [3, 0, 9], text("data"): rows}
        pixels, labels = batch(pickle.dumps(fields, protocol), "test_batch")
        assert np.array_equal(pixels, rows) and list(labels) == [3, 0, 9]


class Malicious:
    """Unpickling it would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (str(self.path),)


@pytest.mark.parametrize("protocol", range(6))
def test_nothing_is_executed(protocol: int, tmp_path: Path) -> None:
    harm = Malicious(tmp_path / "harm")
    rows = IMAGES.transpose(0, 3, 1, 2).reshape(3, -1)
    for fields in (harm, {"labels": [3, 0, 9], "data": rows, "filenames": [harm]}, {"data": harm, "labels": []}):
        with pytest.raises(ValueError, match=r"may be malicious|which no writer|damaged"):
            batch(pickle.dumps(fields, protocol), "data_batch_1")
    assert not (tmp_path / "harm").exists()


def test_functions_other_than_those_of_an_array_are_refused_even_if_their_result_is_dropped() -> None:
    call = b"cposix\nsystem\n" + python2_text(b"touch harm") + b"\x85R0"
    with pytest.raises(ValueError, match="it names 'posix system', which its format does not need"):
        batch(b"\x80\x02" + call + BATCH[2:], "data_batch_1")
    with pytest.raises(ValueError, match="names 'builtins eval'"):
        batch(pickle.dumps({"labels": [0], "data": eval}, 2).replace(b"__builtin__", b"builtins"), "data_batch_1")


ROWS = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([1, 2], "no dictionary"),
        ({"labels": [0, 1]}, "lacks data"),
        ({"data": ROWS}, "lacks labels"),
        ({"data": ROWS, "labels": [0, 1], "extra": 1}, "holds 'extra'"),
        ({"data": ROWS, "fine_labels": [0, 1], "coarse_labels": [0, 1]}, "holds 'coarse_labels'"),
        ({"data": ROWS, "labels": [0]}, "1 labels for 2 images"),
        ({"data": ROWS, "labels": [0, 10]}, "label 2 does not lie between 0 and 9"),
        ({"data": ROWS, "labels": [0, -1]}, "label 2 does not lie"),
        ({"data": ROWS, "labels": [0, 10**400]}, "label 2 does not lie"),
        ({"data": ROWS, "labels": [0, 0.5]}, "whole numbers"),
        ({"data": ROWS, "labels": ["0", "1"]}, "whole numbers"),
        ({"data": ROWS[:, :3000], "labels": [0, 1]}, r"\(2, 3000\)"),
        ({"data": ROWS.astype(np.float32), "labels": [0, 1]}, "array of bytes"),
        ({"data": ROWS.T.copy().T, "labels": [0, 1]}, "array of bytes"),
        ({"data": b"0" * 3072, "labels": [0]}, "array of bytes"),
        ({"data": [1, 2], "labels": [0, 1]}, "array of bytes"),
    ],
)
def test_other_content_than_a_batchs_is_said(fields: object, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        batch(pickle.dumps(fields, 2), "data_batch_1")
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize("length", [0, 1, 100, 5000, len(BATCH) - 1])
def test_a_batch_that_is_cut_off_is_damaged(length: int) -> None:
    with pytest.raises(ValueError, match="damaged or cut off"):
        batch(BATCH[:length], "data_batch_1")
