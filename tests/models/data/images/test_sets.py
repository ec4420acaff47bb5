"""Every published set is read in each form in which people have it, and half a set is refused in one sentence."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.data.images import IMAGE_SETS, available_images, catalogue, load_images, read_images_at, read_set
from models.data.images.images import Part
from models.data.images.sets import HAR_ZIP
from tests.models.data.images.builders import idx
from tests.models.data.images.published import (
    Files,
    cifar_batch,
    cifar_record,
    gtsrb_test,
    gtsrb_training,
    har,
    pictures,
    released,
    svhn,
    tar,
    write,
    zipped,
)

N = 4  # images of a file
COLOUR, LABELS = pictures(6 * N), np.arange(6 * N) % 10
NAMES = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
GREY = pictures(N, 28)[..., 0]
BATCHES = [(slice(N * k, N * k + N), name) for k, name in enumerate(NAMES)]
BINARY: Files = {
    f"{name}.bin": b"".join(cifar_record(image, label) for image, label in zip(COLOUR[some], LABELS[some]))
    for some, name in BATCHES
}
PYTHON: Files = {name: cifar_batch(COLOUR[some], LABELS[some].tolist()) for some, name in BATCHES}
TRAINING = gtsrb_training(each=1)
TEST, CLASSES = gtsrb_test(N)
HAR, VECTORS = har()


def inside(folder: str, files: Files) -> Files:
    return {f"{folder}/{name}": data for name, data in files.items()}


def idx_files(pack=bytes, ending: str = "") -> Files:
    arrays = {"images-idx3-ubyte": GREY, "labels-idx1-ubyte": np.arange(N, dtype=np.uint8)}
    return {f"{stem}-{name}{ending}": pack(idx(array)) for stem in ("train", "t10k") for name, array in arrays.items()}


def in_matlab(name: str, colour: bool) -> Files:
    images = COLOUR[:N] if colour else GREY[..., None]
    return {f"{name}_int_{part}.mat": released(images, np.arange(N)) for part in ("train", "test")}


COUNTS: dict[str, dict[Part, int]] = {
    "cifar-10": {"train": 5 * N, "test": N}, "gts": {"train": 43, "test": N}, "svhn": {"train": N, "test": N},
    "har": {"train": 4, "test": 3},
}  # fmt: skip
FORMS: dict[str, tuple[str, Files]] = {
    "IDX": ("mnist", inside("mnist", idx_files())),
    "IDX, gzipped": ("mnist", inside("MNIST/raw", idx_files(gzip.compress, ".gz"))),
    "two classes": ("mnist-binary", inside("mnist", idx_files())),
    "released MNIST": ("mnist", inside("mnist", in_matlab("mnist", colour=False))),
    "Fashion": ("fashion-mnist", inside("fashion-mnist", idx_files(gzip.compress, ".gz"))),
    "released Fashion": ("fashion-mnist", inside("fashion-mnist", in_matlab("fmnist", colour=False))),
    "binary": ("cifar-10", inside("cifar-10", BINARY)),
    "binary, unpacked": ("cifar-10", inside("cifar-10-batches-bin", BINARY)),
    "binary, unpacked in its folder": ("cifar-10", inside("cifar-10/cifar-10-batches-bin", BINARY)),
    "binary, packed": ("cifar-10", {"cifar-10-binary.tar.gz": tar(inside("cifar-10-batches-bin", BINARY))}),
    "Python": ("cifar-10", inside("cifar-10", PYTHON)),
    "Python, unpacked": ("cifar-10", inside("cifar-10-batches-py", PYTHON)),
    "Python, packed": ("cifar-10", {"cifar-10/cifar-10-python.tar.gz": tar(inside("cifar-10-batches-py", PYTHON))}),
    "GTSRB's folders": ("gts", inside("gts", {**TRAINING, **TEST, "GT-final_test.csv": CLASSES})),
    "GTSRB, classes inside": ("gts", {**TRAINING, **TEST, "GTSRB/Final_Test/Images/GT-final_test.csv": CLASSES}),
    "GTSRB's archives": (
        "gts",
        inside(
            "gts",
            {
                "GTSRB_Final_Training_Images.zip": zipped(TRAINING), "GTSRB_Final_Test_Images.zip": zipped(TEST),
                "GTSRB_Final_Test_GT.zip": zipped({"GT-final_test.csv": CLASSES}),
            },
        ),
    ),
    "SVHN": ("svhn", {f"svhn/{part}_32x32.mat": svhn(COLOUR[:N], LABELS[:N].tolist()) for part in ("train", "test")}),
    "HAR": ("har", HAR),
    "HAR in a folder": ("har", inside("har", HAR)),
    "HAR's archive": ("har", {"UCI HAR Dataset.zip": zipped(HAR)}),
    "HAR's archive of today": ("har", {f"har/{HAR_ZIP}": zipped({"UCI HAR Dataset.zip": zipped(HAR)})}),
}  # fmt: skip


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sets are complete with the few inputs of these tests, and this machine has no packages of data sets."""
    monkeypatch.setattr(catalogue, "PACKAGES", Path("/nowhere"))
    for name, counts in COUNTS.items():
        monkeypatch.setitem(IMAGE_SETS, name, replace(IMAGE_SETS[name], counts=counts))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_and_read(form: str, tmp_path: Path) -> None:
    name, files = FORMS[form]
    write(tmp_path, files)
    assert available_images(tmp_path)[name] == ("train", "test")
    known = IMAGE_SETS[name]
    for part in ("train", "test"):
        images = load_images(name, part, tmp_path)
        assert images.shape == known.shape and images.classes == known.classes and images.limits == known.limits
        assert images.x.dtype == np.float32 and images.name == f"{name} {part}"
        assert len(images) == known.counts.get(part, N)
        low, high = known.limits
        assert images.x.min() >= low and images.x.max() <= high
        assert images.y.min() >= 0 and images.y.max() < len(known.classes)
        if name == "cifar-10":
            some = slice(0, 5 * N) if part == "train" else slice(5 * N, 6 * N)
            assert np.array_equal(np.rint(images.x * 255), COLOUR[some].transpose(0, 3, 1, 2))
            assert np.array_equal(images.y, LABELS[some])
        if known.shape == (1, 28, 28):
            assert np.array_equal(np.rint(images.x[:, 0] * 255), GREY)
        if name == "har":
            assert np.allclose(images.x, VECTORS[f"X_{part}"], atol=1e-6)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", FORMS)
