"""The numbers that JavaScript writes: as in the table that Python keeps to."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.server import ROOT

COUNTS = json.loads((Path(__file__).parents[1] / "counts.json").read_text(encoding="utf-8"))
EXAMPLES = json.loads((Path(__file__).parents[1] / "numbers.json").read_text(encoding="utf-8"))


def test_numbers_are_written_as_in_the_table_that_python_keeps_to(page: Page):
    page.add_script_tag(content=(ROOT / "pages" / "region_view" / "numbers.js").read_text(encoding="utf-8"))
    written = page.evaluate("examples => examples.map(({ value, rounding }) => threeDigits(value, rounding))", EXAMPLES)
    assert written == [example["shown"] for example in EXAMPLES]
    counts = "counts => counts.map(({ count, thing, things }) => counted(count, thing, things ?? undefined))"
    assert page.evaluate(counts, COUNTS) == [example["shown"] for example in COUNTS]
    assert page.evaluate("[NaN, Infinity, -Infinity].map(value => threeDigits(value))") == ["undefined", "∞", "−∞"]
