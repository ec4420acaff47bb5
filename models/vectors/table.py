"""Tables of vectors: CSV files, and sets of labelled vectors such as HAR's."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geometry.computation.cached_property import cached_property
from geometry.content import content_key
from geometry.norms import Array
from models.data.images.images import Images
from models.data.points import is_number
from models.vectors.inputs import LONGEST_NAME, MOST_INPUTS, Inputs, NamedInput, unique_names

MAX_BYTES = 60_000_000  # a limit on memory: text takes some hundred bytes per number while it is parsed
MAX_NUMBERS = 4_000_000  # likewise
MAX_CLASSES = 256  # of a frame
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))
UNIT = re.compile(r"(?P<name>.*\S)\s*[\[(](?P<unit>[^\[\]()]{1,30})[\])]")
LABELS = frozenset(("class", "label", "target", "y", "activity", "advisory"))


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of named numbers, with or without a class. Names and classes may be text from outside.

    x : (n, d) float64, finite
    y : (n,) int64, -1 where no class is known
    columns, units : (d,) each; a unit may be empty
    note : what was left out, in a sentence; else empty
    """

    name: str
    x: Array
    y: NDArray[np.int64]
    columns: tuple[str, ...]
    units: tuple[str, ...]
    classes: tuple[str, ...] = ()
    note: str = ""
    limits: tuple[float, float] | None = None  # of all columns, where they are known

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def key(self) -> str:
        """Identifies the content."""
        return content_key(self.x, self.y, self.columns, self.units, self.classes, self.limits)

    @property
    def inputs(self) -> Inputs:
        """The columns with the ranges of their values; a constant column gets half a unit on both sides."""
        if self.limits is not None:
            return Inputs(tuple(NamedInput(name, *self.limits, unit) for name, unit in zip(self.columns, self.units)))
        low, high = self.x.min(axis=0), self.x.max(axis=0)
        rim = np.where(high > low, 0.0, 0.5 * np.maximum(1, np.abs(low)))
        items = zip(self.columns, low - rim, high + rim, self.units)
        return Inputs(tuple(NamedInput(name, float(a), float(b), unit) for name, a, b, unit in items))

    def with_classes(self, classes: tuple[str, ...]) -> Table:
        """The same rows with the numbers of these classes, by their names; -1 for a name that is not among them."""
        number = {name.casefold(): place for place, name in enumerate(classes)}
        by_own = np.array([number.get(name.casefold(), -1) for name in self.classes] + [-1], np.int64)
        return replace(self, y=by_own[self.y], classes=classes)

    def for_network(self, count: int) -> Table:
        """The table for a network with `count` inputs: itself, or with its last column as the class.

        Raises
        ------
        ValueError
            If neither has this number of columns.
        """
        columns = self.x.shape[1]
        if columns == count:
            return self
        last = self.x[:, -1]
        is_class = bool((last == np.rint(last)).all() and last.min() >= -1 and last.max() < MAX_CLASSES)
        if columns == count + 1 and not self.classes and (self.y < 0).all() and is_class:
            note = f"{self.note} The last column, {self.columns[-1]}, is taken as the class.".strip()
            return replace(
                self, x=self.x[:, :-1], y=last.astype(np.int64), columns=self.columns[:-1], units=self.units[:-1],
                note=note,
            )  # fmt: skip
        raise ValueError(
            f"{self.name} has {columns:,} columns of numbers, but the network takes {count:,} inputs: choose a table "
            f"with {count:,} columns, besides one of classes if you like, or another network"
        )


