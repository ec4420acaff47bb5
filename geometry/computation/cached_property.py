"""A property that is computed at its first use and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class cached_property(Generic[T]):  # used as functools.cached_property is
    """As `functools.cached_property` since Python 3.12: no lock is held while the value is computed.

    Before, one lock served all objects of a class. Work in the background that computed such a value, and rested in the
    middle of it for a page to be drawn, held the lock; if that page used the property of another object, both waited
    for ever. Threads that use the same object's property at once may each compute it, and one of their values is kept.
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
        known: T = vars(instance).setdefault(self._name, self._compute(instance))
        return known