def test_a_missing_file_is_named_with_its_folder(form: str, tmp_path: Path) -> None:
    name, files = FORMS[form]
    needed = [path for path in files if not path.endswith((".ppm", "labels.txt", "test.test.csv", "Readme-Images.txt"))]
    for number, lost in enumerate(needed):
        folder = tmp_path / f"{number}"
        write(folder, {path: data for path, data in files.items() if path != lost})
        said = []
        for part in ("train", "test"):
            try:
                load_images(name, part, folder)
            except (FileNotFoundError, ValueError) as error:
                said.append(str(error))
        whole = len(needed) < 4  # of a part in one file nothing is left that would tell its form
        assert said and all(len(sentence) < 600 for sentence in said)
        assert any(lost.rpartition("/")[2] in sentence or (whole and str(folder) in sentence) for sentence in said)


@pytest.mark.usefixtures("small")
def test_half_of_cifar_10_names_the_batch(tmp_path: Path) -> None:
    write(tmp_path / "cifar-10", {name: data for name, data in BINARY.items() if name != "data_batch_3.bin"})
    with pytest.raises(FileNotFoundError, match=r"train part of CIFAR-10 is missing: data_batch_3\.bin should lie in"):
        load_images("cifar-10", "train", tmp_path)
    assert available_images(tmp_path)["cifar-10"] == ("test",)


@pytest.mark.usefixtures("small")
def test_labels_out_of_range_are_said(tmp_path: Path) -> None:
    write(tmp_path / "fashion-mnist", {**idx_files(), "t10k-labels-idx1-ubyte": idx(np.array([0, 1, 2, 10], np.uint8))})
    with pytest.raises(ValueError, match="the label 10 is out of range: Fashion-MNIST has 10 classes"):
        load_images("fashion-mnist", "test", tmp_path)
    write(tmp_path / "gts", {"gts_int_test.mat": released(COLOUR[:N], np.array([0, 1, 2, 43]))})
    with pytest.raises(ValueError, match="the label 43 is out of range"):
        load_images("gts", "test", tmp_path)


