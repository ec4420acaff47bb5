"""The table of data sets says what is read."""

from __future__ import annotations

import pytest

from models import IMAGE_SETS
from models.data.images import SOURCES, shape_text
from tests.docs.pages import ROOT

ROWS = {
    line.split("|")[1].strip(" `"): line
    for line in (ROOT / "docs/data.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
}


def test_the_table_has_a_row_for_each_set():
    assert list(ROWS) == list(IMAGE_SETS)


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_a_row_has_the_set_s_shape_classes_numbers_and_credit(name: str):
    known, row = IMAGE_SETS[name], ROWS[name]
    assert f", {len(known.classes)} |" in row
    assert shape_text(known.shape) in row
    assert all(f"{count:,}".replace(",", " ") in row for count in known.counts.values())
    assert known.credit and ("download" in row or "as `mnist`" in row) == (name in SOURCES or name.startswith("mnist-"))
