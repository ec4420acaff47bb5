"""MNIST, and data sets in its format, from IDX files in a data folder."""

from __future__ import annotations

import math
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FOLDER_VARIABLE = "RELUSCOPE_DATA"
MAX_BYTES = 500_000_000  # of one file, unpacked
STEMS = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, eq=False)
class Images:
    """Images with labels. x (n, 1, height, width) float32 in [0, 1], y (n,) int64, in the order of the files."""

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    name: str

    def __len__(self) -> int:
        return len(self.x)


def data_folder() -> Path:
    """Where data sets lie: the folder that the variable RELUSCOPE_DATA names, else ./data."""
    return Path(os.environ.get(FOLDER_VARIABLE, "data"))


def load_images(name: str = "mnist", part: Literal["train", "test"] = "test", folder: Path | None = None) -> Images:
    """The images and labels in `folder`/`name` (or in `folder` itself), gzipped or not.

    Raises
    ------
    FileNotFoundError
        Naming the files that are looked for and where.
    ValueError
        If a file is damaged, or images and labels differ in number.
    """
    if part not in STEMS:
        raise ValueError(f"part must be train or test, got {part!r}")
    root = folder if folder is not None else data_folder()
    images = read_idx(_find(root, name, f"{STEMS[part]}-images-idx3-ubyte"))
    labels = read_idx(_find(root, name, f"{STEMS[part]}-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != (len(images),):
        raise ValueError(f"images (n, height, width) and labels (n,) do not fit: {images.shape} and {labels.shape}")
    return Images(images[:, None].astype(np.float32) / np.float32(255), labels.astype(np.int64), f"{name} {part}")


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The array of bytes in an IDX file, gzipped or not.

    Format: two zero bytes, 8 for unsigned bytes, the number of dimensions, each size as a big-endian 32-bit number,
    and the data.

    Raises
    ------
    ValueError
        If the file is damaged, cut off, too large or of another kind.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = _unzipped(path, data)
    if data[:3] != b"\x00\x00\x08" or len(data) < 4 or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{path.name} is no IDX file of bytes; download it again")
    sizes = tuple(int.from_bytes(data[start : start + 4]) for start in range(4, 4 + 4 * data[3], 4))
    if math.prod(sizes) != len(data) - 4 - 4 * len(sizes):
        raise ValueError(f"{path.name} should hold {sizes} bytes but is cut off or too long; download it again")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def _unzipped(path: Path, data: bytes) -> bytes:
    unzip: Any = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found: bytes = unzip.decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise ValueError(f"{path.name} is a damaged gzip file; download it again") from error
    if unzip.unconsumed_tail:
        raise ValueError(f"{path.name} unpacks to more than {MAX_BYTES:,} bytes")
    if not unzip.eof:
        raise ValueError(f"{path.name} is cut off; download it again")
    return found


def _find(root: Path, name: str, stem: str) -> Path:
    for folder in (root / name, root):
        for path in (folder / stem, folder / f"{stem}.gz"):
            if path.is_file():
                return path
    raise FileNotFoundError(
        f"no {stem} or {stem}.gz in {root / name} or {root}; put the files of {name} there "
        f"or name their folder in the environment variable {FOLDER_VARIABLE}"
    )
