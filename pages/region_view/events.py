"""Reads the browser's reports of interactions with the picture; drops malformed ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from figures.regions.overlays import Point, Window
from figures.regions.surface import Surface
from geometry.norms import NORMS_BY_NAME, Norm
from pages.shared.point_edit import PointEdit

MOST_EVENTS = 1000  # a limit against forged messages: the page itself sends a few at once


@dataclass(frozen=True)
class ViewEvents:
    """Interactions since the last call; a field is None, False or empty if its event did not happen."""

    pin: Point | None = None  # the new pin
    unpinned: bool = False  # the pin was removed
    edits: tuple[PointEdit, ...] = ()  # in order
    view: Window | None = None  # the window in view, once it no longer moves
    whole: bool = False  # the view returned to its home window
    seen: Window | None = None  # a window in view for which the frame lacks a part, or detail
    norm: Norm | None = None
    surface: Surface | None = None  # the picture as a surface, once it no longer turns
    flat: bool = False  # the picture became flat again
    turn: int | None = None  # the number of the `Turn` that the view has painted and waited after

    def __bool__(self) -> bool:
        """Whether there was an interaction; a report that the frame lacks a part is none."""
        return self != ViewEvents(seen=self.seen)


def parse_events(raw: object, after: int) -> tuple[ViewEvents, int]:
    """Events with a serial number above `after`, and the highest serial number seen.

    `raw` is a list of {"serial", "kind", "value"}; entries that are malformed are dropped.
    """
    fresh = []
    for entry in raw[:MOST_EVENTS] if isinstance(raw, list) else []:
        serial = entry.get("serial") if isinstance(entry, dict) else None
        if isinstance(serial, int) and not isinstance(serial, bool) and serial > after:
            fresh.append((serial, entry.get("kind"), entry.get("value")))
    fresh.sort(key=lambda event: event[0])
    latest = {kind: value for _, kind, value in fresh if isinstance(kind, str)}
    pin, norm = _numbers(latest.get("pin"), 2), latest.get("norm")
    events = ViewEvents(
        pin=(pin[0], pin[1]) if pin else None,
        unpinned="pin" in latest and latest["pin"] is None,
        edits=tuple(_edits((kind, value) for _, kind, value in fresh)),
        view=_window(latest.get("view")),
        whole="view" in latest and latest["view"] is None,
        seen=_window(latest.get("seen")),
        norm=NORMS_BY_NAME.get(norm) if isinstance(norm, str) else None,
        surface=_surface(latest.get("surface")),
        flat="surface" in latest and latest["surface"] is None,
        turn=_index(latest.get("turn")),
    )
    return events, max((serial for serial, _, _ in fresh), default=after)


def _edits(events: Iterable[tuple[Any, Any]]) -> Iterable[PointEdit]:
    for kind, value in events:
        if kind == "add" and (place := _numbers(value, 2)):
            yield PointEdit("add", None, (place[0], place[1]))
        elif kind == "move" and (place := _numbers(value, 3)) and (index := _index(place[0])) is not None:
            yield PointEdit("move", index, (place[1], place[2]))
        elif kind == "remove" and (index := _index(value)) is not None:
            yield PointEdit("remove", index, None)


def _index(value: object) -> int | None:
    number = _numbers([value], 1)
    return int(number[0]) if number and number[0] >= 0 and number[0] == int(number[0]) else None


def _window(value: object) -> Window | None:
    bounds = _numbers(value, 4)
    if not bounds or not (bounds[0] < bounds[1] and bounds[2] < bounds[3]):
        return None
    return bounds[0], bounds[1], bounds[2], bounds[3]


def _surface(value: object) -> Surface | None:
    if not isinstance(value, dict) or not isinstance(value.get("height"), str):
        return None
    numbers = _numbers([value.get(name) for name in ("azimuth", "elevation", "zoom", "x", "y")], 5)
    try:
        return None if numbers is None else Surface(value["height"], *numbers)
    except ValueError:
        return None


def _numbers(value: object, count: int) -> list[float] | None:
    """`count` finite numbers, or None."""
    if not isinstance(value, list) or len(value) != count:
        return None
    if not all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in value):
        return None
    return [float(item) for item in value] if all(abs(item) < 1e300 and math.isfinite(item) for item in value) else None
