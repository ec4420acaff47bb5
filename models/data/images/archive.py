"""Image data sets in NumPy archives (.npz). The file is untrusted, so everything in it is checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.images.images import MAX_NUMBERS, PARTS, PIXELS, Limits, Part, Stored
from models.data.images.names import LONGEST_NAME, one_line
from models.data.images.own_set import OwnSet
from models.data.images.picture import CHANNELS, MAX_SIDE
from models.files.archives import read_npz
from models.networks.input_shapes import IMAGE_SHAPES

MAX_BYTES = 256_000_000  # a limit on memory
MAX_LABEL = 9999  # a limit on the number of classes
NAMES: dict[str, tuple[str, ...]] = {"x": ("x", "images"), "y": ("y", "labels")}
CLASS_NAMES = ("classes", "class_names")
LIMITS = "limits"
NEEDS = (
    "An NPZ of images holds x (or images): n inputs of one shape, such as (n, 28, 28) or (n, 3, 32, 32), as uint8 "
    "(0 to 255, which become 0 to 1) or as real numbers from 0 to 1; y (or labels): n whole numbers from 0, -1 where "
    "the class is not known; if you like, classes: a name for each class; limits: the least and the largest legal "
    "value, if they are not 0 and 1; and x_train, y_train, x_test, y_test in the place of x and y."
)


def read_archive(data: bytes, name: str = "own images") -> OwnSet:
    """All parts of the set in an archive, by the rule of NEEDS.

    Raises
    ------
    ValueError
        If the file is damaged or too large, or naming the array that is missing or does not fit, and what would.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"the file has {len(data):,} bytes; images up to {MAX_BYTES:,} are read")
    return own_set(read_npz(data, MAX_BYTES, text=CLASS_NAMES), name)


def own_set(arrays: Mapping[str, NDArray[Any]], name: str) -> OwnSet:
    """The data set that these named arrays form."""
    limits = _limits(arrays)
    names = _class_names(arrays)
    parts = {part: _part(arrays, part, limits or PIXELS) for part in parts_in(list(arrays))}
    if not parts:
        given = ", ".join(sorted(arrays)[:6]) or "nothing"
        raise ValueError(f"the archive holds {given[:120]}; expected images x, and labels y if they are known. {NEEDS}")
    for part, (x, y) in parts.items():
        suffix = "" if len(parts) == 1 else f"_{part}"
        if names and int(y.max()) >= len(names):
            raise ValueError(f"y{suffix} has the label {y.max()}, but classes has {len(names)} names, for 0 up")
        if limits is not None and x.dtype == np.uint8:
            raise ValueError(f"limits are for real numbers; x{suffix} is uint8, which becomes 0 to 1: leave limits out")
    shapes = {x.shape[1:] for x, _ in parts.values()}
    if len(shapes) > 1:
        both = " and ".join(map(str, sorted(shapes)))
        raise ValueError(f"x_train and x_test hold inputs of different shapes: {both}")
    return OwnSet(name, parts, names, limits or PIXELS)


def parts_in(names: list[str]) -> list[Part]:
    """The parts that arrays of these names form: train, test or both. A set that is not split is a test part."""
    split = [part for part in PARTS if any(f"{name}_{part}" in names for name in NAMES["x"])]
    return split or (["test"] if any(name in names for name in NAMES["x"]) else [])


def _part(arrays: Mapping[str, NDArray[Any]], part: Part, limits: Limits) -> Stored:
    (name, x), (y_name, y) = (_named(arrays, names, part) for names in NAMES.values())
    if x is None:
        raise ValueError(f"expected images x. {NEEDS}")
    if x.ndim > 1 and len(x) == 0:
        raise ValueError(f"{name} holds no images: its shape is {x.shape}; expected at least one input")
    if y is not None and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y is not None and (y.shape != (len(x) if x.ndim else 0,) or y.dtype.kind not in "iu" or y.size == 0):
        remedy = "; of scores or one-hot rows save y.argmax(1)" if y.ndim == 2 else ""
        count = len(x) if x.ndim else 0
        raise ValueError(
            f"{y_name} should be {count} whole numbers, one for each image, got {y.dtype} {y.shape}{remedy}"
        )
    if y is not None and not (y.min() >= -1 and y.max() <= MAX_LABEL):
        raise ValueError(f"labels go from 0 to {MAX_LABEL}, got {y.min()} to {y.max()}")
    return _scaled(_channels_first(x, name), limits, name), np.full(len(x), -1) if y is None else y.astype(np.int64)


