"""Folders of PNG pictures, a folder a class."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.data.images import read_set
from models.data.images.own import read_images_at
from tests.models.data.images.published import zipped

RNG = np.random.default_rng(0)


def png(pixels: NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


GREY = {f"{name}/{k}.png": RNG.integers(0, 256, (5, 7), np.uint8) for name in ("dog", "ant", "cat") for k in range(2)}
COLOUR = RNG.integers(0, 256, (5, 7, 3), np.uint8)
FILES = {name: png(pixels) for name, pixels in GREY.items()}


def read(files: dict[str, bytes]):
    return read_set([("animals.zip", zipped(files))])


def test_classes_are_the_folders_in_alphabetical_order_and_pixels_come_back() -> None:
    found = read({**FILES, "readme.txt": b"text", "__MACOSX/dog/._0.png": b"x"}).images("test")
    assert found.classes == ("ant", "cat", "dog") and found.shape == (1, 5, 7)
    expected = [GREY[name] for name in sorted(GREY)]
    np.testing.assert_array_equal(np.rint(found.x * 255), np.stack(expected)[:, None])
    assert found.y.tolist() == [0, 0, 1, 1, 2, 2]


def test_parts_have_folders_of_their_own_and_the_same_classes() -> None:
    files = {f"data/train/{name}": data for name, data in FILES.items()}
    files |= {f"data/Validation/{name}": data for name, data in FILES.items() if name.startswith("dog")}
    found = read(files)
    assert found.images("train").y.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.images("test").y.tolist() == [2, 2] and found.images("test").label(2) == "dog"


def test_one_coloured_picture_makes_every_part_coloured() -> None:
    files = {f"train/{name}": data for name, data in FILES.items()} | {"test/cat/9.png": png(COLOUR)}
    found = read(files)
    assert found.images("train").shape == found.images("test").shape == (3, 5, 7)
    np.testing.assert_array_equal(np.rint(found.images("test").x[0] * 255), COLOUR.transpose(2, 0, 1))
    grey = found.images("train").x
    assert (grey[:, :1] == grey).all()


def test_a_folder_on_this_machine_is_read_too(tmp_path: Path) -> None:
    for name, data in FILES.items():
        place = tmp_path / "animals" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    found = read_images_at(tmp_path / "animals")
    assert found.classes == ("ant", "cat", "dog") and len(found) == 6


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {**FILES, "dog/7.png": png(RNG.integers(0, 256, (6, 7), np.uint8))},
            "dog/7.png has 7 x 6 pixels, ant/0.png has",
        ),
        ({**FILES, "dog/7.png": FILES["dog/0.png"][:60]}, "damaged or cut off"),
        ({**FILES, "dog/7.png": b"GIF89a"}, "dog/7.png is no PNG picture"),
        ({"dog/1.png": FILES["dog/0.png"]}, "neither an NPZ nor a set that is known"),  # one folder names no classes
        ({"1.png": FILES["dog/0.png"], "2.png": FILES["dog/1.png"]}, "neither an NPZ nor a set that is known"),
    ],
)
def test_what_is_no_such_set_is_refused_in_words(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read(files)


def test_a_header_that_promises_too_much_is_refused_before_it_is_read() -> None:
    head = bytearray(FILES["dog/0.png"])
    head[16:24] = b"\x00\x00\x10\x00\x00\x00\x10\x00"  # 4096 x 4096
    files = {f"{name}/{k}.png": bytes(head) for name in ("a", "b") for k in range(70)}
    with pytest.raises(ValueError, match="140 pictures of 4096 x 4096 pixels need over"):
        read(files)
