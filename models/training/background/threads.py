"""Threads in the background that end with the process."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterable

# Seconds that the interpreter waits for all threads at its end: one that is cut off inside torch would crash it. The
# app leaves by pages.server.leaving instead.
LAST_PATIENCE = 10.0

_background: dict[threading.Thread, Callable[[], object]] = {}
_saving: set[threading.Thread] = set()


def background(work: Callable[[], object], name: str, end: Callable[[], object], *, saves: bool = False) -> None:
    """Do `work` in a thread. If the process ends before it, `end` is called, which must make `work` return soon.

    saves : whether the work writes data that would be lost; see `wait_for_saving`
    """

    def run() -> None:
        try:
            work()
        finally:
            _saving.discard(threading.current_thread())
            del _background[threading.current_thread()]

    thread = threading.Thread(target=run, name=name, daemon=True)
    _background[thread] = end
    if saves:
        _saving.add(thread)
    thread.start()


def end_background(seconds: float = LAST_PATIENCE) -> bool:
    """Ask every thread to end and wait for all of them, together at most so many seconds; whether all ended."""
    left = list(_background.items())
    for _, end in left:
        end()
    return _ended([thread for thread, _ in left], seconds)


def wait_for_saving(seconds: float) -> bool:
    """Wait for all threads that save data, together at most so many seconds; whether all ended."""
    return _ended(list(_saving), seconds)


def _ended(threads: Iterable[threading.Thread], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    for thread in (threads := list(threads)):
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


atexit.register(end_background)