def test_a_part_of_a_published_set_is_no_whole_set(tmp_path: Path) -> None:
    write(tmp_path / "cifar-10", BINARY)
    with pytest.raises(ValueError, match="holds 4 of the 10,000 test inputs of CIFAR-10: take the whole set, or save"):
        load_images("cifar-10", "test", tmp_path)


@pytest.mark.usefixtures("small")
def test_other_images_under_a_sets_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "gts", {"gts_int_test.mat": released(pictures(N, 28), np.arange(N))})
    with pytest.raises(ValueError, match="inputs 3×32×32, these are 3×28×28"):
        load_images("gts", "test", tmp_path)


def test_binary_mnist_leaves_out_the_fives(tmp_path: Path) -> None:
    digits = np.array([5, 0, 4, 6, 9, 5], np.uint8)
    images = pictures(6, 28)[..., 0]
    write(tmp_path / "mnist", {"t10k-images-idx3-ubyte": idx(images), "t10k-labels-idx1-ubyte": idx(digits)})
    found = load_images("mnist-binary", "test", tmp_path)
    assert list(found.y) == [0, 0, 1, 1] and found.classes == ("below 5", "above 5")
    assert np.array_equal(np.rint(found.x[:, 0] * 255), images[1:5])
    write(tmp_path / "mnist", {"t10k-labels-idx1-ubyte": idx(np.full(6, 5, np.uint8))})
    with pytest.raises(ValueError, match="no digit other than 5"):
        load_images("mnist-binary", "test", tmp_path)


def test_debians_package_is_found_without_a_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "packages/fashion-mnist", idx_files(gzip.compress, ".gz"))
    monkeypatch.setattr(catalogue, "PACKAGES", tmp_path / "packages")
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path / "nothing"))
    assert available_images()["fashion-mnist"] == ("train", "test")
    assert len(load_images("fashion-mnist", "train")) == N
    assert "fashion-mnist" not in available_images(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("uploaded", "name", "shape"),
    [
        ({"cifar-10-python.tar.gz": tar(inside("cifar-10-batches-py", PYTHON))}, "CIFAR-10", (3, 32, 32)),
        ({"test_batch": PYTHON["test_batch"]}, "CIFAR-10", (3, 32, 32)),
        ({"test_32x32.mat": svhn(COLOUR[:N], [0, 1, 2, 9])}, "test_32x32.mat", (3, 32, 32)),
        ({"gts_int_test.mat": released(COLOUR[:N], np.arange(N))}, "gts_int_test.mat", (3, 32, 32)),
        ({"images.zip": zipped(TEST), "classes.zip": zipped({"GT-final_test.csv": CLASSES})}, "GTS", (3, 32, 32)),
        ({"HAR.zip": zipped(HAR)}, "HAR", (561,)),
    ],
)
def test_published_files_can_be_uploaded_as_they_are(uploaded: Files, name: str, shape: tuple[int, ...]) -> None:
    found = read_set(list(uploaded.items()))
    assert (found.name, found.shape) == (name, shape)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("form", FORMS)
def test_a_set_can_be_read_from_a_path(form: str, tmp_path: Path) -> None:
    name, files = FORMS[form]
    write(tmp_path / "here", files)
    if form == "HAR's archive of today":
        paths = [tmp_path / "here/har" / HAR_ZIP, tmp_path / "here"]
    else:
        paths = [tmp_path / "here"]
    for path in paths:
        found, known = read_images_at(path, "test"), load_images(name, "test", tmp_path / "here")
        if name != "mnist-binary":
            assert np.array_equal(found.x, known.x) and np.array_equal(found.y, known.y)
            assert found.limits == known.limits


def test_a_path_without_a_set_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        read_images_at(tmp_path / "nothing")
    write(tmp_path, {"notes.txt": b"hello", "inner/data_batch_1": PYTHON["data_batch_1"]})
    with pytest.raises(ValueError, match="neither an NPZ nor a set that is known"):
        read_images_at(tmp_path / "notes.txt")
    assert read_images_at(tmp_path / "inner", "test").name == "inner train"  # the only part
