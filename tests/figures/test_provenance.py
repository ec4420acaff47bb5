"""Tables say where they come from, give back their numbers, and hold no formula."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures.provenance import cell, csv_text, distance, file_name, origin, perturbations, points_done
from tests.tables import read_table

ABOUT = origin("radii", "a network", "digits", made=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
WHOLE = ABOUT | perturbations(math.inf, (0.0, 1.0), 0.1) | points_done(3, 8)
NAMES = ("name", distance("radius", 2))


def test_the_head_says_all_that_the_file_depends_on():
    about, _ = read_table(csv_text(WHOLE, NAMES, []))
    assert about == {
        "content": "radii", "network": "a network", "data": "digits", "made": "2026-01-02 03:04 UTC", "norm": "linf",
        "box": "0.0 to 1.0", "eps": "0.1", "points": "3 of 8",
    }  # fmt: skip


def test_no_box_is_said():
    assert perturbations(2, None)["box"].startswith("none")


@given(st.floats(allow_nan=False))
def test_numbers_come_back_as_they_were(value):
    _, (row,) = read_table(csv_text(WHOLE, NAMES, [("a", value)]))
    assert float(row["radius [input units in l2]"]) == value


@given(st.text(), st.text())
def test_other_programs_read_the_table_whatever_the_names_are(network, name):
    about = origin("radii", network, name) | perturbations(1, None)
    table = pd.read_csv(io.StringIO(csv_text(about, NAMES, [("a", 0.5), ("b", 1.5)])), comment="#")
    assert table.columns.tolist() == list(NAMES)
    assert table[NAMES[1]].tolist() == [0.5, 1.5]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a,=1", 'a",=1', "a;=1", "a\n=1", "a\r=1"])
def test_no_text_from_outside_begins_a_cell_with_a_formula(text):
    written = csv_text(origin("radii", text, text), NAMES, [(text, 1.0)])
    head = [line for line in written.splitlines() if line.startswith("#")]
    assert len(head) == 4
    for separator in ",;\t":
        assert not any(part.startswith(("=", "+", "-", "@")) for line in head for part in line.split(separator))
    _, (row,) = read_table(written)
    assert not row["name"].startswith(("=", "+", "-", "@"))
    for part in written.splitlines()[-1].split(";"):  # as where a comma is part of a number
        assert not part.lstrip(' "').startswith(("=", "+", "-", "@"))


def test_an_array_is_one_cell_of_numbers():
    _, (row,) = read_table(csv_text({}, NAMES, [(np.array([-0.1, 2.0]), 1.0)]))
    assert row["name"] == "-0.1 2.0"


def test_the_name_of_a_picture_says_where_it_comes_from():
    about = origin("pictures", "MNIST FC1 · KW for ℓ∞", "digits") | perturbations(math.inf, None, 0.1)
    assert file_name("robust-error", about) == "robust-error-mnist-fc1-kw-for-linf-digits-linf-eps-0-1"


@given(st.text(), st.text())
def test_no_text_from_outside_leads_a_picture_elsewhere(network, data):
    name = file_name("ladder", origin("pictures", network, data))
    assert name.startswith("ladder") and len(name) <= 200
    assert all(letter.isalnum() or letter == "-" for letter in name)


def test_text_that_is_no_formula_stays_as_it_is():
    assert cell("class 3") == "class 3"