def _named(arrays: Mapping[str, NDArray[Any]], names: tuple[str, ...], part: Part) -> tuple[str, NDArray[Any] | None]:
    """The array of a part under the first of its names that the archive has, and that name."""
    found = (name for name in [*(f"{name}_{part}" for name in names), *names] if name in arrays)
    name = next(found, names[0])
    return name, arrays.get(name)


def _channels_first(x: NDArray[Any], name: str) -> NDArray[Any]:
    """(n, *shape). Flat images of usual sizes, grey images and those with channels last become (n, channels, h, w)."""
    if x.ndim == 2 and x.shape[1] in IMAGE_SHAPES:
        x = x.reshape(len(x), *IMAGE_SHAPES[x.shape[1]])
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim == 4 and x.shape[1] not in CHANNELS and x.shape[3] in CHANNELS:
        x = x.transpose(0, 3, 1, 2)
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(
            f"{name} has the shape {x.shape}; expected n inputs, such as (n, height, width), "
            "(n, 3, height, width) or (n, d)"
        )
    if x.ndim == 4 and max(x.shape[2:]) > MAX_SIDE:
        raise ValueError(f"{name} has the shape {x.shape}; images up to {MAX_SIDE} pixels a side are read")
    if math.prod(x.shape) > MAX_NUMBERS:
        raise ValueError(f"{name} has {math.prod(x.shape):,} numbers; up to {MAX_NUMBERS:,} are read")
    return x


def _scaled(x: NDArray[Any], limits: Limits, name: str) -> NDArray[Any]:
    """Bytes unchanged, other numbers as float32 within the limits."""
    if x.dtype == np.uint8:
        return np.ascontiguousarray(x)
    lost = x.size - int(np.isfinite(x).sum())
    if lost:
        raise ValueError(
            f"{name} holds {lost:,} NaN or infinite numbers among its {x.size:,}; expected finite ones: leave out or "
            "repair these images"
        )
    lowest, highest = float(x.min()), float(x.max())
    low, high = limits
    numbers = np.ascontiguousarray(x, dtype=np.float32)
    if not (low <= float(numbers.min()) and float(numbers.max()) <= high):
        remedy = f"give the least and the largest legal value as {LIMITS} = [lo, hi]"
        if lowest >= 0 and 1 < highest <= 255:
            remedy = f"save pixels from 0 to 255 as uint8, or divide them by 255. Is that no pixel, {remedy}"
        raise ValueError(
            f"{name} goes from {lowest:g} to {highest:g}; expected real numbers from {low:g} to {high:g}, "
            f"or uint8. {remedy}"
        )
    return numbers


def _limits(arrays: Mapping[str, NDArray[Any]]) -> Limits | None:
    """The limits in float32, as x is. Rounding is monotone, so values within the limits stay within."""
    given = arrays.get(LIMITS)
    if given is None:
        return None
    if given.shape != (2,) or not np.isfinite(given).all() or not given[0] < given[1]:
        text = str(given.tolist())[:60]
        raise ValueError(f"{LIMITS} should be two finite numbers, the lower first, got {text}")
    low, high = (float(np.float32(value)) for value in given)
    if not (low < high and math.isfinite(low) and math.isfinite(high)):
        raise ValueError(f"{LIMITS} {given.tolist()} are too near each other or too large for float32")
    return low, high


def _class_names(arrays: Mapping[str, NDArray[Any]]) -> tuple[str, ...]:
    given = next((arrays[name] for name in CLASS_NAMES if name in arrays), None)
    if given is None:
        return ()
    if given.ndim != 1 or not 1 <= len(given) <= MAX_LABEL + 1:
        raise ValueError(f"classes should be one name for each class, got the shape {given.shape}")
    try:
        texts = [item.decode() if isinstance(item, bytes) else str(item) for item in given.tolist()]
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError("the names in classes are no text; save them as numpy.array(names, dtype=str)") from error
    return tuple(one_line(text, LONGEST_NAME) or f"class {index}" for index, text in enumerate(texts))
