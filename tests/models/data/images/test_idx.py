"""IDX files are read as they were written."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.data.images import load_images
from models.data.images.formats.idx import read_idx
from models.data.images.images import FOLDER_VARIABLE
from tests.models.data.images.builders import idx, write_idx
from tests.reference import MNIST


@settings(deadline=None)
@given(hnp.arrays(np.uint8, hnp.array_shapes(max_dims=3)), st.booleans())
def test_an_array_comes_back(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, zipped: bool) -> None:
    path = tmp_path_factory.mktemp("idx") / "a"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert np.array_equal(read_idx(path), array)


@pytest.mark.parametrize("place", ["mnist", "MNIST/raw", "."])
def test_images_are_scaled_and_have_a_channel(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = write_idx(tmp_path / place)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    found = load_images()
    assert found.x.shape == (3, 1, 4, 5)
    assert np.array_equal(found.x[:, 0] * np.float32(255), images.astype(np.float32))
    assert list(found.y) == [0, 1, 2]


def test_digits_are_not_taken_for_clothes(tmp_path: Path) -> None:
    write_idx(tmp_path)
    with pytest.raises(FileNotFoundError, match="Fashion-MNIST"):
        load_images("fashion-mnist", folder=tmp_path)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    write_idx(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"train part of MNIST .* train-images-idx3-ubyte"):
        load_images(part="train", folder=tmp_path)


def test_images_and_labels_must_be_as_many(tmp_path: Path) -> None:
    write_idx(tmp_path, 3, 4)
    with pytest.raises(ValueError, match=r"\(3, 4, 5\) and \(4,\)"):
        load_images(folder=tmp_path)


@settings(deadline=None)
@given(st.booleans(), st.floats(0, 1, exclude_max=True))
def test_a_cut_off_file_is_refused(tmp_path_factory: pytest.TempPathFactory, zipped: bool, share: float) -> None:
    whole = idx(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    whole = gzip.compress(whole) if zipped else whole
    path = tmp_path_factory.mktemp("idx") / "a"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="download it again"):
        read_idx(path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(201_000_000), 1))
    with pytest.raises(ValueError, match="201,000,000 bytes; up to 200"):
        read_idx(path)


if MNIST.is_dir():

    def test_mnist_is_what_was_published() -> None:
        images, labels = (read_idx(MNIST / f"t10k-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1"))
        assert hashlib.sha256(idx(images)).hexdigest().startswith("0fa7898d")
        assert hashlib.sha256(idx(labels)).hexdigest().startswith("ff7bcfd4")
        assert load_images(folder=MNIST).x.shape == (10_000, 1, 28, 28)
