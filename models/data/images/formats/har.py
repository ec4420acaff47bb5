"""Human activity recognition with smartphones (UCI HAR): text files of 561 features in [-1, 1] and of 6 activities.

train/X_train.txt has one vector in a line, numbers separated by spaces, and train/y_train.txt its activity, 1 to 6;
test/X_test.txt and test/y_test.txt likewise.

Source: Anguita et al. (2013), https://doi.org/10.24432/C54S4K
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.data.images.formats.bundle import Bundle
from models.data.images.formats.format import Format, Found, named
from models.data.images.images import PARTS, Limits, Part, Stored
from models.data.images.names import short_name

FEATURES, ACTIVITIES = 561, 6
SHAPE = (FEATURES,)
LIMITS: Limits = (-1.0, 1.0)
MAX_BYTES = 100_000_000  # of one file; X_train.txt has 66 million: a limit on memory
CLASS_NAMES = ("walking", "walking upstairs", "walking downstairs", "sitting", "standing", "laying")


def files_of(part: Part) -> tuple[str, str]:
    """The names of the part's two files."""
    return f"X_{part}.txt", f"y_{part}.txt"


def vectors(data: bytes, name: str) -> NDArray[np.float32]:
    """(n, 561) features. `name` is for messages.

    Raises
    ------
    ValueError
        Naming the row that has another number of columns, text, or a value out of range.
    """
    table = _table(data, name)
    if table.shape[1] != FEATURES:
        raise ValueError(f"{name} has {table.shape[1]:,} columns; HAR's vectors have {FEATURES} features")
    inside = np.abs(table) <= 1  # False for NaN, too
    if not inside.all():
        row, column = np.argwhere(~inside)[0]
        value = table[row, column]
        raise ValueError(f"{name}, row {row + 1}, column {column + 1}: {value:g} does not lie between -1 and 1")
    return table


def activities(data: bytes, name: str) -> NDArray[np.int64]:
    """(n,) labels 0 to 5 of activities 1 to 6; errors as of `vectors`."""
    table = _table(data, name)
    labels = table[:, 0]
    fits = (labels >= 1) & (labels <= ACTIVITIES) & (labels == np.rint(labels))
    if table.shape[1] != 1 or not fits.all():
        row = int(np.argmin(fits))
        raise ValueError(f"{name}, row {row + 1}: activities go from 1 to {ACTIVITIES}, got {labels[row]:g}")
    return labels.astype(np.int64) - 1


def _table(data: bytes, name: str) -> NDArray[np.float32]:
    """(n, columns) numbers, with a row and a column at least."""
    if not data.decode("latin1").strip():
        raise ValueError(f"{name} is empty; download it again")
    try:
        return np.loadtxt(io.BytesIO(data), np.float32, comments=None, ndmin=2, encoding="latin1")
    except (ValueError, OverflowError) as error:
        reason = str(error).partition(";")[0][:120]
        raise ValueError(f"{name} is no table of numbers, or is damaged: {reason}") from error


def _find(bundle: Bundle) -> Found:
    parts = {part: named(bundle, files_of(part)) for part in PARTS}
    return {part: paths for part, paths in parts.items() if paths}


def _read(bundle: Bundle, paths: Sequence[str]) -> Stored:
    names = [short_name(path) for path in paths]
    if len(paths) != 2:
        missing = names[0].replace("X_", "y_") if names[0].startswith("X_") else names[0].replace("y_", "X_")
        raise ValueError(f"{missing} is missing beside {names[0]}: HAR has features X and activities y in two files")
    x = vectors(bundle.read(paths[0], MAX_BYTES), names[0])
    y = activities(bundle.read(paths[1], MAX_BYTES), names[1])
    if len(x) != len(y):
        raise ValueError(f"{names[1]} has {len(y):,} activities for {len(x):,} vectors in {names[0]}; one is cut off")
    return x, y


HAR = Format("HAR", _find, _read, CLASS_NAMES, LIMITS)
