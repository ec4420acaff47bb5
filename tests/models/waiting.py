"""Waiting for what another thread will do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Set


def wait_until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Return as soon as the condition holds; fail if it does not for very long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def threads(name: str, others: Set[threading.Thread]) -> int:
    """How many of that name there are besides others, which earlier tests may have left."""
    return sum(thread.name == name for thread in set(threading.enumerate()) - others)
