"""CIFAR-10 in its Python version: data_batch_1, ..., data_batch_5 and test_batch, each a pickle.

A pickle is a program, so none is run: `models.files.formats.pickled` reads values alone and calls nothing. A batch is
one dictionary of texts, of lists of labels and file names, and of one NumPy array of bytes. A file that names any
function but the three that write this array is refused.

Format: https://www.cs.toronto.edu/~kriz/cifar.html
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.cifar10 import BATCHES, CLASS_NAMES, MOST, PIXELS, SHAPE
from models.data.images.formats.format import Format, Found, named
from models.data.images.images import Stored
from models.data.images.names import one_line, short_name
from models.files.formats.pickled import Call, described

MAX_BYTES = MOST * (PIXELS + 100)  # of one file: for each image its pixels, its label and its file's name
ARRAYS = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")
TYPE = "numpy dtype"
NAMES = frozenset({*ARRAYS, TYPE, "numpy ndarray", "_codecs encode"})
KEYS = ("batch_label", "labels", "data", "filenames")


def batch(data: bytes, name: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pixels (n, 3072) and labels (n,) of one batch. `name` is for messages.

    Raises
    ------
    ValueError
        If the pickle is damaged, names a function that no batch names, or has other content than a batch.
    """
    try:
        value = described(io.BytesIO(data), NAMES)
    except ValueError as error:
        raise ValueError(f"{name} is no batch of CIFAR-10: {error}") from error
    if not isinstance(value, dict):
        raise ValueError(f"{name} holds no dictionary of labels and data, as CIFAR-10's batches do")
    fields = {_text(key): item for key, item in value.items()}
    if unknown := fields.keys() - set(KEYS):
        raise ValueError(f"{name} holds {one_line(min(unknown), 40)!r}; CIFAR-10's batches hold {', '.join(KEYS)}")
    if missing := {"labels", "data"} - fields.keys():
        raise ValueError(f"{name} lacks {' and '.join(sorted(missing))}; CIFAR-10's batches hold {', '.join(KEYS)}")
    labels, pixels = _labels(fields["labels"], name), _bytes(fields["data"], name)
    if len(labels) != len(pixels):
        raise ValueError(f"{name} has {len(labels):,} labels for {len(pixels):,} images; download it again")
    return pixels, labels


def _text(key: Any) -> str:
    """A key, which Python 2 wrote as text and Python 3 as text or bytes."""
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _labels(value: Any, name: str) -> NDArray[np.int64]:
    if type(value) is not list or not 0 < len(value) <= MOST or not all(type(label) is int for label in value):
        raise ValueError(f"{name}: labels should be a list of up to {MOST:,} whole numbers")
    wrong = [place for place, label in enumerate(value, 1) if not 0 <= label < len(CLASS_NAMES)]
    if wrong:  # the label itself may have a million digits
        raise ValueError(f"{name}: label {wrong[0]:,} does not lie between 0 and {len(CLASS_NAMES) - 1}")
    return np.array(value, dtype=np.int64)


def _bytes(value: Any, name: str) -> NDArray[np.uint8]:
    """The NumPy array of bytes that the pickle describes: its version, shape, type, order and content."""
    wrong = ValueError(f"{name}: data should be a NumPy array of bytes, {PIXELS} for each image")
    if not isinstance(value, Call) or value.name not in ARRAYS or type(value.state) is not tuple:
        raise wrong
    if len(value.state) != 5:
        raise wrong
    _, shape, dtype, columns_first, content = value.state
    raw = content.encode("latin1", "replace") if isinstance(content, str) else content
    kind = dtype.arguments[0] if isinstance(dtype, Call) and dtype.name == TYPE and dtype.arguments else None
    if kind not in ("u1", b"u1") or columns_first not in (False, 0) or not isinstance(raw, (bytes, bytearray)):
        raise wrong
    if type(shape) is not tuple or len(shape) != 2 or not all(type(size) is int for size in shape):
        raise wrong
    if shape[1] != PIXELS or math.prod(shape) != len(raw):
        raise ValueError(f"{name}: data should be (n, {PIXELS}) bytes, got {str(shape)[:40]} with {len(raw):,} bytes")
    return np.frombuffer(bytes(raw), np.uint8).reshape(shape)


def _find(bundle: Bundle) -> Found:
    parts = {part: named(bundle, names) for part, names in BATCHES.items()}
    return {part: paths for part, paths in parts.items() if paths}


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    parts = [batch(bundle.read(path, MAX_BYTES), short_name(path)) for path in paths]
    return np.concatenate([pixels for pixels, _ in parts]).reshape(-1, *SHAPE), np.concatenate([y for _, y in parts])


PICKLED = Format("CIFAR-10", _find, _read, CLASS_NAMES)
