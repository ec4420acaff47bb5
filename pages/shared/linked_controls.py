"""Controls stored in the link: each starts at the link's value, and writes its value unless it is the default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from pages.shared import link
from pages.shared.state import put, read


@dataclass
class Linked:
    """The controls of one part of a page; `parts` collects their part of the link.

    A control called `name` in the link keeps its value under the key `prefix` + name. The current value is also passed
    as the widget's default: a browser that draws a control again, as after an interrupted run, begins with the default,
    and would send it back as the reader's choice.
    """

    prefix: str = ""
    parts: dict[str, str | None] = field(default_factory=dict)

    def key(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def choice(self, label: str, name: str, titles: Mapping[str, str], default: str, **options: Any) -> str:
        """A choice among the names in `titles`; as a row of buttons with `row=True`."""
        now = link.start(self.key(name), name, link.one_of(*titles), default)
        if now not in titles:
            now = default
            put(self.key(name), now)
        names = list(titles)
        common: dict[str, Any] = {"format_func": titles.__getitem__, "key": self.key(name), "persist_state": "session"}
        if options.pop("row", False):
            value = st.segmented_control(label, names, default=now, required=True, width="stretch", **common, **options)
        else:
            value = st.selectbox(label, names, index=names.index(now), **common, **options)
        return self._write(name, value or default, default)

    def stops(self, label: str, name: str, titles: Mapping[str, str], default: str, **options: Any) -> str:
        """A choice among the names in `titles`, as a slider in their order."""
        now = link.start(self.key(name), name, link.one_of(*titles), default)
        value: str = st.select_slider(
            label,
            list(titles),
            value=now,
            format_func=titles.__getitem__,
            key=self.key(name),
            persist_state="session",
            **options,
        )
        return self._write(name, value, default)

    def number(self, label: str, name: str, low: float, high: float, default: float, **options: Any) -> float:
        """A number field; as a slider with `slider=True`."""
        now = min(max(float(link.start(self.key(name), name, link.number(low, high), float(default))), low), high)
        put(self.key(name), now)
        show = st.slider if options.pop("slider", False) else st.number_input
        value = float(show(label, float(low), float(high), now, key=self.key(name), persist_state="session", **options))
        return self._write(name, value, float(default), f"{value:.6g}")

    def whole(self, label: str, name: str, low: int, high: int, default: int, **options: Any) -> int:
        now = min(max(int(link.start(self.key(name), name, link.whole(low, high), default)), low), high)
        put(self.key(name), now)
        value = int(st.number_input(label, low, high, now, key=self.key(name), persist_state="session", **options))
        return self._write(name, value, default)

    def toggle(self, label: str, name: str, default: bool, **options: Any) -> bool:
        now = link.start(self.key(name), name, link.flag, default)
        value = st.toggle(label, now, key=self.key(name), persist_state="session", **options)
        return self._write(name, value, default, str(int(value)))

    def text(self, label: str, name: str, default: str, **options: Any) -> str:
        now = link.start(self.key(name), name, link.anything, default)
        value = st.text_input(label, now, key=self.key(name), max_chars=200, persist_state="session", **options)
        return self._write(name, value, default)

    def _write(self, name: str, value: Any, default: Any, text: str | None = None) -> Any:
        self.parts[name] = None if value == default else str(value) if text is None else text
        link.note_drawn(name, self.parts[name])
        return value


def set_values(prefix: str, values: Mapping[str, object]) -> None:
    """Set controls as if the reader had. Call it before the controls are drawn."""
    for name, value in values.items():
        put(f"{prefix}{name}", value)


def has_values(prefix: str, values: Mapping[str, object]) -> bool:
    """Whether the controls have these values; one without a value yet counts as equal."""
    return all(read(f"{prefix}{name}", value) == value for name, value in values.items())
