"""The reader's edits of data points, as a list that applies to a data set and fits into a link."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from models.data.toy import MAX_CLASSES, MAX_COORDINATE, MAX_POINTS, Dataset
from pages.shared.point_edit import PointEdit

MOST_IN_A_LINK = 150  # edits; a limit on the length of the link
PATTERN = re.compile(r"(?:a(?P<label>\d)|m(?P<moved>\d{1,5})):(?P<s>[-+.e\d]+):(?P<t>[-+.e\d]+)|d(?P<removed>\d{1,5})")


@dataclass(frozen=True)
class Edit:
    """A point added (with a label), moved (with an index and a place) or removed (with an index alone)."""

    index: int | None
    place: tuple[float, float] | None
    label: int = 0


def from_events(events: Iterable[PointEdit], label: int) -> tuple[Edit, ...]:
    """Reported edits, rounded to the six digits of a link; new points get `label`."""
    return tuple(
        _read(_text(Edit(event.index, event.point, label if event.action == "add" else 0))) for event in events
    )


def apply(data: Dataset, edits: Iterable[Edit]) -> Dataset:
    """The data set after all edits. Edits that do not fit (no such point, too far, too many) have no effect."""
    x, y = list(map(tuple, data.x)), list(data.y)
    for edit in edits:
        if edit.place is not None and np.abs(edit.place).max() > MAX_COORDINATE:
            continue
        if edit.index is None:
            if edit.place is not None and len(x) < MAX_POINTS:
                x.append(edit.place)
                y.append(np.int64(edit.label))
        elif edit.index < len(x):
            if edit.place is None:
                del x[edit.index], y[edit.index]
            else:
                x[edit.index] = edit.place
    classes = max([data.classes, *(int(label) + 1 for label in y)])
    return Dataset(np.array(x).reshape(-1, 2), np.array(y, dtype=np.int64), data.name, data.window, classes)


def to_link(edits: tuple[Edit, ...]) -> str | None:
    """a<label>:<s>:<t>, m<index>:<s>:<t> and d<index> with underscores between; None for none, or too many."""
    if not 0 < len(edits) <= MOST_IN_A_LINK:
        return None
    return "_".join(map(_text, edits))


def from_link(text: str) -> tuple[Edit, ...]:
    """The edits of a link, as `to_link` writes them."""
    parts = text.split("_")
    if len(parts) > MOST_IN_A_LINK:
        raise ValueError(f"at most {MOST_IN_A_LINK} edits are read")
    return tuple(map(_read, parts))


def _text(edit: Edit) -> str:
    if edit.place is None:
        return f"d{edit.index}"
    name = f"a{edit.label}" if edit.index is None else f"m{edit.index}"
    return f"{name}:{edit.place[0]:.6g}:{edit.place[1]:.6g}"


def _read(part: str) -> Edit:
    match = PATTERN.fullmatch(part)
    if match is None:
        raise ValueError(f"{part[:20]!r} is no edit such as a1:0.5:0.2, m7:0.1:0.3 or d4")
    if match["removed"] is not None:
        return Edit(int(match["removed"]), None)
    place = float(match["s"]), float(match["t"])
    if not np.isfinite(place).all() or np.abs(place).max() > MAX_COORDINATE:
        raise ValueError(f"{part[:20]!r} lies too far away")
    if match["moved"] is not None:
        return Edit(int(match["moved"]), place)
    if int(match["label"]) >= MAX_CLASSES:
        raise ValueError(f"classes are 0 to {MAX_CLASSES - 1}, got {match['label']}")
    return Edit(None, place, int(match["label"]))
