"""Names in links: one table says what they mean, and no page reads what another wrote in another meaning."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.link_names import ALL, TABLE, names_on, same_meaning
from tests.pages.driving import ROOT, complaints, link_of, settled

SESSION = """
import runpy
import streamlit as st
runpy.run_path(st.session_state["page to run"])
"""  # AppTest knows no st.navigation: pages of one session, one after the other
CONTROLS = {"choice", "stops", "number", "whole", "toggle", "text"}  # of Linked, whose second argument is the name


def session(page: str, link: dict[str, str]) -> AppTest:
    """A session that a link opened on this page."""
    app = AppTest.from_string(SESSION, default_timeout=240)
    for name, value in link.items():
        app.query_params[name] = value
    return moved(app, page)


def moved(app: AppTest, page: str) -> AppTest:
    """Another page of the same session."""
    if "page to run" in app.session_state:
        for name in list(app.query_params):
            del app.query_params[name]
    app.session_state["page to run"] = str(ROOT / "pages" / page / "page.py")
    return settled(app)


@pytest.mark.parametrize(
    ("first", "link", "then"),
    [
        ("train", {"data": "kw", "network": "cnn", "widths": "8", "units": "LeakyReLU", "init": "3", "steps": "500",
                   "size": "12", "view": "0,1,0,1", "pin": "0.3,0.2", "fill": "margin"}, "explore"),
        ("train", {"data": "kw", "widths": "8", "a": "kmmr", "b": "plain", "c": "none", "pin": "0.3,0.2"}, "slices"),
        ("explore", {"network": "own", "widths": "8", "steps": "5", "init": "2", "unit": "3", "size": "60"}, "train"),
        ("slices", {"first": "untrained", "second": "none", "a": "9", "b": "5", "size": "1", "seed": "7"}, "explore"),
        ("polytope", {"bounds": "none", "eps": "0.02", "first": "auto", "reach": "0.2", "unit": "2"}, "certify"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)  # fmt: skip
def test_a_page_does_not_read_what_another_wrote_in_another_meaning(first: str, link: dict[str, str], then: str):
    fresh = link_of(session(then, {}))
    app = session(first, link)
    app = moved(app, then)
    assert complaints(app) == ""
    assert _of_one_page(link_of(app), first, then) == _of_one_page(fresh, first, then)


def _of_one_page(parts: dict[str, str], one: str, other: str) -> dict[str, str]:
    """What means something else on these two pages; the rest may go along."""
    return {name: value for name, value in parts.items() if not same_meaning(name, one, other)}


def test_what_means_the_same_goes_along():
    app = moved(session("explore", {"data": "circles", "p": "1"}), "certify")
    assert {"data": "circles", "p": "1"}.items() <= link_of(app).items()


def test_the_other_page_is_as_it_was_when_one_comes_back():
    app = session("explore", {"data": "circles", "fill": "margin"})
    before = link_of(app)
    assert link_of(moved(moved(app, "train"), "explore")) == before


def test_a_network_of_the_plane_sent_to_explore_is_none_for_images():
    app = AppTest.from_string("""
from models import mlp
from pages.shared.plane.network import use_network
from pages.shared.hand_over import sent_network
use_network(mlp((2, 4, 2)).eval(), "a network")
assert sent_network((1, 28, 28)) is None
""")
    settled(app)


def test_a_name_means_one_thing_on_each_page():
    for page in ALL:
        names = Counter(name for shared in TABLE if page in shared.pages for name in shared.names)
        assert names.most_common(1)[0][1] == 1, page


@pytest.mark.parametrize(
    ("name", "one", "other", "same"),
    [("a", "train", "slices", False), ("pin", "explore", "certify", True), ("pin", "train", "explore", False),
     ("p", "train", "slices", True), ("first", "polytope", "slices", False), ("box", "certify", "polytope", True)],
)  # fmt: skip
def test_the_table_tells_meanings_apart(name: str, one: str, other: str, same: bool):
    assert same_meaning(name, one, other) is same


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "pages").glob("*/**/*.py")):
        yield str(path.relative_to(ROOT / "pages")), ast.parse(path.read_text(encoding="utf-8"))


def test_every_name_that_a_page_reads_is_in_the_table():
    for path, tree in sources():
        folder = Path(path).parts[0]
        there = names_on(folder) if folder in ALL else frozenset().union(*map(names_on, ALL))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if not isinstance(call.func, ast.Attribute) or not isinstance(call.func.value, ast.Name):
                continue
            of, method = call.func.value.id, call.func.attr
            place = 1 if (of, method) == ("link", "start") or (of == "linked" and method in CONTROLS) else None
            place = 0 if (of, method) == ("link", "opened") else place
            if place is not None and isinstance(call.args[place], ast.Constant):
                assert call.args[place].value in there, (path, call.lineno)
