"""Chooses the window to enumerate, so that it covers the view; only the browser knows the view's size."""

from __future__ import annotations

from dataclasses import dataclass

from figures.regions.overlays import Window
from pages.shared.state import Record, Values

MARGIN = 0.04  # of the view's sides, added on each side of it: a short pan needs no new enumeration
SPARE = 0.005  # of a window's sides, by which a view that is asked for is smaller: rounding asks for no larger one
# Limit on the zoom into one window before a smaller one is enumerated. A frame's corners are float32 relative to its
# centre, off by 2^-25 of its side at most: at this zoom 0.02 pixels of a view 2 000 wide. The view asks a bit later.
FINEST = 300.0
WASTE = 4.0  # limit on the side of a kept window larger than home, in sides of the view; a larger one is replaced


@dataclass(frozen=True)
class Shape:
    """A view's width over its height. Unlike other state of a session, it is kept when a link is opened."""

    aspect: float


class CoverageState(Record):
    """State of each view, by its key."""

    seen: Values[Window] = Values("{}-seen")  # the window in view, where the frame does not cover it
    shape: Values[Shape] = Values("{}-shape")
    chosen: Values[tuple[Window, Window]] = Values("{}-found")  # home, and the window last chosen for it


STATE = CoverageState()


def note_seen(key: str, seen: Window) -> None:
    """Record that the view of this key shows this window, and that its frame does not cover it."""
    s0, s1, t0, t1 = seen
    STATE.seen[key] = seen
    STATE.shape[key] = Shape((s1 - s0) / (t1 - t0))


def window_to_find(key: str, home: Window, view: Window | None = None, finest: float = FINEST) -> Window:
    """The window to enumerate for the view of this key.

    Parameters
    ----------
    home : Window
        What the view shows before it is moved. It is returned as long as it covers the view.
    view : Window
        The view that the page asks for; used until the browser has reported the view's own window.
    finest : float
        The largest zoom into the window.
    """
    shape, seen, last = STATE.shape.get(key), STATE.seen.get(key), STATE.chosen.get(key)
    kept = None if last is None or last[0] != home else last[1]
    if seen is None or kept is None:
        seen = view or home
        if shape is not None:
            seen = widened(seen, shape.aspect)
    window = choose_window(home, kept, seen, finest)
    STATE.chosen[key] = (home, window)
    return window


def choose_window(home: Window, kept: Window | None, seen: Window, finest: float = FINEST) -> Window:
    """The smaller of home and the kept window that covers the view finely enough; else a window around the view."""
    for window in sorted({home, kept or home}, key=side):
        zoom_limit = finest if side(window) <= side(home) else min(finest, WASTE)
        if is_inside(seen, window) and side(window) <= zoom_limit * side(seen):
            return window
    return with_margin(seen)


def widened(window: Window, aspect: float) -> Window:
    """The smallest window of this aspect ratio that holds another one, with the same centre."""
    s0, s1, t0, t1 = window
    width, height = max(s1 - s0, aspect * (t1 - t0)), max(t1 - t0, (s1 - s0) / aspect)
    s, t = (s0 + s1) / 2, (t0 + t1) / 2
    return s - width / 2, s + width / 2, t - height / 2, t + height / 2


def with_margin(window: Window) -> Window:
    """The window with a margin on each side."""
    s0, s1, t0, t1 = window
    margin_s, margin_t = MARGIN * (s1 - s0), MARGIN * (t1 - t0)
    return s0 - margin_s, s1 + margin_s, t0 - margin_t, t1 + margin_t


def without_margin(window: Window) -> Window:
    """The view for which `with_margin` gives the window, or a little less."""
    s0, s1, t0, t1 = window
    share = 0.5 - (0.5 - SPARE) / (1 + 2 * MARGIN)
    wide, high = share * (s1 - s0), share * (t1 - t0)
    return s0 + wide, s1 - wide, t0 + high, t1 - high


def is_inside(inner: Window, outer: Window) -> bool:
    """Whether `outer` holds `inner`, up to a slack of 1e-4 of its side: under a pixel on a screen 10 000 wide."""
    slack = 1e-4 * side(inner)
    signs = (1, -1, 1, -1)
    return all(sign * (a - b) > -slack for sign, a, b in zip(signs, inner, outer))


def side(window: Window) -> float:
    """The longer side."""
    return max(window[1] - window[0], window[3] - window[2])


def within(window: Window, limits: Window) -> Window:
    """The part of a window inside the limits; the limits where they have no area in common."""
    s0, s1, t0, t1 = window
    low_s, high_s, low_t, high_t = limits
    s0, s1, t0, t1 = max(s0, low_s), min(s1, high_s), max(t0, low_t), min(t1, high_t)
    return (s0, s1, t0, t1) if s0 < s1 and t0 < t1 else limits
