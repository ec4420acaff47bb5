"""Cancellation of long computations: by their caller, or at a deadline.

The caller opens a scope around the computation: `with CancelScope(cancelled, deadline)`. A long computation calls
`check_cancelled` before each of its steps. Every product with a network's weights does so (`geometry.network.affine`),
and a long product is split into parts. Once a scope is cancelled, the next check raises CancelledError, which ends
everything up to that scope.

What the caller of a function sees, everywhere in the project:

* A function without an argument `cancelled` raises CancelledError when a scope around it is cancelled.
* A function with an argument `cancelled` or a time limit opens a scope of its own. Some functions have a result before
  their end (`verify`, `minimal_perturbation`, `ladder`, a run over a data set, a search that can be resumed). They
  return a partial result, whose statements are true. Their scope is `partial`. All others raise CancelledError.
* Only the caller who cancelled gets a partial result. If a scope further out is cancelled, the error passes through.
* A wait for a turn, and training step by step, compute nothing between two steps. Such a function takes `cancelled`,
  returns after the current step, and reports how far it came.
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
    """The caller cancelled the computation, or its deadline has passed."""

    def __init__(self, scope: CancelScope | None = None) -> None:
        super().__init__("the computation was cancelled")
        self.scope = scope


def never() -> bool:
    return False


class CancelScope:
    """A block, in one thread, in which `check_cancelled` raises once `cancelled()` is true or the deadline has passed.

    Parameters
    ----------
    cancelled : called often, so it must be quick; it may pause the thread
    deadline : the value of time.perf_counter() from which on the scope is cancelled
    partial : this scope's error ends at its block, and the code after the block returns a partial result

    Scopes around the block apply as well. If several are cancelled, the error belongs to the outermost one.
    """

    def __init__(
        self, cancelled: Cancelled | None = None, deadline: float = math.inf, *, partial: bool = False
    ) -> None:
        self._cancelled, self.deadline, self._partial = cancelled or never, deadline, partial
        self.outer: CancelScope | None = None
        self._entered: Token[CancelScope | None] | None = None

    @property
    def over(self) -> bool:
        """Whether this scope itself is cancelled; scopes around it do not count."""
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
    """Whether a scope is open. Without one, a computation need not be split into steps."""
    return _innermost.get() is not None


def check_cancelled() -> None:
    """Raise CancelledError if an open scope is cancelled."""
    scope = _outermost_over()
    if scope is not None:
        raise CancelledError(scope)


def is_cancelled() -> bool:
    """Whether an open scope is cancelled, for code that cannot raise, such as a solver's callback."""
    return _outermost_over() is not None


def seconds_left() -> float:
    """Seconds until the earliest deadline of the open scopes; 0 if one is cancelled, infinite without a deadline."""
    if is_cancelled():
        return 0.0
    scope, earliest = _innermost.get(), math.inf
    while scope is not None:
        earliest, scope = min(earliest, scope.deadline), scope.outer
    return max(0.0, earliest - time.perf_counter())


def _outermost_over() -> CancelScope | None:
    scope, outermost = _innermost.get(), None
    while scope is not None:
        if scope.over:
            outermost = scope
        scope = scope.outer
    return outermost
