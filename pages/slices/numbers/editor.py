"""Names, ranges and units of the inputs, typed into a table."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from geometry.content import content_key
from models.vectors.inputs import LONGEST_NAME, Inputs, NamedInput, unique_names
from pages.shared import link
from pages.shared.plain import complain
from pages.shared.state import Record, Values, read

Changes = dict[int, dict[str, Any]]  # by the place of an input, its changed fields
FIELDS = ("name", "low", "high", "unit")


class EditorState(Record):
    """By the inputs that are edited: the changes so far, and those with which the table on the page began."""

    changes: Values[Changes] = Values("slices-named-{}")
    begun: Values[Changes] = Values("slices-named-begun-{}")


STATE = EditorState()


def edited(base: Inputs) -> tuple[Inputs, dict[str, str | None]]:
    """The inputs as typed, and their part of the link; an invalid row is explained, and the file's own inputs stay."""
    place = content_key(base)
    key = f"slices-inputs-{place}"
    if read(key) is None:  # the table is not on the page yet: it begins with what is known
        STATE.begun[place] = STATE.changes.first(place, lambda: link.opened("named", _changes, {}))
    begun = STATE.begun.get(place) or {}
    with st.expander("Names, ranges and units", icon=":material/straighten:"):
        rows = [{**_row(item), **begun.get(number, {})} for number, item in enumerate(base.items)]
        typed = st.data_editor(
            rows, key=key, hide_index=True, width="stretch", num_rows="fixed",
            alt="Names, ranges and units of the inputs",
            column_config={
                "name": st.column_config.TextColumn("input", max_chars=LONGEST_NAME),
                "low": st.column_config.NumberColumn("from", format="%.6g"),
                "high": st.column_config.NumberColumn("to", format="%.6g"),
                "unit": st.column_config.TextColumn("unit", max_chars=30),
            },
        )  # fmt: skip
    changes = {
        number: different
        for number, (item, row) in enumerate(zip(base.items, typed))
        if (different := {field: row[field] for field in FIELDS if row[field] != _row(item)[field]})
    }
    STATE.changes[place] = changes
    try:
        inputs = changed(base, changes)
    except ValueError as error:
        complain(f"{error}. The ranges of the file stay in use.")
        return base, {"named": None}
    text = json.dumps(changes, ensure_ascii=False, separators=(",", ":")) if changes else None
    return inputs, {"named": text if text is None or len(text) <= link.MOST_CHARACTERS else None}


def changed(base: Inputs, changes: Changes) -> Inputs:
    """The inputs with changed fields; a ValueError for an invalid one."""
    items = []
    for number, item in enumerate(base.items):
        row = {**_row(item), **changes.get(number, {})}
        low, high = row["low"], row["high"]
        if low is None or high is None:
            raise ValueError(f"the range of {item.name} is not complete: it needs two numbers")
        items.append((str(row["name"] or ""), float(low), float(high), str(row["unit"] or "")))
    names = unique_names([name for name, _, _, _ in items])
    return Inputs(tuple(NamedInput(name, low, high, unit) for name, (_, low, high, unit) in zip(names, items)))


def _row(item: NamedInput) -> dict[str, Any]:
    return {"name": item.name, "low": item.low, "high": item.high, "unit": item.unit}


def _changes(text: str) -> Changes:
    """Read the link's JSON; a ValueError says what is expected."""
    expected = "it must be a JSON object of inputs by their places, with name, low, high or unit"
    try:
        read_back = {int(number): dict(fields) for number, fields in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(expected) from error
    for fields in read_back.values():
        for field, value in fields.items():
            number = field in ("low", "high") and type(value) in (int, float)
            words = field in ("name", "unit") and type(value) is str and len(value) <= LONGEST_NAME
            if not (number or words):
                raise ValueError(expected)
    return read_back
