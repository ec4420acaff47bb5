"""Numbers in sentences are true as they are rounded."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.style.ticks import ticks
from figures.words import (
    affine_terms,
    counted,
    duration,
    percent,
    round_length,
    sentence,
    thousands,
    three_digits,
    verdict,
)
from figures.words import given as given_number
from geometry import theorem_3_1
from geometry.distances.theorem31 import Theorem31
from tests.strategies import mlp, norms

sizes = st.floats(1e-12, 1e12)
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """The number a person reads."""
    mantissa, _, exponent = text.replace("−", "-").replace("\u2009", "").partition("·10")
    return float(mantissa) * 10.0 ** int(exponent.translate(SUPERSCRIPTS) or 0)


@given(sizes, st.booleans())
def test_three_digits_are_within_half_a_percent(value, negative):
    value = -value if negative else value
    assert read(three_digits(value)) == pytest.approx(value, rel=0.0051)


@given(sizes)
def test_a_bound_is_never_rounded_up(value):
    shown = read(three_digits(value, down=True))
    assert shown <= value * (1 + 1e-12)
    assert shown >= value * 0.99


@given(st.integers(100, 999), st.integers(-6, 3))
def test_a_bound_of_three_digits_stays_itself(digits, exponent):
    value = float(f"{digits}e{exponent}")
    assert read(three_digits(value, down=True)) == pytest.approx(value, rel=1e-12)


def test_numbers_without_digits_have_words():
    assert [three_digits(value) for value in (0.0, math.inf, -math.inf)] == ["0", "∞", "−∞"]


def test_counts_and_times_read_easily():
    assert thousands(1234567) == "1\u2009234\u2009567"
    assert [duration(seconds) for seconds in (0.0034, 0.12, 2.34)] == ["3.4 ms", "120 ms", "2.3 s"]


@given(st.integers(1, 10**6), st.data())
def test_percents_are_rounded_as_bounds_are_and_whole_ones_are_whole(total, data):
    count = data.draw(st.integers(0, total))
    share = Fraction(100 * count, total)
    shown = {way: percent(count, total, **({way: True} if way else {})) for way in ("", "down", "up")}
    values = {way: Fraction(text.removesuffix(" %")) for way, text in shown.items()}
    assert values["down"] <= share <= values["up"]
    assert abs(values[""] - share) <= Fraction(1, 20)
    assert all((value == 100) == (count == total) and (value == 0) == (count == 0) for value in values.values())


def test_percents_have_one_digit_after_the_point_unless_more_are_needed():
    assert [percent(13, 30), percent(13, 30, up=True), percent(3, 3), percent(0, 3)] == [
        "43.3 %",
        "43.4 %",
        "100.0 %",
        "0.0 %",
    ]
    assert percent(1999, 2000) == "99.95 %"


def test_a_chosen_number_keeps_its_digits():
    assert [given_number(value) for value in (0.0275, 0.15000000000000002, 0.12345, 0.0)] == [
        "0.0275",
        "0.150",
        "0.12345",
        "0",
    ]


def test_errors_become_sentences():
    assert sentence(ValueError("widths are wrong")) == "Widths are wrong."
    assert sentence("my.csv is empty.") == "my.csv is empty."
    assert sentence("a half is missing") == "A half is missing."


def test_an_arrays_name_keeps_its_letters():
    assert sentence("x holds no images") == "x holds no images."
    assert sentence("x_test holds no images") == "x_test holds no images."


def test_an_affine_map_keeps_its_signs():
    assert affine_terms(np.array([-1.5, 0.25, -3.0])) == "−1.50 x₁ + 0.250 x₂ − 3.00"


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 1000), norms())
def test_the_verdict_says_what_the_theorem_says(seed, p):
    x = np.random.default_rng(seed).uniform(-1, 1, 2)
    network = mlp([2, 6, 3], seed)
    found = theorem_3_1(network, x, p)
    said = verdict(found, p, 0)
    assert said.optimal == found.optimal
    if 0 < found.radius < math.inf and found.optimal:
        assert math.isclose(read(said.claim.split("≈\u00a0")[1].rstrip(".")), found.radius, rel_tol=0.011)
    elif 0 < found.radius < math.inf:
        assert read(said.claim.split("<\u00a0")[1].split(" changes")[0]) <= found.radius
    assert ("not known to be optimal" in said.reason) == (not found.optimal and found.d_B > 0)


@pytest.mark.parametrize("names", [(), ("cat", "dog")])
def test_where_no_other_class_catches_up_none_is_named(names):
    """Zero weights from the inputs; then units that switch, but no decision hyperplane."""
    for d_B, radius, says in ((math.inf, math.inf, "any size"), (0.5, 0.5, "d_D = ∞"), (math.inf, 1e149, "rounded")):
        found = Theorem31(radius, math.isinf(radius), None, d_B, math.inf, -1, -1)
        said = verdict(found, 2, 0, names)
        assert says in said.claim + said.reason
        assert "dog" not in said.claim + said.reason


def table(name: str) -> list[dict[str, Any]]:
    """Examples that JavaScript keeps to as well (tests/figures/live_view/core)."""
    return json.loads((Path(__file__).parents[1] / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", table("numbers"), ids=lambda example: f"{example['value']} {example['rounding']}")
def test_numbers_are_written_as_in_the_table_that_javascript_keeps_to(example):
    rounding = {} if example["rounding"] == "nearest" else {example["rounding"]: True}
    assert three_digits(example["value"], **rounding) == example["shown"]


@pytest.mark.parametrize("example", table("counts"))
def test_counts_are_written_as_in_the_table_that_javascript_keeps_to(example):
    assert counted(example["count"], example["thing"], example["things"] or "") == example["shown"]


@pytest.mark.parametrize("example", table("affine_maps"))
def test_affine_maps_are_written_as_in_the_table_that_javascript_keeps_to(example):
    assert affine_terms(np.array(example["piece"])) == example["shown"]


@pytest.mark.parametrize("example", table("lengths"))
def test_lengths_of_scale_bars_are_written_as_in_the_table_that_javascript_keeps_to(example):
    assert round_length(example["length"]) == example["shown"]


@pytest.mark.parametrize("example", table("axes"))
def test_axes_are_divided_and_named_as_in_the_table_that_javascript_keeps_to(example):
    places, base = ticks(example["from"], example["to"], example["wanted"])
    assert [text for _, text in places] == example["texts"]
    assert base == example["base"]
