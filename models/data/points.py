"""Files of labelled points: CSV with columns x, y, label, and NPZ with arrays x and y."""

from __future__ import annotations

import math
from pathlib import PurePath

import numpy as np

from models.data.toy import MAX_CLASSES, MAX_COORDINATE, MAX_POINTS, Array, Dataset, check_learnable, window_around
from models.files.archives import read_npz

COLUMNS = ("x", "y", "label")
MAX_BYTES = 200 * MAX_POINTS  # a limit above what MAX_POINTS rows of text, or of float64, need
MAX_NOTES = 100  # lines that begin with #, beyond which they count as rows
SEPARATORS = (";", "\t", ",")


def read_points(data: bytes, filename: str) -> Dataset:
    """The data set in an uploaded file, named after the file.

    Parameters
    ----------
    data : the file's bytes. CSV: rows x, y, label, with or without a header, separated by commas, semicolons
        or tabs; lines that begin with # are skipped. NPZ: arrays x (n, 2) and y (n,).
    filename : its ending .npz selects NPZ, any other one CSV

    Raises
    ------
    ValueError
        In one sentence with the value, its position and the remedy: text or NaN in a cell, a wrong number of columns,
        labels that are not whole numbers 0..7, fewer than two points or classes, too many rows.
    """
    path = PurePath(filename)
    if not data:
        raise ValueError(f"{path.name} is empty; it should hold rows of x, y, label")
    rows = _npz_rows(data, path.name) if path.suffix.lower() == ".npz" else _csv_rows(data, path.name)
    labels = rows[:, 2]
    fits = (labels == np.floor(labels)) & (labels >= 0) & (labels < MAX_CLASSES)
    if not fits.all():
        raise ValueError(
            f"{path.name}: point {int(np.argmin(fits)) + 1} has label {labels[np.argmin(fits)]:g}; "
            f"number the classes 0..{MAX_CLASSES - 1}"
        )
    large = np.abs(rows[:, :2]).max(axis=1, initial=0) > MAX_COORDINATE
    if large.any():
        point = rows[np.argmax(large), :2]
        raise ValueError(f"{path.name}: point {int(np.argmax(large)) + 1} lies at {point}; rescale to below 1e6")
    dataset = Dataset(rows[:, :2].copy(), labels.astype(np.int64), path.stem, window_around(rows[:, :2]))
    check_learnable(dataset)
    return dataset


def write_points(dataset: Dataset) -> str:
    """CSV with a header. `read_points` returns exactly the same points."""
    rows = (f"{float(s)!r},{float(t)!r},{label}\n" for (s, t), label in zip(dataset.x, dataset.y))
    return ",".join(COLUMNS) + "\n" + "".join(rows)


def _csv_rows(data: bytes, name: str) -> Array:
    """(n, 3) numbers, without empty rows."""
    rows = max(data.count(b"\n"), data.count(b"\r")) - min(
        MAX_NOTES, data.count(b"#")
    )  # counted in the bytes, before a file of 10⁷ rows is split
    if rows > MAX_POINTS + 1:
        raise ValueError(f"{name} has {rows:,} rows; at most {MAX_POINTS:,} points are read: keep a sample")
    _check_bytes(data, name)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is no text file; export it as CSV in UTF-8") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if not lines:
        raise ValueError(f"{name} is empty; it should hold rows of x, y, label")
    separator = next((mark for mark in SEPARATORS if mark in lines[0][1]), ",")
    table = [(number, [cell.strip().strip('"') for cell in line.split(separator)]) for number, line in lines]
    order = [0, 1, 2]
    if len(table[0][1]) == 3 and not any(map(is_number, table[0][1])):
        header = [cell.lower() for cell in table.pop(0)[1]]
        if sorted(header) == sorted(COLUMNS):
            order = [header.index(column) for column in COLUMNS]
    if not table:
        raise ValueError(f"{name} has a header but no rows; add at least two points")
    numbers = np.array(
        [[_number(cell, name, row, i) for i, cell in enumerate(_three(cells, name, row))] for row, cells in table]
    )
    return numbers[:, order]


def _three(cells: list[str], name: str, row: int) -> list[str]:
    if len(cells) != 3:
        raise ValueError(f"{name}, row {row}: {len(cells)} columns instead of the three x, y, label")
    return cells


def _number(cell: str, name: str, row: int, column: int) -> float:
    if not is_number(cell):
        raise ValueError(f"{name}, row {row}, column {column + 1}: {cell[:40]!r} is no number (decimals take a point)")
    value = float(cell)
    if not math.isfinite(value):
        raise ValueError(f"{name}, row {row}, column {column + 1}: {cell[:40]} is not finite; fill in or drop the row")
    return value


def is_number(cell: str) -> bool:
    """Whether a cell of a table holds a number as Python writes it."""
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _npz_rows(data: bytes, name: str) -> Array:
    _check_bytes(data, name)
    arrays = read_npz(data, MAX_BYTES)
    if missing := {"x", "y"} - arrays.keys():
        raise ValueError(
            f"{name} holds {sorted(arrays)} but no {' and '.join(sorted(missing))}; save x (n, 2) and y (n,)"
        )
    x, y = arrays["x"], arrays["y"]
    if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x),):
        raise ValueError(f"{name}: x must be (n, 2) and y (n,), got {x.shape} and {y.shape}")
    if len(x) > MAX_POINTS:
        raise ValueError(f"{name} has {len(x):,} points; at most {MAX_POINTS:,} are read: keep a sample")
    rows = np.concatenate([x, y[:, None]], axis=1).astype(np.float64)
    if not np.isfinite(rows).all():
        bad = int(np.argmin(np.isfinite(rows).all(axis=1)))
        raise ValueError(f"{name}: point {bad + 1} is {rows[bad]}; all numbers must be finite")
    return rows


def _check_bytes(data: bytes, name: str) -> None:
    if len(data) > MAX_BYTES:
        raise ValueError(f"{name} has {len(data):,} bytes; at most {MAX_BYTES:,} are read: keep a sample")
