"""Data sets in MNIST's format: IDX files, gzipped or not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.images.formats.bundle import Bundle, bundled
from models.data.images.formats.format import Format, Found
from models.data.images.images import MAX_NUMBERS, Part, Stored
from models.data.images.names import short_name

MAX_BYTES = MAX_NUMBERS + 1000  # of one file, unpacked: a limit on memory
STEMS: dict[Part, str] = {"train": "train", "test": "t10k"}
MAGIC = b"\x00\x00\x08"
MAX_DIMENSIONS = 8  # of an array; images have three
MOST_FILES = 20  # of a bundle: more are no IDX files, and none is opened to see


def files_of(part: Part) -> tuple[str, str]:
    """The names of the two files with images and labels, without .gz."""
    return f"{STEMS[part]}-images-idx3-ubyte", f"{STEMS[part]}-labels-idx1-ubyte"


def part_of(name: str) -> Part:
    """The part that a file belongs to, by its name; test if the name does not state one."""
    return "train" if "train" in name.lower() else "test"


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in an IDX file, gzipped or not.

    Format: two zero bytes, 8 for unsigned bytes, the number of dimensions, each size as a big-endian 32-bit number,
    and the data.

    Raises
    ------
    ValueError
        If the file is damaged, cut off, too large or of another kind.
    """
    with bundled(path.parent, [path.name]) as bundle:
        (inner,) = bundle.paths
        return parsed(bundle.read(inner, MAX_BYTES), path.name)


def parsed(data: bytes, name: str) -> NDArray[np.uint8]:
    """The array in the unpacked content of an IDX file. `name` is for messages."""
    if not data.startswith(MAGIC) or len(data) < 4 or data[3] > MAX_DIMENSIONS or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{name} is no IDX file of bytes; download it again")
    sizes = tuple(int.from_bytes(data[start : start + 4]) for start in range(4, 4 + 4 * data[3], 4))
    if math.prod(sizes) != len(data) - 4 - 4 * len(sizes):
        raise ValueError(f"{name} should hold {sizes} bytes but is cut off or too long; download it again")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def _find(bundle: Bundle) -> Found:
    """Files that begin as IDX files do, whatever their names."""
    parts: dict[Part, list[str]] = {}
    for path in bundle.paths if len(bundle.paths) <= MOST_FILES else ():
        if bundle.size(path) <= MAX_BYTES and bundle.read(path, MAX_BYTES).startswith(MAGIC):
            parts.setdefault(part_of(path.rpartition("/")[2]), []).append(path)
    return parts


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    """(n, 1, height, width) bytes and (n,)."""
    arrays = [parsed(bundle.read(path, MAX_BYTES), short_name(path)) for path in paths]
    images, labels = ([array for array in arrays if array.ndim == size] for size in (3, 1))
    if len(images) != 1 or len(labels) != 1 or len(arrays) != 2:
        names = ", ".join(map(short_name, paths))
        raise ValueError(f"two IDX files belong together for each part, its images and its labels; got {names}")
    if 0 in images[0].shape or labels[0].shape != (len(images[0]),):
        shapes = f"{images[0].shape} and {labels[0].shape}"
        raise ValueError(f"images (n, height, width) and labels (n,) do not fit: {shapes}")
    return images[0][:, None], labels[0].astype(np.int64)


IDX = Format("", _find, _read)
