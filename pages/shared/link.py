"""The page's state in the address bar: a link reopens the same picture.

A control starts at the link's value if that is valid. An invalid value causes one complaint, and the control starts at
its default. After every run the link holds the values that differ from the defaults.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from pages.shared import state
from pages.shared.link_names import names_on, same_meaning
from pages.shared.plain import plain
from pages.shared.state import Kept, Record, Value

S = TypeVar("S", bound=str)
T = TypeVar("T")
Reader = Callable[[str], T]  # raises a ValueError that says what is allowed

SEEN = "-events-seen"  # the suffix of the keys that hold the last processed event of a view
MOST_CHARACTERS = 8000  # limit of one value: browsers and servers transfer little more


@dataclass(frozen=True)
class Times:
    """How often something has happened. It is no value of a control, so that `put_values` leaves it alone."""

    count: int


class LinkState(Record):
    """The link that opened the session, complaints about it, and the values that every page writes."""

    opened: Value[dict[str, str] | None] = Value("link-as-opened", None)
    opened_page: Value[str | None] = Value("link-page", None)
    complaints: Kept[dict[str, str]] = Kept("link-complaints", dict)
    page: Value[str | None] = Value("link-page-now", None)
    everywhere: Value[dict[str, str | None]] = Value("link-everywhere", {})
    drawn: Value[dict[str, str | None]] = Value("link-drawn", {})  # what the controls of this run write
    reopened: Value[Times] = Value("link-reopened", Times(0))
    controls: Kept[set[str]] = Kept("link-own", set)  # keys of controls: their values may be set


STATE = LinkState()


def opened(name: str, read: Reader[T], default: T) -> T:
    """The value of a name in the link that opened the session, else the default.

    Also the default if the name has another meaning on this page than on the page that the link opened.
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
            name, f"**{name}** = {quoted(text)} in the link: {error}. The default is used instead."
        )
        return default


def start(key: str, name: str, read: Reader[T], default: T) -> T:
    """Give a widget its first value, from the link or the default, under its key; return its current value."""
    return own(key, lambda: opened(name, read, default))


def own(key: str, first: Callable[[], T]) -> T:
    """Give a control its first value, unless it has one; return its current value."""
    STATE.controls.add(key)
    return state.first(key, first)


def complaints() -> list[str]:
    """The complaints about the link, as sentences."""
    _opened_link()
    return list(STATE.complaints.values())


def show_complaints() -> None:
    """Show the complaints about the link, if there are any, with a button that dismisses them."""
    sentences = complaints()
    if sentences:
        st.warning("\n\n".join(sentences), icon=":material/link_off:")
        st.button("Dismiss", on_click=dismiss, key="dismiss")


def dismiss() -> None:
    """Forget the link that opened the session, and the complaints about it."""
    STATE.opened, STATE.complaints = {}, {}


def check_names(page: str) -> None:
    """Record which page this is. Call it before the page's controls are drawn.

    On the page that the link opened, adds complaints about the link's names that the page does not have.
    """
    STATE.page, STATE.drawn = page, {}
    if STATE.opened_page is None:
        STATE.opened_page = page
    if STATE.opened_page != page:
        return
    names = names_on(page)
    for name in _opened_link().keys() - names:
        STATE.complaints.setdefault(
            name, f"**{quoted(name)}** in the link means nothing here; known are {', '.join(sorted(names))}."
        )


def _speaks_of(name: str) -> bool:
    """Whether the link's name has the same meaning on this page as on the page that the link opened."""
    opened_page, page = STATE.opened_page, STATE.page
    return opened_page is None or page is None or same_meaning(name, opened_page, page)


def values() -> dict[str, Any]:
    """The values that controls and interactions have set, without files, trainings, and events' numbers.

    Buttons, uploaders and components also have values under their keys, which only Streamlit may set.
    """
    controls = STATE.controls
    return {
        key: value
        for key, value in state.everything().items()
        if not key.endswith(SEEN) and (key in controls or type(value) in (str, int, float, tuple, dict))
    }


def put_values(wanted: Mapping[str, object]) -> None:
    """Replace the session's values by these."""
    for key in values():
        state.forget(key)
    for key, value in wanted.items():
        state.put(key, value)


def reopen(page: str, parts: Mapping[str, str]) -> None:
    """Reset the session as if this link had just opened that page; files and trainings stay."""
    put_values({})
    STATE.reopened = Times(STATE.reopened.count + 1)
    STATE.opened, STATE.complaints, STATE.opened_page = dict(parts), {}, page


def times_reopened() -> int:
    """How often the session has been reset by `reopen`.

    A browser that asks for a run before it has drawn the reset page sends the values of the controls before, and
    Streamlit takes them for a choice. A control with this number in its key does not get them.
    """
    return STATE.reopened.count


def everywhere(parts: Mapping[str, str | None]) -> None:
    """Set the parts that every page adds to its link. Call it before the page runs."""
    STATE.everywhere = dict(parts)


def write(parts: Mapping[str, str | None]) -> None:
    """Write these values into the address bar; None leaves a name out."""
    named = {name: text for name, text in {**parts, **STATE.everywhere}.items() if text is not None}
    if named != st.query_params.to_dict():
        st.query_params.from_dict(named)


def note_drawn(name: str, text: str | None) -> None:
    """Note what a control that was drawn writes into the link."""
    STATE.drawn = {**STATE.drawn, name: text}


def write_drawn() -> None:
    """Write the values of the controls drawn in this run, and leave the rest of the link as it is.

    For a page whose controls ask for what cannot be shown, such as a plane along one direction twice.
    """
    write({**st.query_params.to_dict(), **STATE.drawn})


def _opened_link() -> dict[str, str]:
    if STATE.opened is None:
        STATE.opened, STATE.complaints = st.query_params.to_dict(), {}
    return STATE.opened or {}


def shown(text: str) -> str:
    """A value from outside, shortened, with Markdown escaped."""
    return plain(text, 40)


def quoted(text: str) -> str:
    """The same between quotation marks: an empty value shows, and so do spaces at either end."""
    before, after = ("\u00a0" if end.isspace() else "" for end in (text[:1], text[1:][-1:]))
    return f"“{before}{shown(text)}{after}”"


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
    """A reader of `count` finite numbers with commas between them."""

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
    """Read s0, s1, t0, t1 with s0 < s1 and t0 < t1."""
    s0, s1, t0, t1 = numbers(4)(text)
    if not (s0 < s1 and t0 < t1):
        raise ValueError(f"a window needs an area, s0 < s1 and t0 < t1, got {s0:g}, {s1:g}, {t0:g}, {t1:g}")
    return s0, s1, t0, t1


def flag(text: str) -> bool:
    return one_of("0", "1")(text) == "1"


def anything(text: str) -> str:
    return text


def joined(values: Iterable[float], digits: int = 9) -> str:
    """Numbers as text that `numbers` reads."""
    return ",".join(f"{float(value):.{digits}g}" for value in values)


def unless(value: T, default: T, write_value: Callable[[T], str] = str) -> str | None:
    """The text of a value, or None where it is the default."""
    return None if value == default else write_value(value)
