"""Giving up a long computation: its time is over, or nobody waits for it any more.

Who begins one says when it must stop: `interruptible`. What is long asks before each of its steps: `check`. Every
product with a network's weights does so (`geometry.affine`), and splits where it would take long.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

Cancelled = Callable[[], bool]


class CancelledError(Exception):
    """The computation was given up because its caller asked for that, or its time was over."""


def never() -> bool:
    return False


@dataclass(frozen=True)
class _Limit:
    cancelled: Cancelled
    until: float
    outer: _Limit | None


_limit: ContextVar[_Limit | None] = ContextVar("limit", default=None)


@contextmanager
def interruptible(cancelled: Cancelled = never, until: float = math.inf) -> Iterator[None]:
    """Within this block, in this thread, `check` raises CancelledError once `cancelled` says so or the clock is past.

    Parameters
    ----------
    cancelled : asked often, so it must be quick
    until : time.perf_counter() from which on to stop

    A limit around the block holds as well.
    """
    token = _limit.set(_Limit(cancelled, until, _limit.get()))
    try:
        yield
    finally:
        _limit.reset(token)


def limited() -> bool:
    """Whether there is a limit around: if not, nothing need be split into steps."""
    return _limit.get() is not None


def over() -> bool:
    """Whether a limit around is reached."""
    limit = _limit.get()
    while limit is not None:
        if time.perf_counter() >= limit.until or limit.cancelled():
            return True
        limit = limit.outer
    return False


def check() -> None:
    """Go on, unless a limit around is reached: then CancelledError."""
    if over():
        raise CancelledError


def seconds_left() -> float:
    """Until the earliest clock time of the limits around; 0 if one of them is reached, infinite without one."""
    if over():
        return 0.0
    limit, earliest = _limit.get(), math.inf
    while limit is not None:
        earliest, limit = min(earliest, limit.until), limit.outer
    return max(0.0, earliest - time.perf_counter())


def check_cancelled(cancelled: Cancelled) -> None:
    """`check`, and CancelledError if `cancelled` says so."""
    if cancelled():
        raise CancelledError
    check()
