"""Cancellation: how a long computation ends before it is done, because nobody waits for it or its time is over.

Who begins one opens a scope around it: `with CancelScope(cancelled, deadline)`. What is long calls `check_cancelled`
before each of its steps; every product with a network's weights does (`geometry.network.affine`), and is split where it
would take long. Once a scope is cancelled the next check raises CancelledError, which ends everything up to that scope.

What the caller of a function sees, everywhere in the project:

* A function without an argument `cancelled` raises CancelledError when a scope around it is cancelled.
* A function with an argument `cancelled` or a time limit opens a scope of its own. One that is of use before its end
  (`verify`, `minimal_perturbation`, `ladder`, a run over a data set, a search that can be taken up again) returns what
  it has by then: a partial result, whose statements are true. Its scope is `partial`. Any other raises CancelledError.
* A partial result is for who asked to stop. Where a scope further out is cancelled, the error passes through.
* What waits for a turn, or trains step by step, computes nothing between two steps. It takes `cancelled`, returns after
  the step under way and says how far it came.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self, TypeAlias

Cancelled: TypeAlias = Callable[[], bool]


class CancelledError(Exception):
    """The computation was cancelled: its caller asked for that, or its time was over."""

    def __init__(self, scope: CancelScope | None = None) -> None:
        super().__init__("the computation was cancelled")
        self.scope = scope


def never() -> bool:
    return False


class CancelScope:
    """A block, in one thread, within which `check_cancelled` raises once `cancelled` says so or the deadline is past.

    Parameters
    ----------
    cancelled : asked often, so it must be quick; it may let the thread rest
    deadline : time.perf_counter() from which on to stop
    partial : the error of this scope ends at its block, and what follows has a partial result to return

    Scopes around the block hold as well. If several are cancelled, the error is the outermost one's.
    """

    def __init__(
        self, cancelled: Cancelled | None = None, deadline: float = math.inf, *, partial: bool = False
    ) -> None:
        self._cancelled, self.deadline, self._partial = cancelled or never, deadline, partial
        self.outer: CancelScope | None = None
        self._entered: Token[CancelScope | None] | None = None

    @property
    def over(self) -> bool:
        """Whether this scope is cancelled, whatever those around it are."""
        return time.perf_counter() >= self.deadline or self._cancelled()

    def __enter__(self) -> Self:
        self.outer = _innermost.get()
        if self._cancelled is not never or self.deadline < math.inf:
            self._entered = _innermost.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if self._entered is not None:
            _innermost.reset(self._entered)
        return self._partial and isinstance(error, CancelledError) and error.scope is self


_innermost: ContextVar[CancelScope | None] = ContextVar("innermost", default=None)


def cancellable() -> bool:
    """Whether there is a scope around: if not, nothing need be split into steps."""
    return _innermost.get() is not None


def check_cancelled() -> None:
    """Raise CancelledError if a scope around is cancelled."""
    scope = _outermost_over()
    if scope is not None:
        raise CancelledError(scope)


def is_cancelled() -> bool:
    """Whether a scope around is cancelled, for who cannot raise: a solver's callback."""
    return _outermost_over() is not None


def seconds_left() -> float:
    """Until the earliest deadline of the scopes around; 0 if one of them is cancelled, infinite without one."""
    if is_cancelled():
        return 0.0
    scope, earliest = _innermost.get(), math.inf
    while scope is not None:
        earliest, scope = min(earliest, scope.deadline), scope.outer
    return max(0.0, earliest - time.perf_counter())


def _outermost_over() -> CancelScope | None:
    scope, found = _innermost.get(), None
    while scope is not None:
        if scope.over:
            found = scope
        scope = scope.outer
    return found
