"""Session state: every value has one key, in one record."""

from __future__ import annotations

import ast
import importlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.link_names import ALL, names_on
from pages.shared.state import Record, Value, Values

ROOT = Path(__file__).parents[3]
RAW = ROOT / "pages" / "shared" / "state.py"


def records() -> Iterator[type[Record]]:
    """All that there are, once every module of the pages but the scripts is imported."""
    for path in sorted((ROOT / "pages").rglob("*.py")):
        if path.name not in ("page.py", "__main__.py"):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return (record for record in Record.__subclasses__() if record.__module__.startswith("pages."))


def keys() -> list[tuple[str, str]]:
    """Each key or pattern with the value that it is of."""
    return [
        (value.key if isinstance(value, Value) else value.pattern, f"{record.__qualname__}.{name}")
        for record in records()
        for name, value in vars(record).items()
        if isinstance(value, (Value, Values))
    ]


def test_no_two_values_have_the_same_key() -> None:
    owners = defaultdict(list)
    for key, owner in keys():
        owners[key].append(owner)
    assert len(owners) > 60
    assert {key: some for key, some in owners.items() if len(some) > 1} == {}


def test_only_records_know_the_session_state() -> None:
    using = [
        path.relative_to(ROOT)
        for path in (ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py")))
        if any(
            isinstance(node, ast.Attribute) and node.attr == "session_state"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert using == [RAW.relative_to(ROOT)]


def test_a_key_stands_once() -> None:
    """No module writes the key of a record's value as a text, outside the record."""
    in_links = frozenset().union(*map(names_on, ALL))
    bare = {key for key, _ in keys() if "-" in key and "{}" not in key} - in_links
    texts = [
        (node.value, str(path.relative_to(ROOT)))
        for path in sorted((ROOT / "pages").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in bare
    ]
    twice = [text for text, count in Counter(text for text, _ in texts).items() if count > 1]
    assert [place for place in texts if place[0] in twice] == []


def values_of_all_kinds() -> None:
    import streamlit as st

    from pages.shared.state import Kept, Record, Value, Values

    class State(Record):
        number: Value[int] = Value("a number", 7)
        kept: Kept[list[int]] = Kept("a list", list)
        each: Values[str] = Values("each-{}")

    state, keep = State(), st.session_state
    assert state.number == 7 and "a number" not in keep
    state.number += 1
    assert state.number == keep["a number"] == 8
    del state.number
    del state.number
    assert state.number == 7 and "a number" not in keep
    state.kept.append(3)
    assert state.kept is keep["a list"] and keep["a list"] == [3]
    assert state.each.get("b") is None and state.each.first("b", lambda: "first") == "first"
    state.each[1] = "second"
    assert (keep["each-b"], keep["each-1"]) == ("first", "second")
    del state.each[1]
    assert state.each.get(1) is None
    state.each.clear()
    assert "each-b" not in keep and "a list" in keep
    st.text("all holds")


@pytest.mark.filterwarnings("ignore")
def test_a_value_is_the_default_until_it_is_set_and_after_it_was_deleted() -> None:
    app = AppTest.from_function(values_of_all_kinds).run()
    assert not app.exception and app.text[0].value == "all holds"
