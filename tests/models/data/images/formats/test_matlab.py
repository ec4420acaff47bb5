"""SVHN's and the MMR release's MATLAB files are read as SciPy wrote them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from models.data.images.formats.matlab import images_of
from tests.models.data.images.published import mat, pictures, released, svhn

IMAGES = pictures(5)
LABELS = [1, 0, 9, 2, 0]
GREY = IMAGES[:, :28, :28, :1]


@pytest.mark.parametrize("compressed", [True, False])
def test_house_numbers_have_channels_first_and_the_label_0(compressed: bool) -> None:
    x, y = images_of(svhn(IMAGES, LABELS, compressed), "train_32x32.mat")
    assert x.dtype == np.uint8 and np.array_equal(x, IMAGES.transpose(0, 3, 1, 2))
    assert list(y) == LABELS


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("images", [IMAGES, GREY])
@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64, np.float64])
def test_released_sets_have_channels_first_and_labels_from_0(
    compressed: bool, images: np.ndarray, kind: type[np.generic]
) -> None:
    labels = np.array([1, 0, 42, 2, 0]).astype(kind)
    for shaped in (labels, labels[:, None]):  # a row, or a column as Keras has CIFAR-10's
        x, y = images_of(released(images, shaped, compressed), "gts_int_test.mat")
        assert np.array_equal(x, images.transpose(0, 3, 1, 2)) and np.array_equal(y, labels)


def test_the_release_is_as_large_as_its_publishers_say() -> None:
    for n, side, channels, kind, published in (
        (10_000, 28, 1, np.uint8, 7_850_264),  # MNIST
        (10_000, 32, 3, np.int32, 30_760_264),  # CIFAR-10
        (12_630, 32, 3, np.int32, 38_850_144),  # GTS
    ):
        data = released(np.zeros((n, side, side, channels), np.uint8), np.zeros(n, kind))
        assert len(data) == published


def test_a_file_is_not_copied_on_the_way_to_its_images() -> None:
    data = released(np.zeros((1000, 32, 32, 3), np.uint8), np.zeros(1000, np.int32))
    tracemalloc.start()
    images_of(data, "gts_int_test.mat")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.1 * len(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (svhn(IMAGES, LABELS)[:-10], "cut off|damaged"),
        (b"text", "no MATLAB file"),
        (mat(False, X=IMAGES.transpose(1, 2, 3, 0), y=np.array([[1], [2], [11], [4], [5]])), "from 1 to 10"),
        (mat(False, X=IMAGES.transpose(1, 2, 3, 0), y=np.array([[0], [2], [1], [4], [5]])), "from 1 to 10"),
        (mat(False, X=IMAGES.transpose(1, 2, 3, 0), y=np.array([[1], [2]])), "2 labels for 5 images"),
        (mat(False, X=IMAGES.transpose(1, 2, 3, 0), y=np.eye(5)), r"the shape \(5, 5\)"),
        (mat(False, X=IMAGES.transpose(1, 2, 3, 0) / 255, y=np.ones((5, 1))), "images of bytes"),
        (mat(False, X=np.zeros((3, 4), np.uint8), y=np.ones((3, 1))), "four dimensions"),
        (mat(False, images=IMAGES, labels=np.array([0, 1, 2, 3, -1])), "from 0 to 9999"),
        (mat(False, images=IMAGES, labels=np.array([0, 1, 2, 3, 0.5])), "whole numbers"),
        (mat(False, images=IMAGES, labels=np.array([0, 1, 2, 3, np.nan])), "whole numbers"),
        (mat(False, images=IMAGES[..., :2], labels=np.arange(5)), "grey or coloured"),
        (mat(False, U=np.eye(3), bU=np.ones(3)), "holds U, bU; a set of images holds X and y"),
        (mat(False, X="text", y="1"), "is a text"),
    ],
)
def test_what_is_no_set_of_images_is_said(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=rf"test\.mat.*({said})"):
        images_of(data, "test.mat")
