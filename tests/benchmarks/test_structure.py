"""What `benchmarks.structure` counts, on small trees whose numbers are known, and on this one by another reading."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from benchmarks import structure
from tests import test_imports

ROOT = Path(__file__).parents[2]


def modules(**sources: str) -> structure.Modules:
    return {name.replace("__", "."): ast.parse(source) for name, source in sources.items()}


def test_the_arrows_are_those_of_the_import_rule():
    arrows = structure.imports(structure.read(ROOT))
    packages = {module.rpartition(".")[0] for module in arrows}
    leaves = arrows.keys() - packages  # a package's name may be a function's too: `certify.bounds`
    rule = {module: set(test_imports.imported_modules(module)) for module in arrows}
    assert all(arrows[module] & leaves == rule[module] & leaves - {module} for module in arrows)


def test_a_name_of_a_package_counts_as_its_module_where_there_is_one():
    tree = modules(a="", a__b="", a__c="from a import b", a__d="from a import name", a__e="def f():\n    import a.b")
    assert structure.imports(tree) == {"a": set(), "a.b": set(), "a.c": {"a.b"}, "a.d": {"a"}, "a.e": {"a.b"}}


@pytest.mark.parametrize(
    "arrows, floors",
    [
        ({"a": set()}, 1),
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, 3),
        ({"a": {"b"}, "b": {"a", "c"}, "c": set()}, 2),  # a and b are a circle
    ],
)
def test_floors_count_the_longest_chain(arrows: dict[str, set[str]], floors: int):
    assert structure.floors(arrows) == floors


def test_those_of_a_circle_are_counted():
    assert structure.on_circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == 2


def test_a_sub_folder_is_one_part_and_modules_of_the_folder_are_parts_too():
    tree = modules(a="from a.b.c import f", a__b="", a__b__c="import a.b.d", a__b__d="", a__e="import a.b.c, a.b.d")
    assert structure.between_rooms(structure.imports(tree), "a") == {"b": set(), "e": {"b"}}


def test_keys_are_told_apart_by_where_they_are_written():
    source = """
KEY = "pin"
st.session_state[KEY] = st.session_state.get("view")
st.session_state["pin"] = "view" in st.session_state
st.button("Stop", key="stop")
st.slider("eps", key=STATE.eps.key)
class State(Record):
    eps: Value[float] = Value("eps", 0.1)
"""
    tree = modules(page=source)
    assert structure.session_keys(tree) == {("page", "'pin'"), ("page", "'view'")}
    assert structure.widget_keys(tree) == {("page", "'stop'")}
    assert structure.record_fields(tree) == 1


def test_a_local_counts_once_in_each_function_that_assigns_it():
    source = """
found = 1
def outer():
    def inner():
        found = 2
    for found in (): found += 1
def reader(found): return found
"""
    assert structure.functions_with_local(modules(a=source), "found") == 2


def test_constants_are_names_in_capitals_and_numbers_among_them():
    assert structure.constants(modules(a='A = 2**53\nB, C = 1, -2.5\nD = "d"\nE: bool = True\nname = 3')) == (5, 3)


def test_a_cache_counts_with_and_without_options():
    source = "@st.cache_data\ndef f(): pass\n@st.cache_resource(ttl=1)\ndef g(): pass\nf.clear()"
    assert structure.caches(modules(a=source)) == 2


def test_ways_to_give_up_are_told_by_their_kind():
    source = """
class CancelledError(Exception): pass
_scope: ContextVar[CancelScope | None] = ContextVar("scope")
def search(cancelled):
    self.halted = True
"""
    assert structure.ways_to_give_up(modules(a=source)) == {
        "exceptions": {"CancelledError": 1},
        "context variables": {"_scope": 1},
        "parameters": {"cancelled": 1},
        "attributes": {"halted": 1},
    }
