"""A property that is computed at its first use and then stored on the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # used as functools.cached_property is
    """As `functools.cached_property` since Python 3.12: no lock is held while the value is computed.

    Older versions share one lock among all objects of a class. A background thread that pauses inside a computation, so
    that a page can be drawn, then holds the lock: a page that uses the property of another object is deadlocked. Here,
    threads that use one object's property at the same time may each compute it, and one of their values is stored.
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self._compute = compute
        self._name = ""
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> cached_property[T]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object | None, owner: type) -> cached_property[T] | T:
        if instance is None:
            return self
        stored: T = vars(instance).setdefault(self._name, self._compute(instance))
        return stored
