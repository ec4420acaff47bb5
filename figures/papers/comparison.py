"""A number of a paper beside ours: its text, the difference, and whether that is better, as words and as a sign."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from figures.words import THIN_SPACE, thousands, three_digits

Standing = Literal["better", "equal", "worse", "other", ""]  # "": one of the two numbers is missing
MOST_WHOLE = 1e9  # whole numbers from here on have three digits, too: a limit on the width of a table
SIGNS: dict[Standing, str] = {"better": "▲", "equal": "≈", "worse": "▼", "other": "", "": ""}
TITLES: dict[Standing, str] = {
    "better": "better than the paper",
    "equal": "equal within the margin",
    "worse": "worse than the paper",
    "other": "different",
    "": "",
}


@dataclass(frozen=True)
class Comparison:
    """The paper's number and ours as text, empty where there is none, and the difference ours less the paper's."""

    paper: str
    ours: str
    difference: str
    standing: Standing


def comparison(
    paper: float | None, ours: float | None, unit: str = "", better: str = "lower", margin: float = 0.0
) -> Comparison:
    """Compare two numbers of this unit.

    Parameters
    ----------
    unit : "%" and others follow the number; differences of shares are in points
    better : "lower", "higher" or "neither"
    margin : differences up to this, and those that vanish in the digits shown, are equal
    """
    if paper is None or ours is None or math.isnan(ours) or math.isnan(paper):
        return Comparison(number(paper, unit), number(ours, unit), "", "")
    difference = ours - paper
    if math.isinf(ours) or math.isinf(paper):
        difference = 0.0 if ours == paper else difference
    shown = number(float(f"{difference:.9g}"), unit, signed=True).removesuffix(f"{THIN_SPACE}%")
    if abs(difference) <= margin * (1 + 1e-9):
        standing: Standing = "equal"
    elif better == "neither":
        standing = "other"
    else:
        standing = "better" if (difference < 0) == (better == "lower") else "worse"
    return Comparison(number(paper, unit), number(ours, unit), shown, standing)


def number(value: float | None, unit: str = "", signed: bool = False) -> str:
    """A number with its unit: shares with up to two digits after the point, whole numbers in full, others with three.

    '' for None, and '–' for NaN.
    """
    if value is None or math.isnan(value):
        return "" if value is None else "–"
    sign = "−" if value < 0 else "+" if signed and value > 0 else ""
    return f"{sign}{_digits(abs(value), unit)}{THIN_SPACE + unit if unit else ''}"


def _digits(value: float, unit: str) -> str:
    hundredths = f"{value:.2f}"
    if unit == "%" and math.isfinite(value) and (value == 0 or float(hundredths)):
        return _without_zeros(hundredths)
    if value < MOST_WHOLE and value == int(value):
        return thousands(int(value))
    return _without_zeros(three_digits(value))


def _without_zeros(text: str) -> str:
    """The text of a number without zeros at the end of its decimals."""
    return text.rstrip("0").rstrip(".") if "." in text and "·" not in text else text


def about(seconds: float) -> str:
    """A duration that is only roughly known: '40 s', '12 min', '3 h', '2 days'."""
    for size, name, until in ((1, "s", 100), (60, "min", 6000), (3600, "h", 200_000)):
        if seconds < until:
            return f"{max(1, round(seconds / size))} {name}"
    return f"{round(seconds / 86_400)} days"
