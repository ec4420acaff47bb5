"""A few places for enumerations of the whole process, of which those of sessions that are away take none."""

from __future__ import annotations

import threading
from collections.abc import Callable

Connected = Callable[[], bool]


class Places:
    """At most `count` at once whose session is connected.

    Work of a session that is away rests until the session comes back. It goes on without a place if others have taken
    them all meanwhile; until then it keeps nobody waiting. The memory of all is counted by
    `geometry.computation.memory.BUDGET`.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._held: list[Connected] = []
        self._lock = threading.Lock()

    def take(self, connected: Connected) -> bool:
        """Take a place, if one is free; `connected` says whether the session is."""
        with self._lock:
            if sum(1 for each in self._held if each()) >= self._count:
                return False
            self._held.append(connected)
            return True

    def give(self, connected: Connected) -> None:
        """Give it back."""
        with self._lock:
            self._held.remove(connected)
