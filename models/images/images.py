"""Images with labels, whatever file they come from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FOLDER_VARIABLE = "RELUSCOPE_DATA"
MAX_NUMBERS = 200_000_000  # in all images of a file together
Part: TypeAlias = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True, eq=False)
class Images:
    """Images with labels.

    x : (n, channels, height, width) float32 in [0, 1], in the order of the file
    y : (n,) int64, -1 where the class is not known
    name : of the data set and its part, for people
    classes : what the labels mean; may be empty
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    name: str
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


def data_folder() -> Path:
    """Where data sets lie: the folder that the variable RELUSCOPE_DATA names, else ./data."""
    return Path(os.environ.get(FOLDER_VARIABLE, "data"))


def of_bytes(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0..255 as numbers from 0 to 1."""
    return x.astype(np.float32) / np.float32(255)
