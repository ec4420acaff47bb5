"""A cached property is computed once, and no thread waits for another object's value."""

from __future__ import annotations

import ast
import threading
from dataclasses import dataclass
from pathlib import Path

from geometry.computation.cached_property import cached_property

ROOT = Path(__file__).parents[3]
ROOMS = ("pages", "papers", "figures", "models", "certify", "geometry", "benchmarks")
WAIT = 60.0  # seconds, on a busy machine


@dataclass(frozen=True)
class Slow:
    may_go_on: threading.Event
    begun: threading.Event

    @cached_property
    def value(self) -> object:
        """What is slow."""
        self.begun.set()
        assert self.may_go_on.wait(WAIT)
        return object()


def test_a_value_is_computed_once():
    one = Slow(threading.Event(), threading.Event())
    one.may_go_on.set()
    assert one.value is one.value
    assert Slow.value.__doc__ == "What is slow."


def test_an_object_does_not_wait_for_the_value_of_another():
    resting, drawn = (Slow(threading.Event(), threading.Event()) for _ in range(2))
    drawn.may_go_on.set()
    background = threading.Thread(target=lambda: resting.value)
    page = threading.Thread(target=lambda: drawn.value, daemon=True)
    background.start()
    assert resting.begun.wait(WAIT)
    page.start()
    page.join(WAIT)
    waits = page.is_alive()
    resting.may_go_on.set()
    background.join(WAIT)
    assert not waits


def test_no_module_uses_the_property_of_functools_with_its_lock():
    using = [
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if "functools" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == "functools"
        if "cached_property" in {name.name for name in node.names}
    ]
    assert not using
