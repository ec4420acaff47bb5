"""The page's state in the address bar: a link reopens the same picture.

A control's first value is what the link says, if that makes sense; what does not is complained about, once, and the
control starts at its default. After every run the link says what differs from the defaults.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import streamlit as st

from pages.shared import state
from pages.shared.link_names import known, same_meaning
from pages.shared.plain import plain
from pages.shared.state import Kept, Record, Value

S = TypeVar("S", bound=str)
T = TypeVar("T")
Reader = Callable[[str], T]  # raises a ValueError that says what is allowed

SEEN = "-events-seen"  # ends the keys under which views note which of a browser's events were answered
MOST_CHARACTERS = 8000  # of one value; browsers and servers carry little more


class LinkState(Record):
    """The link that the session was opened with, and what is written of it."""

    opened: Value[dict[str, str] | None] = Value("link-as-opened", None)
    opened_page: Value[str | None] = Value("link-page", None)
    complaints: Kept[dict[str, str]] = Kept("link-complaints", dict)
    page: Value[str | None] = Value("link-page-now", None)
    everywhere: Value[dict[str, str | None]] = Value("link-everywhere", {})
    controls: Kept[set[str]] = Kept("link-own", set)  # keys of controls: what stands under these may be set


STATE = LinkState()


def opened(name: str, read: Reader[T], default: T) -> T:
    """The value of a name in the link this session was opened with, else the default.

    The default as well where the name means something else here than on the page that the link opened.
    """
    text = _opened_link().get(name) if _speaks_of(name) else None
    if text is None:
        return default
    try:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"at most {MOST_CHARACTERS:,} characters are read")
        return read(text)
    except ValueError as error:
        STATE.complaints.setdefault(
            name, f"**{name} = {shown(text)}** in the link: {error}. The default is used instead."
        )
        return default


def start(key: str, name: str, read: Reader[T], default: T) -> T:
    """Give a widget its first value, from the link or the default, under its key; return the value it has now."""
    return own(key, lambda: opened(name, read, default))


def own(key: str, first: Callable[[], T]) -> T:
    """Give a control its first value, unless it has one; return the value it has now."""
    STATE.controls.add(key)
    return state.first(key, first)


def complaints() -> list[str]:
    """What is wrong with the link, in sentences."""
    _opened_link()
    return list(STATE.complaints.values())


def show_complaints() -> None:
    """Say what is wrong with the link, if anything is, with a button that ends it."""
    wrong = complaints()
    if wrong:
        st.warning("\n\n".join(wrong), icon=":material/link_off:")
        st.button("Dismiss", on_click=dismiss, key="dismiss")


def dismiss() -> None:
    """Forget the link this session was opened with, and the complaints about it."""
    STATE.opened, STATE.complaints = {}, {}


def check_names(page: str) -> None:
    """Say which page this is, before its controls are drawn.

    Complains about names in the link that mean nothing on this page, if this is the page that it opened.
    """
    STATE.page = page
    if STATE.opened_page is None:
        STATE.opened_page = page
    if STATE.opened_page != page:
        return
    names = known(page)
    for name in _opened_link().keys() - names:
        STATE.complaints.setdefault(
            name, f"**{shown(name)}** in the link means nothing here; known are {', '.join(sorted(names))}."
        )


def _speaks_of(name: str) -> bool:
    """Whether the link's name means on this page what it meant on the page that the link opened."""
    opened_page, page = STATE.opened_page, STATE.page
    return opened_page is None or page is None or same_meaning(name, opened_page, page)


def values() -> dict[str, Any]:
    """What controls and interactions have set in this session, without files, trainings, and events' numbers.

    Buttons, uploaders and components keep something under their keys as well, which nobody but Streamlit may set.
    """
    controls = STATE.controls
    return {
        key: value
        for key, value in state.everything().items()
        if not key.endswith(SEEN) and (key in controls or type(value) in (str, int, float, tuple, dict))
    }


def put_values(wanted: Mapping[str, Any]) -> None:
    """Let the session's values be these, and no others."""
    for key in values():
        state.forget(key)
    for key, value in wanted.items():
        state.put(key, value)


def reopen(page: str, parts: Mapping[str, str]) -> None:
    """As if this link had just been opened on that page; files and trainings of the session stay."""
    put_values({})
    STATE.opened, STATE.complaints, STATE.opened_page = dict(parts), {}, page


def everywhere(parts: Mapping[str, str | None]) -> None:
    """What every page's link says besides its own: set before the page runs."""
    STATE.everywhere = dict(parts)


def write(parts: Mapping[str, str | None]) -> None:
    """Let the address bar say this; None leaves a name out."""
    wanted = {name: text for name, text in {**parts, **STATE.everywhere}.items() if text is not None}
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)


def _opened_link() -> dict[str, str]:
    if STATE.opened is None:
        STATE.opened, STATE.complaints = st.query_params.to_dict(), {}
    return STATE.opened or {}


def shown(text: str) -> str:
    """A value from outside, short and without Markdown."""
    return plain(text, 40)


def one_of(*allowed: S) -> Reader[S]:
    names = {name: name for name in allowed}

    def read(text: str) -> S:
        if text not in names:
            raise ValueError(f"it must be one of {', '.join(allowed)}")
        return names[text]

    return read


def whole(low: int, high: int) -> Reader[int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(f"it must be a whole number from {low} to {high}")
        return int(text)

    return read


def number(low: float, high: float) -> Reader[float]:
    def read(text: str) -> float:
        (value,) = numbers(1)(text)
        if not low <= value <= high:
            raise ValueError(f"it must lie between {low:g} and {high:g}")
        return value

    return read


def numbers(count: int) -> Reader[tuple[float, ...]]:
    """So many finite numbers with commas between."""

    def read(text: str) -> tuple[float, ...]:
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != count or not all(map(math.isfinite, values)):
            raise ValueError(f"it must be {count} finite number{'s with commas between' if count > 1 else ''}")
        return values

    return read


def window(text: str) -> tuple[float, float, float, float]:
    """s0, s1, t0, t1 with an area."""
    s0, s1, t0, t1 = numbers(4)(text)
    if not (s0 < s1 and t0 < t1):
        raise ValueError(f"a window needs an area, s0 < s1 and t0 < t1, got {s0:g}, {s1:g}, {t0:g}, {t1:g}")
    return s0, s1, t0, t1


def flag(text: str) -> bool:
    return one_of("0", "1")(text) == "1"


def anything(text: str) -> str:
    return text


def joined(values: Any, digits: int = 9) -> str:
    """Numbers as `numbers` reads them."""
    return ",".join(f"{float(value):.{digits}g}" for value in values)


def unless(value: T, default: T, write_value: Callable[[T], str] = str) -> str | None:
    """The text of a value, or None where it is the default."""
    return None if value == default else write_value(value)
