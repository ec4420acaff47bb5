"""A limit on concurrent enumerations of the process, which counts those of connected sessions only."""

from __future__ import annotations

import threading
from collections.abc import Callable

Connected = Callable[[], bool]


class Places:
    """A counting semaphore with at most `count` holders whose session is connected.

    The work of a disconnected session pauses until the session reconnects, and its place is free for others meanwhile.
    After the reconnection it continues, even if that makes more than `count`. `geometry.computation.memory.BUDGET`
    counts the memory of all.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._holders: list[Connected] = []
        self._lock = threading.Lock()

    def take(self, connected: Connected) -> bool:
        """Take a place if one is free; `connected` returns whether the session is connected."""
        with self._lock:
            if sum(1 for is_connected in self._holders if is_connected()) >= self._count:
                return False
            self._holders.append(connected)
            return True

    def give(self, connected: Connected) -> None:
        """Give the place back."""
        with self._lock:
            self._holders.remove(connected)
