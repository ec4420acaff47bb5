"""CIFAR-10 in its binary version: data_batch_1.bin, ..., data_batch_5.bin and test_batch.bin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.images.images import Part, of_bytes

SHAPE = (3, 32, 32)
RECORD = 1 + 3 * 32 * 32  # the label, then all red, all green and all blue pixels, row by row
MAX_BYTES = 20_000 * RECORD  # of one file, which usually has 10 000 images
FILES: dict[Part, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{k}.bin" for k in range(1, 6)),
    "test": ("test_batch.bin",),
}


def find(folders: Sequence[Path], part: Part) -> tuple[Path, ...] | None:
    """The part's files in the first of these folders that has them all."""
    for folder in folders:
        paths = tuple(folder / name for name in FILES[part])
        if all(path.is_file() for path in paths):
            return paths
    return None


def load(paths: Sequence[Path]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, 3, 32, 32) in [0, 1] and (n,)."""
    records = np.concatenate([_records(path) for path in paths])
    return of_bytes(records[:, 1:].reshape(-1, *SHAPE)), records[:, 0].astype(np.int64)


def _records(path: Path) -> NDArray[np.uint8]:
    size = path.stat().st_size
    if size == 0 or size % RECORD or size > MAX_BYTES:
        raise ValueError(f"{path.name} has {size:,} bytes, which is no whole number of CIFAR-10's images")
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, RECORD)
    if records[:, 0].max() > 9:
        raise ValueError(f"{path.name} has the label {records[:, 0].max()}; CIFAR-10's go from 0 to 9")
    return records
