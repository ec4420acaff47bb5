"""Files uploaded together: each kind is told by its content, and what is refused is told what would be read."""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile

import numpy as np
import pytest

from models.data.images import read_set
from models.data.images.catalogue import missing
from models.data.images.sets import IMAGE_SETS
from tests.models.data.images.builders import idx, npz
from tests.models.data.images.published import tar

RNG = np.random.default_rng(1)
RECORDS = RNG.integers(0, 256, (4, 3073), np.uint8)
RECORDS[:, 0] = [3, 0, 9, 3]
DIGITS = RNG.integers(0, 256, (5, 4, 6), np.uint8)
LABELS = np.array([1, 0, 9, 2, 2], np.uint8)


BINARY = {
    f"cifar-10-batches-bin/{name}.bin": RECORDS.tobytes() for name in ("data_batch_1", "data_batch_2", "test_batch")
}


@pytest.mark.parametrize("mode", ["w:gz", "w"])
def test_a_tar_archive_of_cifar_holds_both_parts(mode: str):
    found = read_set([("cifar-10-binary.tar.gz", tar({**BINARY, "cifar-10-batches-bin/readme.html": b"hi"}, mode))])
    assert (len(found.images("train")), len(found.images("test"))) == (8, 4)
    test = found.images("test")
    assert np.array_equal(np.rint(test.x * 255), RECORDS[:, 1:].reshape(-1, 3, 32, 32))
    assert list(test.y) == [3, 0, 9, 3]


def test_bare_batches_are_taken_in_the_order_of_their_names():
    other = RECORDS[::-1].copy()
    found = read_set([("data_batch_2.bin", other.tobytes()), ("data_batch_1.bin", RECORDS.tobytes())])
    assert list(found.images("train").y) == [3, 0, 9, 3, 3, 9, 0, 3] and set(found.parts) == {"train"}


@pytest.mark.parametrize("pack", [gzip.compress, bytes])
def test_idx_files_are_matched_by_what_they_hold(pack):
    found = read_set([("t10k-labels-idx1-ubyte", pack(idx(LABELS))), ("t10k-images-idx3-ubyte", pack(idx(DIGITS)))])
    images = found.images()
    assert np.array_equal(np.rint(images.x[:, 0] * 255), DIGITS) and np.array_equal(images.y, LABELS)


def test_four_idx_files_are_both_parts():
    names = [f"{stem}-{kind}" for stem in ("train", "t10k") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")]
    found = read_set([(name, idx(DIGITS if "images" in name else LABELS)) for name in names])
    assert set(found.parts) == {"train", "test"}


def test_an_archive_is_read_under_its_bare_name():
    assert read_set([(r"C:\data\mine.npz", npz(x=DIGITS))]).name == "mine.npz"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("cifar-10-python.tar.gz", tar({"cifar-10-batches-py/data_batch_1": pickle.dumps({})}))], "lacks data"),
        ([("data_batch_1", pickle.dumps({b"data": [1]}))], "lacks labels"),
        ([("other.tar.gz", tar({"a.txt": b"text"}))], "neither an NPZ"),
        ([("broken.tar.gz", tar(BINARY)[:-900])], "cut off"),
        ([("t10k-images-idx3-ubyte", idx(DIGITS))], "together"),
        ([("a", idx(DIGITS)), ("b", idx(LABELS[:3]))], "do not fit"),
        ([("a.npz", npz(x=DIGITS)), ("b.npz", npz(x=DIGITS))], "alone"),
        ([("notes.txt", b"hello")], "neither an NPZ"),
        ([("empty.bin", b"")], "no whole number"),
        ([("empty", b"")], "neither an NPZ"),
        ([], "a set has 1 to"),
    ],
)
def test_what_is_no_set_of_images_is_said(files: list[tuple[str, bytes]], said: str):
    with pytest.raises(ValueError, match=said):
        read_set(files)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused():
    bomb = gzip.compress(bytes(300_000_000), 1)
    assert len(bomb) < 3_000_000
    with pytest.raises(ValueError, match="unpacks to more than"):
        read_set([("cifar-10-binary.tar.gz", bomb)])


def test_links_and_sparse_members_are_passed_over():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        link = tarfile.TarInfo("cifar-10-batches-bin/test_batch.bin")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ValueError, match="neither an NPZ"):
        read_set([("links.tar", stream.getvalue())])


@pytest.mark.parametrize("name", [name for name, known in IMAGE_SETS.items() if known.folders])
def test_missing_files_are_answered_in_one_sentence(name: str):
    said = missing(name)
    assert said.endswith(".") and ". " not in said and "upload" in said and "NPZ" in said
    assert IMAGE_SETS[name].title in said
