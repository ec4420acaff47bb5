"""A paper's number beside ours."""

from __future__ import annotations

import math

import pytest

from figures.papers.comparison import about, comparison, number


@pytest.mark.parametrize(
    ("paper", "ours", "better", "difference", "standing"),
    [
        (10.0, 8.0, "lower", "−2", "better"),
        (10.0, 12.5, "lower", "+2.5", "worse"),
        (10.0, 12.5, "higher", "+2.5", "better"),
        (10.0, 10.4, "lower", "+0.4", "equal"),
        (10.0, 9.6, "lower", "−0.4", "equal"),
        (10.0, 90.0, "neither", "+80", "other"),
        (10.0, 10.0, "neither", "0", "equal"),
        (None, 3.0, "lower", "", ""),
        (3.0, None, "lower", "", ""),
        (3.0, math.nan, "lower", "", ""),
    ],
)
def test_a_difference_is_ours_less_the_papers_and_judged(
    paper: float | None, ours: float | None, better: str, difference: str, standing: str
) -> None:
    found = comparison(paper, ours, "%", better, margin=0.4)
    assert (found.difference, found.standing) == (difference, standing)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (93.0, "%", "93\u2009%"),
        (2.25, "%", "2.25\u2009%"),
        (99.97, "%", "99.97\u2009%"),
        (0.0, "%", "0\u2009%"),
        (0.0037, "s", "0.0037\u2009s"),
        (0.69, "", "0.69"),
        (16_327.4, "s", "16\u2009300\u2009s"),
        (16_327, "s", "16\u2009327\u2009s"),
        (12_596, "", "12\u2009596"),
        (None, "", ""),
        (math.nan, "%", "–"),
    ],
)
def test_a_number_has_the_digits_that_matter(value: float | None, unit: str, text: str) -> None:
    assert number(value, unit) == text


def test_a_difference_that_is_not_zero_is_not_shown_as_zero() -> None:
    assert comparison(1.0, 1.0001, "s").difference == "+1.00·10⁻⁴\u2009s"
    assert comparison(1.0, 1.0001, "%").difference == "+1.00·10⁻⁴"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (45, "45 s"), (200, "3 min"), (7200, "2 h"), (400_000, "5 days")],
)
def test_a_rough_duration_has_one_unit(seconds: float, words: str) -> None:
    assert about(seconds) == words
