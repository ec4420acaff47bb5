"""Threads in the background that end with the process."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable

LAST_PATIENCE = 10.0  # seconds that the end of the process waits for what is under way

_background: dict[threading.Thread, Callable[[], object]] = {}


def background(work: Callable[[], None], name: str, end: Callable[[], object]) -> None:
    """Do `work` in a thread. If the process ends meanwhile, `end` is called, which must make `work` return soon.

    A thread that is cut off inside torch would end the whole process with an error.
    """

    def run() -> None:
        try:
            work()
        finally:
            del _background[threading.current_thread()]

    thread = threading.Thread(target=run, name=name, daemon=True)
    _background[thread] = end
    thread.start()


@atexit.register
def _end_all() -> None:
    left = list(_background.items())
    for _, end in left:
        end()
    for thread, _ in left:
        thread.join(LAST_PATIENCE)
