"""What the Train page can train on, and what it says where that is missing."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

from tests.pages.driving import complaints
from tests.pages.train.driving import SMALL, pressed, texts, train


def test_points_of_one_class_cannot_be_learned_and_the_page_says_so():
    app = train(**SMALL, points="_".join(["d0"] * 11))
    assert "needs at least 2" in complaints(app)


def test_without_images_the_page_says_where_they_belong():
    app = train(of="images", images="mnist")
    assert "RELUSCOPE_DATA" in complaints(app)


def test_images_train_on_the_plane_through_three_of_them(runs, tmp_path):
    write_images(tmp_path / "mnist", 120)
    app = pressed(train(of="images", images="mnist", images_size="100", widths="6", p="inf", eps="0.1"), "step")
    assert not complaints(app)
    assert runs[-1].step == 1
    assert "Linear regions in the window" in texts(app)


def write_images(folder: Path, count: int) -> None:
    """Random images with labels 0..9, as IDX files."""
    random = np.random.default_rng(0)
    folder.mkdir()
    images = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    labels = (np.arange(count) % 10).astype(np.uint8)
    for stem, array in (("train-images-idx3-ubyte", images), ("train-labels-idx1-ubyte", labels)):
        sizes = b"".join(size.to_bytes(4) for size in array.shape)
        head = bytes([0, 0, 8, array.ndim]) + sizes
        (folder / f"{stem}.gz").write_bytes(gzip.compress(head + array.tobytes()))
