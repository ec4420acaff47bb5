"""Reads the browser's reports from the drawn network; drops malformed ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST_EVENTS = 1000  # a limit against forged messages: the page itself sends a few at once
MOST_CHARACTERS = 60  # of a change as text


@dataclass(frozen=True)
class NetworkEvents:
    """Interactions since the last call."""

    lit: bool = False  # whether the unit that stays lit was chosen: `unit`
    unit: int | None = None  # counted from 0 through all layers; None: no unit stays lit
    changes: tuple[str, ...] = ()  # in order, as `pages.shared.plane.weights` reads them
    undone: int | None = None  # how many of the last changes are taken back; -1 for all

    def __bool__(self) -> bool:
        return self != NetworkEvents()


def parse_network_events(raw: object, after: int) -> tuple[NetworkEvents, int]:
    """Events with a serial number above `after`, and the highest serial number seen.

    `raw` is a list of {"serial", "kind", "value"}; entries that are malformed are dropped.
    """
    fresh: list[tuple[int, Any, Any]] = []
    for entry in raw[:MOST_EVENTS] if isinstance(raw, list) else []:
        serial = entry.get("serial") if isinstance(entry, dict) else None
        if isinstance(serial, int) and not isinstance(serial, bool) and serial > after:
            fresh.append((serial, entry.get("kind"), entry.get("value")))
    fresh.sort(key=lambda event: event[0])
    units = [value for _, kind, value in fresh if kind == "unit" and (value is None or _is_index(value))]
    changes = [value for _, kind, value in fresh if kind == "change" and _is_text(value)]
    undone = [value for _, kind, value in fresh if kind == "undo" and value in ("1", "all")]
    events = NetworkEvents(
        lit=bool(units),
        unit=units[-1] if units else None,
        changes=tuple(changes),
        undone=None if not undone else -1 if "all" in undone else len(undone),
    )
    return events, max((serial for serial, _, _ in fresh), default=after)


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**6


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= MOST_CHARACTERS
