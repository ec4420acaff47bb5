"""The box of legal inputs: a text field for its limits. Only perturbations inside it count."""

from __future__ import annotations

import streamlit as st

from figures.images.inputs import PIXELS
from pages.shared import link
from pages.shared.state import put

Box = tuple[float, float]


def box_key(box: Box | None) -> str:
    """The state key of the typed box, for inputs with this default box."""
    return "box" if box is None else "box-images" if box == PIXELS else f"box-{box[0]!r}-{box[1]!r}"


def set_box(usual_box: Box | None, text: str) -> None:
    """Set the box as if typed, for inputs with this default box."""
    put(box_key(usual_box), text)


def box_control(usual_box: Box | None, parts: dict[str, str | None]) -> Box | None:
    """The typed box; invalid text shows an error that says what is expected. Adds its part of the link to `parts`."""
    usual, key = "" if usual_box is None else _written(usual_box), box_key(usual_box)
    now = link.start(key, "box", _box_text, usual)
    text = st.text_input(
        "Box",
        now,
        key=key,
        placeholder="no box: any input is legal",
        max_chars=80,
        persist_state="session",
        help="The legal inputs, as lo, hi for every coordinate; images lie in 0, 1. Only perturbations inside count.",
    )
    parts["box"] = None if text.strip() == usual else text.strip().replace(" ", "") or "none"
    if not text.strip():
        return None
    try:
        return _limits(text)
    except ValueError as error:
        st.error(f"**{link.shown(text)}** is no box: {error}. No box is used.", icon=":material/error:")
        return None


def _box_text(text: str) -> str:
    return "" if text == "none" else _written(_limits(text))


def _written(box: Box) -> str:
    """The limits with enough digits to read back the same numbers: an input at a limit stays inside."""
    return ", ".join(f"{value:g}" if float(f"{value:g}") == value else repr(float(value)) for value in box)


def _limits(text: str) -> Box:
    low, high = link.numbers(2)(text)
    if not low < high:
        raise ValueError(f"it needs lo < hi, got {low:g} and {high:g}")
    return low, high
