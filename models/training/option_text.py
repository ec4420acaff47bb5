"""Values of options on the command line: from text, and back."""

from __future__ import annotations

from typing import Any


def option(text: str) -> tuple[str, Any]:
    """'eps=0.1' -> ('eps', 0.1); numbers, inf, pairs of them such as box=0,1, and words."""
    name, given, value = text.partition("=")
    if not given or not value:
        raise ValueError(f"--option takes name=value, such as eps=0.1, got {text!r}")
    parts = tuple(map(_value, value.split(",")))
    return name, parts if len(parts) > 1 else parts[0]


def shares(text: str) -> float | tuple[float, ...]:
    """'0.9' -> 0.9, '0.5,0.75' -> (0.5, 0.75)."""
    parts = tuple(map(float, text.split(",")))
    return parts if len(parts) > 1 else parts[0]


def text_of(value: Any) -> str:
    """The value as text, which `option` and `shares` read back."""
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"True": True, "False": False, "None": None}.get(text, text)
