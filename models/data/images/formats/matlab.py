"""Image sets in MATLAB files: SVHN's cropped digits, and the sets that Croce et al. (2019) released.

SVHN: X (32, 32, 3, n) bytes and y (n, 1), where 10 is the digit 0; train_32x32.mat and test_32x32.mat.
The release: images (n, height, width, channels) bytes and labels, from 0; mnist_int_train.mat, gts_int_test.mat and so
on, with fmnist for Fashion-MNIST and cifar10.

Sources: http://ufldl.stanford.edu/housenumbers and
https://github.com/max-andr/provable-robustness-max-linear-regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.format import Format, Found
from models.data.images.images import PARTS, Part, Stored
from models.data.images.names import short_name
from models.data.images.picture import CHANNELS, MAX_SIDE
from models.files.formats.mat_file import is_mat_file, read_mat_file

MAX_BYTES = 256_000_000  # unpacked; SVHN's training part has 226 million: a limit on memory
MAX_LABEL = 9999  # a limit on the number of classes
DIGIT_ZERO = 10  # SVHN's label of it
SVHN_FILES: dict[Part, str] = {"train": "train_32x32.mat", "test": "test_32x32.mat"}


def release_files(name: str) -> dict[Part, tuple[str, ...]]:
    """The names of the released files of a set, such as gts."""
    return {part: (f"{name}_int_{part}.mat",) for part in PARTS}


def images_of(data: bytes, name: str) -> Stored:
    """(n, channels, height, width) bytes and (n,) of one file. `name` is for messages.

    Raises
    ------
    ValueError
        If the file is damaged or too large, or its arrays are of neither layout.
    """
    if not is_mat_file(data):
        raise ValueError(f"{name} is no MATLAB file of version 5; download it again")
    try:
        arrays = read_mat_file(data, MAX_BYTES)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if {"X", "y"} <= arrays.keys():
        x, y = _pixels(arrays, "X", name).transpose(3, 2, 0, 1), _labels(arrays, "y", name)
        if y.min(initial=1) < 1 or y.max(initial=1) > DIGIT_ZERO:
            raise ValueError(f"{name}: SVHN's labels go from 1 to 10 for the digit 0, got {y.min()} to {y.max()}")
        y = y % DIGIT_ZERO
    elif {"images", "labels"} <= arrays.keys():
        x, y = _pixels(arrays, "images", name).transpose(0, 3, 1, 2), _labels(arrays, "labels", name)
        if y.min(initial=0) < 0 or y.max(initial=0) > MAX_LABEL:
            raise ValueError(f"{name}: labels go from 0 to {MAX_LABEL}, got {y.min()} to {y.max()}")
    else:
        given = ", ".join(sorted(arrays)[:6])[:80] or "nothing"
        raise ValueError(f"{name} holds {given}; a set of images holds X and y (SVHN), or images and labels")
    if x.shape[1] not in CHANNELS or 0 in x.shape or max(x.shape[2:]) > MAX_SIDE:
        raise ValueError(f"{name}: images should be grey or coloured, got {x.shape[1:]} (channels, height, width)")
    if len(x) != len(y):
        raise ValueError(f"{name} has {len(y):,} labels for {len(x):,} images; download it again")
    return np.ascontiguousarray(x), y


def _pixels(arrays: Mapping[str, NDArray[Any]], key: str, name: str) -> NDArray[np.uint8]:
    """Four dimensions of bytes; MATLAB drops a last dimension of 1."""
    x = arrays[key]
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim != 4 or x.dtype != np.uint8:
        raise ValueError(f"{name}: {key} should be images of bytes in four dimensions, got {x.dtype} {x.shape}")
    return x


def _labels(arrays: Mapping[str, NDArray[Any]], key: str, name: str) -> NDArray[np.int64]:
    y = arrays[key]
    if y.ndim != 2 or 1 not in y.shape:
        raise ValueError(f"{name}: {key} should be one label for each image, got the shape {y.shape}")
    labels = y.reshape(-1)
    if not np.isfinite(labels).all() or np.abs(labels).max(initial=0) > MAX_LABEL or (labels != np.rint(labels)).any():
        raise ValueError(f"{name}: {key} should be whole numbers up to {MAX_LABEL}")
    return labels.astype(np.int64)


def _find(bundle: Bundle) -> Found:
    parts: dict[Part, list[str]] = {}
    for path in bundle.paths:
        name = PurePosixPath(path).name
        if name.endswith(".mat"):
            parts.setdefault("train" if "train" in name.lower() else "test", []).append(path)
    return parts


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    if len(paths) != 1:
        names = ", ".join(map(short_name, paths[:3]))
        raise ValueError(f"one MATLAB file is a whole part of a set; got {names}")
    return images_of(bundle.read(paths[0], MAX_BYTES), short_name(paths[0]))


MATLAB = Format("", _find, _read)
