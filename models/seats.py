"""Seats, fewer than those who want one: who asks first sits first."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

ASK = 0.05  # seconds between looks at whether who waits still wants to


class Seats:
    """A number of seats and the queue for them. Those who ask are told apart by what they pass as `who`."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = count
        self._queue: dict[object, threading.Event] = {}
        self._lock = threading.Lock()

    def take(self, who: object, given_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait for a seat; False if `given_up()` came true before there was one."""
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return True
            called = self._queue[who] = threading.Event()
        while not called.wait(ASK):
            if given_up():
                break
        with self._lock:
            if called.is_set():  # the seat was kept free for who was called
                return True
            del self._queue[who]
            return False

    def give(self) -> None:
        """Hand the seat on to the first in the queue."""
        with self._lock:
            if self._queue:
                self._queue.pop(next(iter(self._queue))).set()
            else:
                self._free += 1

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Sit if a seat is free within so many seconds; else do without."""
        end = time.monotonic() + seconds
        seated = self.take(object(), lambda: time.monotonic() >= end)
        try:
            yield
        finally:
            if seated:
                self.give()

    def __enter__(self) -> None:
        self.take(object())

    def __exit__(self, *error: object) -> None:
        self.give()

    def place(self, who: object) -> int | None:
        """1 for the first in the queue, None for who does not wait."""
        with self._lock:
            return next((place for place, waiting in enumerate(self._queue, 1) if waiting is who), None)


TURN = 0.02  # seconds that one training computes before it is another's turn
FLOOR = Seats(1)  # who computes now: several small trainings at once are together no faster than one
PATIENCE = 0.1  # seconds that a picture waits for the floor: a long step must not hold it up
PLACES = Seats(max(32, 8 * (os.cpu_count() or 1)))  # who takes turns: a class of thirty; others wait in the queue
