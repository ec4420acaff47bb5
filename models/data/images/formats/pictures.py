"""Folders of PNG pictures, one folder for each class: cats/1.png, or train/cats/1.png and test/cats/1.png.

Classes are in alphabetical order, as torchvision's ImageFolder has them. All pictures have one size; grey ones beside
coloured ones become coloured.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.format import Format, Found
from models.data.images.images import Part, Stored
from models.data.images.names import short_name
from models.data.images.picture import MAX_SIDE, PNG, read_png

SUFFIX = ".png"
PART_FOLDERS: dict[str, Part] = {
    "train": "train", "training": "train", "test": "test", "testing": "test", "val": "test", "valid": "test",
    "validation": "test",
}  # fmt: skip
COLOUR, GREY = 25, (0, 4)  # where a PNG's header has the kind of its colours; grey, and grey with transparency
MAX_BYTES = 100_000_000  # of one file: a limit on memory
MAX_PIXELS = 2_000_000_000  # of all pictures, in bytes: a limit on memory


def class_names(bundle: Bundle) -> tuple[str, ...]:
    """The names of the folders with pictures; untrusted text."""
    return tuple(sorted({_folder(path) for path in _pictures(bundle)}))


def _pictures(bundle: Bundle) -> list[str]:
    """The paths of all pictures that lie in a folder other than that of a part."""
    return [path for path in bundle.paths if path.lower().endswith(SUFFIX) and _folder(path)]


def _folder(path: str) -> str:
    """The name of the picture's class; empty where it lies in none."""
    name = PurePosixPath(path).parent.name
    return "" if name.lower() in PART_FOLDERS else name


def _name(path: str) -> str:
    """The picture with its folder, short enough for a sentence."""
    return f"{short_name(_folder(path))}/{short_name(path)}"


def _part(path: str) -> Part:
    """By the innermost folder with the name of a part; without one, all pictures are the test part."""
    names = [name.lower() for name in reversed(PurePosixPath(path).parts[:-2])]
    return next((PART_FOLDERS[name] for name in names if name in PART_FOLDERS), "test")


def _find(bundle: Bundle) -> Found:
    """Two classes or more, since pictures in one folder have no labels."""
    pictures = sorted(_pictures(bundle))
    if len({_folder(path) for path in pictures}) < 2:
        return {}
    parts: dict[Part, list[str]] = {}
    for path in pictures:
        parts.setdefault(_part(path), []).append(path)
    return parts


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    """(n, channels, height, width) bytes and (n,), in the order of the paths.

    Size and channels are those of all parts.
    """
    every = _pictures(bundle)
    first = _size(_content(bundle, every[0]), every[0])
    channels = 3 if any(_content(bundle, path)[COLOUR] not in GREY for path in every) else 1
    if first[0] * first[1] * channels * len(every) > MAX_PIXELS:
        raise ValueError(f"{len(every):,} pictures of {first[0]} x {first[1]} pixels need over {MAX_PIXELS:,} bytes")
    label_of = {name: label for label, name in enumerate(class_names(bundle))}
    x = np.empty((len(paths), channels, first[1], first[0]), np.uint8)
    for place, path in enumerate(paths):
        data = _content(bundle, path)
        if (size := _size(data, path)) != first:
            raise ValueError(
                f"{_name(path)} has {size[0]} x {size[1]} pixels, {_name(every[0])} has {first[0]} x "
                f"{first[1]}: a network takes pictures of one size, so resize them first"
            )
        try:
            x[place] = np.rint(read_png(data, channels) * 255)
        except ValueError as error:
            raise ValueError(f"{_name(path)}: {error}") from error
    return x, np.array([label_of[_folder(path)] for path in paths], dtype=np.int64)


def _content(bundle: Bundle, path: str) -> bytes:
    data = bundle.read(path, MAX_BYTES)
    if not data.startswith(PNG) or len(data) <= COLOUR:
        raise ValueError(f"{_name(path)} is no PNG picture, or it is cut off")
    return data


def _size(data: bytes, path: str) -> tuple[int, int]:
    """Width and height, by the file's header."""
    width, height = struct.unpack(">II", data[16:24])
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"{_name(path)} has {width} x {height} pixels; 1 to {MAX_SIDE} a side are read")
    return width, height


PICTURES = Format("", _find, _read, names=class_names)
