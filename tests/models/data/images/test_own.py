"""Pictures and archives of one's own are read as they are, or refused in one sentence."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.data.images import read_images
from tests.models.data.images.builders import npz, png

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOUR = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)


@settings(deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6))))
def test_a_grey_picture_is_its_pixels(pixels: np.ndarray) -> None:
    found = read_images(png(pixels))
    assert np.array_equal(found.x, pixels[None, None].astype(np.float32) / np.float32(255))
    assert list(found.y) == [-1]


@settings(deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.integers(1, 6), st.just(3))))
def test_a_colour_picture_has_its_channels_first(pixels: np.ndarray) -> None:
    assert np.array_equal(np.round(read_images(png(pixels)).x[0] * 255), pixels.transpose(2, 0, 1))


def test_colours_are_turned_when_told() -> None:
    assert read_images(png(COLOUR), channels=1).x.shape == (1, 1, 3, 4)
    twice = read_images(png(GREY), channels=3).x
    assert twice.shape == (1, 3, 3, 4) and (twice == twice[:, :1]).all()


def test_pictures_are_resized_only_when_told() -> None:
    blocks = np.kron(GREY, np.ones((2, 2), np.uint8))
    assert read_images(png(blocks)).x.shape == (1, 1, 6, 8)
    assert np.array_equal(read_images(png(blocks), size=(3, 4)).x, read_images(png(GREY)).x)


def test_what_is_transparent_lies_on_black() -> None:
    pixels = np.zeros((1, 2, 4), np.uint8)
    pixels[0, :, :3], pixels[0, 1, 3] = 200, 255
    assert np.round(read_images(png(pixels)).x * 255).ravel().tolist() == [0, 200]
    grey = png(np.dstack([GREY, np.full_like(GREY, 255)]))
    assert np.array_equal(read_images(grey).x, read_images(png(GREY)).x)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    picture = png(np.where(GREY > 100, 255, 0).astype(np.uint8), mode)
    assert set(np.unique(read_images(picture, channels=1).x)) == {0, 1}


def test_sixteen_bits_are_read_as_eight() -> None:
    assert np.array_equal(read_images(png(GREY.astype(np.uint16) * 257)).x, read_images(png(GREY)).x)


@pytest.mark.parametrize(
    ("x", "shape"),
    [
        (np.zeros((2, 5, 6), np.uint8), (2, 1, 5, 6)), (np.zeros((2, 1, 5, 6)), (2, 1, 5, 6)),
        (np.zeros((2, 5, 6, 3), np.uint8), (2, 3, 5, 6)), (np.zeros((2, 3, 5, 6)), (2, 3, 5, 6)),
        (np.zeros((2, 784)), (2, 1, 28, 28)), (np.zeros((2, 3072)), (2, 3, 32, 32)),
        (np.zeros((2, 5, 6), bool), (2, 1, 5, 6)), (np.zeros((2, 5, 6, 2)), (2, 5, 6, 2)), (np.zeros((2, 7)), (2, 7)),
    ],
)  # fmt: skip
def test_archives_may_have_any_shape(x: np.ndarray, shape: tuple[int, ...]) -> None:
    assert read_images(npz(images=x)).x.shape == shape


def test_numbers_of_an_archive_stay_as_they_are() -> None:
    x = np.random.default_rng(0).random((2, 3, 5, 6)).astype(np.float32)
    found = read_images(npz(x=x, labels=np.array([4, -1])))
    assert np.array_equal(found.x, x) and list(found.y) == [4, -1]
    assert np.array_equal(read_images(npz(x=x.transpose(0, 2, 3, 1)[..., :3])).x, x)


def wide_png(side: int) -> bytes:
    """A picture that claims side x side black pixels, in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(bytes(10**6))), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (wide_png(5_000), "4096 a side"),
        (wide_png(60_000), "too many pixels"),
        (b"GIF89a", "neither a PNG"),
        (b"", "neither a PNG"),
        (npz(W1=np.ones((2, 2))), "expected images x"),
        (npz(x=np.zeros((0, 8, 8)), y=np.zeros(0, int)), r"x holds no images: its shape is \(0, 8, 8\)"),
        (npz(x_test=np.zeros((0, 8, 8))), "x_test holds no images"),
        (
            npz(x=np.array([[np.nan, 0.5], [np.inf, 1.0], [np.nan, 0.0]])),
            "x holds 3 NaN or infinite numbers among its 6",
        ),
        (npz(x=np.ones(4)), r"x has the shape \(4,\)"),
        (npz(x=np.ones((0, 5, 6))), "shape"),
        (npz(x=np.full((1, 5, 6), 1.5)), "from 1.5 to 1.5"),
        (npz(x=np.full((1, 5, 6), np.nan)), "30 NaN or infinite"),
        (npz(x=np.full((1, 5, 6), 300)), "from 300"),
        (npz(x=np.ones((2, 5, 6)), y=np.ones(3, int)), "2 whole numbers"),
        (npz(x=np.ones((2, 5, 6)), y=np.ones(2)), "2 whole numbers"),
        (npz(x=np.ones((2, 5, 6)), y=np.array([0, 10**6])), "labels go from 0"),
        (npz(x=np.array([None])), "real numbers"),
    ],
)
def test_what_are_no_images_is_named(data: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        read_images(data)


def test_an_archive_of_too_much_is_refused() -> None:
    with pytest.raises(ValueError, match="300,000"):
        read_images(npz(x=np.zeros((300, 1000, 1000), np.uint8)))


def test_archives_are_taken_as_they_are() -> None:
    with pytest.raises(ValueError, match="only pictures are turned"):
        read_images(npz(x=np.ones((1, 5, 6))), size=(28, 28))


VALID = [png(GREY), png(COLOUR), png(GREY, "P"), npz(x=GREY[None], y=np.zeros(1, int))]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(VALID),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4),
    st.floats(0, 1),
)
def test_damaged_files_give_images_or_a_value_error(data: bytes, changes: list[tuple[float, int]], kept: float) -> None:
    damaged = bytearray(data)
    for share, value in changes:
        damaged[int(share * len(data))] = value
    try:
        found = read_images(bytes(damaged[: int(kept * len(data))]))
    except ValueError:
        return
    assert found.x.dtype == np.float32 and 0 <= found.x.min() <= found.x.max() <= 1


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"]), st.binary(max_size=200))
def test_random_bytes_are_refused(start: bytes, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_images(start + data)
