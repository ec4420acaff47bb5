"""Threads in the background, and how many processor cores a computation may use."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def cores(count: int) -> Iterator[None]:
    """Let torch use `count` cores in the calling thread, and only there.

    A small network trains two to four times faster on one core of a busy machine than on two that wait for each
    other at every layer.
    """
    before = torch.get_num_threads()
    _set(count, before)
    try:
        yield
    finally:
        _set(before, before)


def _set(count: int, elsewhere: int) -> None:
    torch.set_num_threads(count)
    if count != elsewhere:  # threads yet to come take the number set last by any thread: set theirs back
        last = threading.Thread(target=torch.set_num_threads, args=(elsewhere,))
        last.start()
        last.join()


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
