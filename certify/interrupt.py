"""Giving up from deep inside a method: its long loops ask here, whoever called it says when."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_cancelled: ContextVar[Callable[[], bool] | None] = ContextVar("cancelled", default=None)


class Interrupted(Exception):
    """Raised where a long loop was when it was asked to stop."""


@contextmanager
def interruptible(cancelled: Callable[[], bool]) -> Iterator[None]:
    """Within this block, in this thread, `check` raises Interrupted once `cancelled` says so."""
    token = _cancelled.set(cancelled)
    try:
        yield
    finally:
        _cancelled.reset(token)


def check() -> None:
    """Go on, unless the caller wants to stop."""
    cancelled = _cancelled.get()
    if cancelled is not None and cancelled():
        raise Interrupted
