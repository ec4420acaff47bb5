"""State of a session as typed records: one for each page, and one for each topic that pages share.

Only the record holds a value's key in Streamlit's session state. A widget that keeps the value is given this key:

    class ExploreState(Record):
        fill: Value[Fill] = Value("fill", "region")

    STATE = ExploreState()
    STATE.fill = "margin"
    st.selectbox("Colours show", FILLS, key=ExploreState.fill.key)

No other module in `pages` accesses Streamlit's session state. The functions below take a key: they are for values with
another key in each place of use, such as the controls of a link, a view or a download.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

import streamlit as st

T = TypeVar("T")
V = TypeVar("V", bound="Value[Any]")


class Record:
    """A group of values: its attributes are `Value`, `Kept` or `Values`. The session state holds the values."""


class Value(Generic[T]):
    """One value of a record; `default` before it was set, and after it was deleted."""

    def __init__(self, key: str, default: T) -> None:
        self.key = key
        self.default = default

    @overload
    def __get__(self: V, record: None, owner: type[Record]) -> V: ...
    @overload
    def __get__(self, record: Record, owner: type[Record]) -> T: ...
    def __get__(self: V, record: Record | None, owner: type[Record]) -> V | Any:
        return self if record is None else self._read()

    def __set__(self, record: Record, value: T) -> None:
        put(self.key, value)

    def __delete__(self, record: Record) -> None:
        forget(self.key)

    def _read(self) -> Any:
        return read(self.key, self.default)


class Kept(Value[T]):
    """A mutable object, made when it is first read."""

    def __init__(self, key: str, make: Callable[[], T]) -> None:
        super().__init__(key, make())
        self._make = make

    def _read(self) -> Any:
        return first(self.key, self._make)


class Values(Generic[T]):
    """One value for each name: `pattern` is the key, with `{}` for the name."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def key(self, name: object) -> str:
        return self.pattern.format(name)

    def get(self, name: object) -> T | None:
        value: T | None = read(self.key(name), None)
        return value

    def first(self, name: object, make: Callable[[], T]) -> T:
        """The value of the name, which is made if there is none."""
        return first(self.key(name), make)

    def __setitem__(self, name: object, value: T) -> None:
        put(self.key(name), value)

    def __delitem__(self, name: object) -> None:
        forget(self.key(name))

    def clear(self) -> None:
        """Forget the values of all names."""
        before, _, after = self.pattern.partition("{}")
        for key in [key for key in everything() if key.startswith(before) and key.endswith(after)]:
            forget(key)


def read(key: str, default: object = None) -> Any:
    """The value under a key, or the default."""
    return st.session_state.get(key, default)


def put(key: str, value: object) -> None:
    st.session_state[key] = value


def first(key: str, make: Callable[[], T]) -> T:
    """The value under a key, which is made if there is none."""
    if key not in st.session_state:
        st.session_state[key] = make()
    value: T = st.session_state[key]
    return value


def forget(key: str) -> None:
    """Remove the value under a key, if there is one."""
    st.session_state.pop(key, None)


def take(key: str) -> Any:
    """Remove and return the value under a key; None if there is none."""
    return st.session_state.pop(key, None)


def everything() -> dict[str, Any]:
    """All values of the session by key, widgets' values included."""
    return {str(key): value for key, value in st.session_state.items()}
