"""Inputs of any shape as pictures: images unchanged, other inputs in rows of a square."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from geometry.norms import Array

PIXELS = (0.0, 1.0)  # values that are black and white
SMALLEST = 84  # pixels of the longer side: pages show smaller pictures enlarged, as browsers blur those
GAP = 1  # pixels between channels side by side
EMPTY = 0.5  # where there is no value


def pixels(image: NDArray[np.float32] | Array, limits: tuple[float, float] = PIXELS) -> NDArray[np.uint8]:
    """An input of any shape -> (height, width) or (height, width, 3) bytes, black at the lower limit."""
    low, high = limits
    return np.rint(255 * laid_out(np.clip((np.asarray(image, np.float64) - low) / (high - low), 0, 1))).astype(np.uint8)


def shown(image: NDArray[np.float32] | Array, limits: tuple[float, float] = PIXELS) -> NDArray[np.uint8]:
    """`pixels`, with small pictures enlarged by a whole factor, so that a page shows them sharp."""
    picture = pixels(image, limits)
    factor = max(1, SMALLEST // max(picture.shape[:2]))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def change_shown(change: Array) -> NDArray[np.uint8]:
    """A difference of two inputs, scaled by its largest absolute value; zero is grey."""
    return shown(change / (float(np.abs(change).max()) or 1.0), (-1.0, 1.0))


def laid_out(values: Array, empty: float = EMPTY) -> Array:
    """An input of any shape -> (height, width), or (height, width, 3) if it has three channels.

    Other numbers of channels are placed side by side. An input that is no image fills the rows of a square; `empty`
    fills the rest of it.
    """
    if values.ndim == 3 and len(values) == 3:
        return values.transpose(1, 2, 0)
    if values.ndim == 3:
        between = np.full((values.shape[1], GAP), empty)
        return np.concatenate([part for channel in values for part in (between, channel)][1:], axis=1)
    if values.ndim == 2:
        return values
    columns = math.isqrt(values.size - 1) + 1
    rows = -(-values.size // columns)
    square = np.full(rows * columns, empty)
    square[: values.size] = values.ravel()
    return square.reshape(rows, columns)
