"""Giving up a long computation that nobody waits for any more."""

from __future__ import annotations

from collections.abc import Callable

Cancelled = Callable[[], bool]


class CancelledError(Exception):
    """The computation was given up because its caller asked for that."""


def never() -> bool:
    return False


def go_on(cancelled: Cancelled) -> None:
    """Raises CancelledError when it is time to give up."""
    if cancelled():
        raise CancelledError
