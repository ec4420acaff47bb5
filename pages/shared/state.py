"""What a session keeps, as typed records: one for each page, and one for each thing that pages share.

A value's key in Streamlit's session state stands in its record alone. A widget that keeps the value is given this key:

    class ExploreState(Record):
        fill: Value[Fill] = Value("fill", "region")

    STATE = ExploreState()
    STATE.fill = "margin"
    st.selectbox("Fill by", FILLS, key=ExploreState.fill.key)

Nothing else in `pages` knows Streamlit's session state. The functions below take a key: they are for what has a key of
its own in every place where it is used, as the controls of a link, a view or a download.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

import streamlit as st

T = TypeVar("T")
V = TypeVar("V", bound="Value[Any]")


class Record:
    """What belongs together: its attributes are `Value`, `Kept` or `Values`, and it holds nothing itself."""


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
    """An object that is made when it is first asked for, and changes from then on."""

    def __init__(self, key: str, make: Callable[[], T]) -> None:
        super().__init__(key, make())
        self._make = make

    def _read(self) -> Any:
        return first(self.key, self._make)


class Values(Generic[T]):
    """One value for each name: `pattern` is its key, with `{}` for the name."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def key(self, name: object) -> str:
        return self.pattern.format(name)

    def get(self, name: object) -> T | None:
        value: T | None = read(self.key(name), None)
        return value

    def first(self, name: object, make: Callable[[], T]) -> T:
        """Its value, which is made if there is none."""
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


def read(key: str, default: Any = None) -> Any:
    return st.session_state.get(key, default)


def put(key: str, value: object) -> None:
    st.session_state[key] = value


def first(key: str, make: Callable[[], T]) -> T:
    """What is under a key, which is made if nothing is."""
    if key not in st.session_state:
        st.session_state[key] = make()
    value: T = st.session_state[key]
    return value


def forget(key: str) -> None:
    """Nothing is under the key from now on, if anything was."""
    st.session_state.pop(key, None)


def take(key: str) -> Any:
    """What is under a key, which is forgotten: it is given out once."""
    return st.session_state.pop(key, None)


def everything() -> dict[str, Any]:
    """What the session keeps, by key: widgets' values too."""
    return {str(key): value for key, value in st.session_state.items()}
