"""How many processor cores a computation may use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def cores(count: int) -> Iterator[None]:
    """Let torch use `count` cores in the calling thread, and only there.

    Many small products in a row take one core hardly longer than two; on a busy machine two that wait for each other
    at every product take ten times as long.
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
