"""Data sets in MNIST's format: IDX files, gzipped or not."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.images.images import MAX_NUMBERS, Part, of_bytes
from models.files.archives import inflate

MAX_BYTES = MAX_NUMBERS + 1000  # of one file, unpacked: a limit on memory
STEMS: dict[Part, str] = {"train": "train", "test": "t10k"}


def files_of(part: Part) -> tuple[str, str]:
    """The names of the two files with images and labels, without .gz."""
    return f"{STEMS[part]}-images-idx3-ubyte", f"{STEMS[part]}-labels-idx1-ubyte"


def find(folders: Sequence[Path], part: Part) -> tuple[Path, Path] | None:
    """Images and labels in the first of these folders that has both."""
    for folder in folders:
        paths = [[folder / name, folder / f"{name}.gz"] for name in files_of(part)]
        images, labels = (next((path for path in variants if path.is_file()), None) for variants in paths)
        if images is not None and labels is not None:
            return images, labels
    return None


def load(paths: tuple[Path, Path]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, 1, height, width) in [0, 1] and (n,)."""
    images, labels = matched(*map(read_idx, paths))
    return of_bytes(images), labels


def matched(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """(n, 1, height, width) and (n,); a ValueError if their shapes do not match."""
    if images.ndim != 3 or 0 in images.shape or labels.shape != (len(images),):
        raise ValueError(f"images (n, height, width) and labels (n,) do not fit: {images.shape} and {labels.shape}")
    return images[:, None], labels.astype(np.int64)


def is_idx(data: bytes) -> bool:
    """Whether a file, unpacked, begins as an IDX file of bytes does."""
    return data[:3] == b"\x00\x00\x08"


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
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} has {path.stat().st_size:,} bytes; up to {MAX_BYTES:,} are read")
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        try:
            data = inflate(data, MAX_BYTES, 16 + zlib.MAX_WBITS)
        except ValueError as error:
            raise ValueError(f"{path.name} cannot be unpacked: {error}; download it again") from error
    return parsed(data, path.name)


def parsed(data: bytes, name: str) -> NDArray[np.uint8]:
    """The array in the unpacked content of an IDX file. `name` is for messages."""
    if not is_idx(data) or len(data) < 4 or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{name} is no IDX file of bytes; download it again")
    sizes = tuple(int.from_bytes(data[start : start + 4]) for start in range(4, 4 + 4 * data[3], 4))
    if math.prod(sizes) != len(data) - 4 - 4 * len(sizes):
        raise ValueError(f"{name} should hold {sizes} bytes but is cut off or too long; download it again")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)
