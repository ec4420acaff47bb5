"""Labelled images, independent of their file format."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geometry.computation.cached_property import cached_property

FOLDER_VARIABLE = "RELUSCOPE_DATA"
MAX_NUMBERS = 200_000_000  # in all images of a file together: a limit on memory
Part: TypeAlias = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")
Limits: TypeAlias = tuple[float, float]
Stored: TypeAlias = tuple[NDArray[Any], NDArray[np.int64]]  # x (n, *shape), uint8 or float32, and y (n,), -1 if unknown
PIXELS: Limits = (0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled inputs of one shape: images, or any other shape.

    x : (n, *shape) float32 within `limits`, in the order of the file; images are (n, channels, height, width)
    y : (n,) int64, -1 if the class is not known
    name : the title of data set and part. In a user's own set it is untrusted text, as `classes` are: pages show it as
        plain text, never as Markdown or HTML
    classes : the names of the labels; may be empty
    limits : the least and the largest legal value
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    name: str
    classes: tuple[str, ...] = ()
    limits: Limits = PIXELS

    def __len__(self) -> int:
        return len(self.x)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input."""
        return tuple(self.x.shape[1:])

    @property
    def class_count(self) -> int:
        """The number of classes, by the names or by the largest label."""
        return max(len(self.classes), self.largest_label + 1)

    @property
    def largest_label(self) -> int:
        """-1 if no label is known."""
        return int(self.y.max(initial=-1))

    def label(self, index: int) -> str:
        """The name of a class."""
        return self.classes[index] if 0 <= index < len(self.classes) else f"class {index}"

    @cached_property
    def key(self) -> str:
        """16 hexadecimal digits that identify the content: inputs, labels, class names and limits."""
        digest = hashlib.blake2b(digest_size=8)
        digest.update(json.dumps([self.x.shape, self.classes, self.limits]).encode())
        for array in (self.x, self.y):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


def shape_text(shape: tuple[int, ...]) -> str:
    """(3, 32, 32) -> '3×32×32'."""
    return "×".join(map(str, shape))


def data_folder() -> Path:
    """The folder of data sets: the value of the variable RELUSCOPE_DATA, else ./data."""
    return Path(os.environ.get(FOLDER_VARIABLE, "data"))


def runs_folder() -> Path:
    """The folder of runs: trainings of the Train page, and results over test sets."""
    return data_folder() / "runs"


def of_bytes(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    """0..255 as numbers from 0 to 1."""
    return np.true_divide(x, np.float32(255), dtype=np.float32)  # in one pass, without a second array of float32


def as_numbers(x: NDArray[Any]) -> NDArray[np.float32]:
    """Stored inputs as numbers: bytes from 0 to 1, float32 as it is."""
    return of_bytes(x) if x.dtype == np.uint8 else x
