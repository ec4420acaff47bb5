"""CIFAR-10 in its binary version: data_batch_1.bin, ..., data_batch_5.bin and test_batch.bin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.format import Format, Found, named
from models.data.images.images import Part, Stored
from models.data.images.names import short_name

SHAPE = (3, 32, 32)
PIXELS = 3 * 32 * 32  # of one image: all red, then all green, then all blue pixels, row by row
RECORD = 1 + PIXELS  # bytes: the label, then the pixels
MOST = 20_000  # images of one file, which has 10 000 as published: a limit on memory
BATCHES: dict[Part, tuple[str, ...]] = {
    "train": tuple(f"data_batch_{k}" for k in range(1, 6)),
    "test": ("test_batch",),
}
CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def records(data: bytes, name: str) -> NDArray[np.uint8]:
    """(n, RECORD): the label and the pixels of each image.

    Raises
    ------
    ValueError
        If the size or a label does not fit.
    """
    if len(data) == 0 or len(data) % RECORD:
        raise ValueError(f"{name} has {len(data):,} bytes, which is no whole number of CIFAR-10's images")
    table = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    if table[:, 0].max() >= len(CLASS_NAMES):
        raise ValueError(f"{name} has the label {table[:, 0].max()}; CIFAR-10's go from 0 to {len(CLASS_NAMES) - 1}")
    return table


def _find(bundle: Bundle) -> Found:
    """Batches under their published names; else all files that end in .bin are a test part."""
    known = {part: named(bundle, [f"{name}.bin" for name in names]) for part, names in BATCHES.items()}
    if any(known.values()):
        return {part: paths for part, paths in known.items() if paths}
    others = [path for path in bundle.paths if path.endswith(".bin")]
    return {"test": others} if others else {}


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    tables = [records(bundle.read(path, MOST * RECORD), short_name(path)) for path in paths]
    table = np.concatenate(tables)
    return table[:, 1:].reshape(-1, *SHAPE), table[:, 0].astype(np.int64)


BINARY = Format("CIFAR-10", _find, _read, CLASS_NAMES)
