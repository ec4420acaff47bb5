"""Which window to find, so that what is in view is found: the browser alone knows how large a view is."""

from __future__ import annotations

from dataclasses import dataclass

from figures.regions.overlays import Window
from pages.shared.state import Record, Values

ROOM = 0.04  # around what is in view, in windows: a short pan needs nothing new
# Times a window may be enlarged before a smaller one is found. A frame's corners are float32 relative to its centre,
# off by 2^-25 of its side at most: enlarged so often, by 0.02 pixels of a view 2 000 wide. The view asks a bit later.
FINEST = 300.0
WASTE = 4.0  # a window that is larger than home is not kept for a view that has become so much smaller


@dataclass(frozen=True)
class Shape:
    """Of a view: its width over its height. It outlives links, which other state of a session does not."""

    aspect: float


class CoverageState(Record):
    """By the key of a view."""

    seen: Values[Window] = Values("{}-seen")  # what it shows, where its frame is not enough for that
    shape: Values[Shape] = Values("{}-shape")
    found: Values[tuple[Window, Window]] = Values("{}-found")  # home, and the window that was found for it


STATE = CoverageState()


def note_seen(key: str, seen: Window) -> None:
    """The view of this key shows this window, and the frame it has is not enough for it."""
    s0, s1, t0, t1 = seen
    STATE.seen[key] = seen
    STATE.shape[key] = Shape((s1 - s0) / (t1 - t0))


def window_to_find(key: str, home: Window, view: Window | None = None, finest: float = FINEST) -> Window:
    """The window whose regions fill the view of this key.

    Parameters
    ----------
    home : Window
        What the view shows when nobody has moved it. It is the answer as long as it is enough.
    view : Window
        Where the page asks to look; before the view has said how large it is, that is all there is to go by.
    finest : float
        How often the window may be enlarged.
    """
    shape, seen, before = STATE.shape.get(key), STATE.seen.get(key), STATE.found.get(key)
    kept = None if before is None or before[0] != home else before[1]
    if seen is None or kept is None:
        seen = view or home
        if shape is not None:
            seen = widened(seen, shape.aspect)
    found = choose_window(home, kept, seen, finest)
    STATE.found[key] = (home, found)
    return found


def choose_window(home: Window, kept: Window | None, seen: Window, finest: float = FINEST) -> Window:
    """The smaller of home and the window kept from before that is enough for what is seen; else one around that."""
    for window in sorted({home, kept or home}, key=side):
        most = finest if side(window) <= side(home) else min(finest, WASTE)
        if is_inside(seen, window) and side(window) <= most * side(seen):
            return window
    return with_room(seen)


def widened(window: Window, aspect: float) -> Window:
    """The smallest window of this width over height around another one, with the same middle."""
    s0, s1, t0, t1 = window
    width, height = max(s1 - s0, aspect * (t1 - t0)), max(t1 - t0, (s1 - s0) / aspect)
    s, t = (s0 + s1) / 2, (t0 + t1) / 2
    return s - width / 2, s + width / 2, t - height / 2, t + height / 2


def with_room(window: Window) -> Window:
    s0, s1, t0, t1 = window
    more_s, more_t = ROOM * (s1 - s0), ROOM * (t1 - t0)
    return s0 - more_s, s1 + more_s, t0 - more_t, t1 + more_t


def is_inside(inner: Window, outer: Window) -> bool:
    """Up to what no screen shows."""
    slack = 1e-4 * side(inner)
    signs = (1, -1, 1, -1)
    return all(sign * (a - b) > -slack for sign, a, b in zip(signs, inner, outer))


def side(window: Window) -> float:
    """The longer one."""
    return max(window[1] - window[0], window[3] - window[2])
