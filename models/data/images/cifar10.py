"""CIFAR-10 in its binary version: data_batch_1.bin, ..., data_batch_5.bin and test_batch.bin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.images.images import Part, of_bytes

SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32  # the label, then all red, all green and all blue pixels, row by row
MAX_BYTES = 20_000 * RECORD  # of one file, which has 10 000 images as published: a limit on memory
FILES: dict[Part, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
    "test": ("test_batch.bin",),
}
ALL_FILES = (*FILES["train"], *FILES["test"])
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
CLASSES = len(CLASS_NAMES)


def find(folders: Sequence[Path], part: Part) -> tuple[Path, ...] | None:
    """The part's files in the first of these folders that has them all."""
    for folder in folders:
        paths = tuple(folder / name for name in FILES[part])
        if all(path.is_file() for path in paths):
            return paths
    return None


def load(paths: Sequence[Path]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, 3, 32, 32) in [0, 1] and (n,)."""
    x, y = split(np.concatenate([_read(path) for path in paths]))
    return of_bytes(x), y


def split(records: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (n, 3, 32, 32) and labels (n,) of records (n, RECORD)."""
    return records[:, 1:].reshape(-1, *SHAPE), records[:, 0].astype(np.int64)


def is_records(data: bytes) -> bool:
    """Whether a file's content may be records, by its size and its labels."""
    fits = 0 < len(data) <= MAX_BYTES and len(data) % RECORD == 0
    return fits and max(data[::RECORD]) < CLASSES


def part_of(name: str) -> Part:
    """The part that a file belongs to, by its name; test if the name does not state one."""
    return "train" if "data_batch" in name or "train" in name.lower() else "test"


def records(data: bytes, name: str) -> NDArray[np.uint8]:
    """(n, RECORD): the label and the pixels of each image.

    Raises
    ------
    ValueError
        If the size or a label does not fit.
    """
    if len(data) == 0 or len(data) % RECORD or len(data) > MAX_BYTES:
        raise ValueError(f"{name} has {len(data):,} bytes, which is no whole number of CIFAR-10's images")
    table = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    if table[:, 0].max() >= CLASSES:
        raise ValueError(f"{name} has the label {table[:, 0].max()}; CIFAR-10's go from 0 to {CLASSES - 1}")
    return table


def _read(path: Path) -> NDArray[np.uint8]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"{path.name} has {size:,} bytes, which is no whole number of CIFAR-10's images")
    return records(path.read_bytes(), path.name)
