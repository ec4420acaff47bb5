"""Image sets by name, and which of them are available."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.data.images import Images, accuracy, available_images, catalogue, load_images
from models.data.images import __main__ as command
from models.data.images.images import FOLDER_VARIABLE
from tests.models.data.images.builders import npz, write_idx
from tests.reference import MNIST


def test_some_digits_come_without_files(tmp_path: Path) -> None:
    train, test = (load_images("mnist-5k", part, tmp_path) for part in ("train", "test"))
    assert train.x.shape == (4000, 1, 28, 28) and test.x.shape == (1000, 1, 28, 28)
    for images in (train, test):
        assert list(images.y[:20]) == [*range(10), *range(10)]
        assert (np.bincount(images.y) == len(images) / 10).all()
        assert images.x.min() == 0 and images.x.max() == 1
    assert not {image.tobytes() for image in train.x} & {image.tobytes() for image in test.x}


if MNIST.is_dir():

    def test_the_digits_without_files_are_those_of_mnists_training_set() -> None:
        whole = load_images(part="train", folder=MNIST)
        label_of = {image.tobytes(): label for image, label in zip(whole.x, whole.y)}
        sample = load_images("mnist-5k", "test")
        assert all(label_of[image.tobytes()] == label for image, label in zip(sample.x, sample.y))


def test_damaged_cifar_10_is_refused(tmp_path: Path) -> None:
    record = bytes([3]) + bytes(3072)
    path = tmp_path / "cifar-10" / "test_batch.bin"
    path.parent.mkdir()
    path.write_bytes(2 * record[:-1])
    with pytest.raises(ValueError, match="no whole number"):
        load_images("cifar-10", folder=tmp_path)
    path.write_bytes(b"\x0a" + record[1:])
    with pytest.raises(ValueError, match="label 10"):
        load_images("cifar-10", folder=tmp_path)


def test_archives_in_the_data_folder_are_data_sets_too(tmp_path: Path) -> None:
    x, y = np.random.default_rng(0).random((5, 1, 3, 4)).astype(np.float32), np.arange(5)
    (tmp_path / "mine.npz").write_bytes(npz(x=x, y=y))
    (tmp_path / "split.npz").write_bytes(npz(x_train=x, y_train=y, x_test=x[:2], y_test=y[:2]))
    (tmp_path / "broken.npz").write_bytes(b"PK")
    (tmp_path / "other.npz").write_bytes(npz(W1=x))
    assert np.array_equal(load_images("mine", folder=tmp_path).x, x)
    assert len(load_images("split", "test", tmp_path)) == 2 and len(load_images("split", "train", tmp_path)) == 5
    found = available_images(tmp_path)
    assert found == {"mnist-5k": ("train", "test"), "mine": ("test",), "split": ("train", "test")}
    with pytest.raises(FileNotFoundError, match="no train part"):
        load_images("mine", "train", tmp_path)


@pytest.mark.parametrize("name", ["nothing", "../mine", "a/b", "", ".", "x" * 200])
def test_names_lead_nowhere_else(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine.npz").write_bytes(npz(x=np.zeros((1, 2, 2), np.uint8)))
    (tmp_path / "inner").mkdir()
    with pytest.raises(FileNotFoundError, match="no data set"):
        load_images(name, folder=tmp_path / "inner")


def test_what_is_there_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    write_idx(tmp_path / "fashion-mnist")
    monkeypatch.setattr(catalogue, "PACKAGES", tmp_path / "nothing")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert available_images() == {"mnist-5k": ("train", "test"), "fashion-mnist": ("test",)}
    assert command.main([]) == 0
    listed = capsys.readouterr().out
    assert "mnist           not there; get it with: python -m models.images mnist\n" in listed
    assert "fashion-mnist   test\n" in listed


def test_accuracy_counts_what_a_network_knows() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        network[1].weight.copy_(torch.eye(2))
    x = np.float32([[1, 0], [0, 1], [1, 0], [0, 1]]).reshape(4, 1, 1, 2)
    assert accuracy(network, Images(x, np.array([0, 1, 1, -1]), "a")) == pytest.approx(2 / 3)
    assert accuracy(network, Images(x, np.array([0, 1, 1, -1]), "a"), n=2) == 1
    with pytest.raises(ValueError, match="no labels"):
        accuracy(network, Images(x, np.full(4, -1), "a"))
    with pytest.raises(ValueError, match="does not fit"):
        accuracy(network, Images(np.zeros((1, 1, 3, 3), np.float32), np.zeros(1, np.int64), "a"))