def read_csv(data: bytes, name: str) -> Table:
    """The table in a CSV file, with commas, semicolons or tabs between values.

    A first row with text is the header: names, with a unit in brackets if you like, such as `rho [ft]`. One column may
    hold the classes: one of text, or one named `class`, `label` or `target`. Rows with missing values are left out.

    Raises
    ------
    ValueError
        In one sentence: too large, no table, rows of different lengths, text among numbers, infinite values, more than
        one column of text, or no complete row.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"{name} has {len(data):,} bytes; tables up to {MAX_BYTES:,} are read")
    rows = _rows(data, name)
    header = None if all(is_number(cell) or _is_missing(cell) for cell in rows[0]) else rows.pop(0)
    if not rows:
        raise ValueError(f"{name} has a header and no rows")
    width = len(header or rows[0])
    if width > MOST_INPUTS + 1:
        raise ValueError(f"{name} has {width:,} columns; up to {MOST_INPUTS:,} inputs are read")
    if width * len(rows) > MAX_NUMBERS:
        raise ValueError(f"{name} has {width * len(rows):,} values; up to {MAX_NUMBERS:,} are read: take fewer rows")
    for place, row in enumerate(rows, 1 + (header is not None)):
        if len(row) != width:
            raise ValueError(f"{name}, row {place}: {len(row)} values, where {width} are expected")
    titles = unique_names(header if header is not None else [""] * width)
    columns = [_numbers(cells) for cells in zip(*rows)]
    text = [place for place, values in enumerate(columns) if values is None]
    labels = text or [place for place, title in enumerate(titles) if title.lower() in LABELS][:1]
    if len(text) > 1:
        listed = " and ".join(titles[place] for place in text[:3])
        raise ValueError(f"{name}: {len(text)} columns hold text, {listed}; one may, as the classes: leave out others")
    first = 1 + (header is not None)
    inputs = [place for place in range(width) if place not in labels]
    if not inputs:
        raise ValueError(f"{name} has no column of numbers besides the classes")
    x = np.column_stack([_checked(columns[place], name, titles[place], rows, place, first) for place in inputs])
    complete = np.isfinite(x).all(axis=1)
    if not complete.any():
        raise ValueError(f"each of the {len(rows):,} rows of {name} misses a value; the first has {_first_gap(x[0])}")
    y, classes = _classes([row[labels[0]] for row in rows], name) if labels else (np.full(len(rows), -1), ())
    left_out = int((~complete).sum())
    note = f"{left_out:,} of {len(rows):,} rows miss a value and are left out." if left_out else ""
    names, units = zip(*(_name_and_unit(titles[place]) for place in inputs))
    return Table(name, x[complete], y[complete], unique_names(names), tuple(units), classes, note)


def table_of(images: Images, columns: Sequence[str] = ()) -> Table:
    """A set of labelled vectors as a table; without names, columns are numbered.

    Raises
    ------
    ValueError
        If the set does not hold vectors, or another number of names is given.
    """
    if len(images.shape) != 1:
        raise ValueError(f"{images.name} holds inputs of shape {images.shape}, no vectors: choose Images for it")
    (count,) = images.shape
    if columns and len(columns) != count:
        raise ValueError(f"{len(columns):,} names were given for the {count:,} inputs of {images.name}")
    names = unique_names(columns or [f"input {place}" for place in range(1, count + 1)])
    return Table(
        images.name, images.x.astype(np.float64), images.y, names, ("",) * count, images.classes, limits=images.limits
    )


def feature_names(data: bytes) -> tuple[str, ...]:
    """The names in HAR's features.txt, a number and a name in each line; equal ones get their place added.

    Raises
    ------
    ValueError
        If a line is another one.
    """
    lines = data.decode("utf-8", "replace").split("\n")
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    for place, pair in enumerate(pairs, 1):
        if len(pair) != 2 or pair[0] != str(place):
            raise ValueError(f"features.txt, line {place}: expected {place} and a name, got {' '.join(pair)[:60]!r}")
    return unique_names([name for _, name in pairs])


def _rows(data: bytes, name: str) -> list[list[str]]:
    text = data.decode("utf-8-sig", "replace")
    if "\0" in text or not text.strip():
        raise ValueError(f"{name} is no table: it is {'empty' if not text.strip() else 'a binary file'}")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(map(str.strip, row))]
    except csv.Error as error:
        raise ValueError(f"{name} is no CSV file: {error}") from error
    if rows and all(len(row) == len(rows[0]) and not row[-1].strip() for row in rows) and len(rows[0]) > 1:
        rows = [row[:-1] for row in rows]  # each line ends with a delimiter
    return rows


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _numbers(cells: Sequence[str]) -> Array | None:
    """The column as numbers, NaN where a value is missing or is none; None if most values are text."""
    values = np.array([float(cell) if not _is_missing(cell) and is_number(cell) else math.nan for cell in cells])
    given = sum(not _is_missing(cell) for cell in cells)
    return None if given and 2 * np.isfinite(values).sum() < given and not np.isinf(values).any() else values


def _checked(values: Array | None, name: str, title: str, rows: list[list[str]], place: int, first: int) -> Array:
    """The numbers of a column; a ValueError that names the row of a text or of an infinite value."""
    assert values is not None
    for at in np.flatnonzero(~np.isfinite(values)).tolist():
        cell = rows[at][place]
        if not _is_missing(cell):
            what = "is not finite" if is_number(cell) else "is no number"
            raise ValueError(f"{name}, row {at + first}, column {title}: {cell.strip()[:40]!r} {what}")
    return values


def _first_gap(row: Array) -> str:
    return f"none in column {int(np.argmax(~np.isfinite(row))) + 1}"


def _classes(cells: list[str], name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """(n,) numbers of classes, -1 where none is given, and their names in the order of the alphabet."""
    texts = ["" if _is_missing(cell) else " ".join(cell.split())[:LONGEST_NAME] for cell in cells]
    present = sorted({text for text in texts if text})
    if len(present) > MAX_CLASSES:
        raise ValueError(f"{name}: its column of classes has {len(present):,} different values; up to {MAX_CLASSES}")
    if all(text.isdecimal() and int(text) < MAX_CLASSES for text in present):  # numbers of classes, from 0
        return np.array([int(text) if text else -1 for text in texts], np.int64), ()
    number = {text: place for place, text in enumerate(present)} | {"": -1}
    return np.array([number[text] for text in texts], np.int64), tuple(present)


def _name_and_unit(title: str) -> tuple[str, str]:
    parts = UNIT.fullmatch(title)
    return (parts["name"], parts["unit"].strip()) if parts else (title, "")
