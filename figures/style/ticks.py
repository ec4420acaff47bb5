"""Ticks of an axis and their labels. figures/live_view/core/ticks.js computes the same: tests/axes.json tests both."""

from __future__ import annotations

import math

from figures.words import superscript

MOST_DIGITS = 5  # of a label after or before the point; more do not fit beside an axis


def ticks(low: float, high: float, wanted: float) -> tuple[list[tuple[float, str]], str]:
    """Ticks at round numbers with their labels; and a common offset where labels would differ in late digits only.

    `wanted` is about how many. The offset, with the power of ten of the labels, is written after the axis's name; so is
    the power alone where numbers are very small or large.
    """
    step = round_step((high - low) / wanted)
    exponent = math.floor(math.log10(step) + 1e-9)
    digits = max(0, -exponent)
    shared = digits > 3 and max(abs(low), abs(high)) > 100 * step
    late = shared or not -MOST_DIGITS <= exponent <= MOST_DIGITS
    base = math.floor((low + high) / 2 / (10 * step) + 0.5) * 10 * step if shared else 0.0
    unit = 10.0**exponent if late else 1.0
    places = []
    number = math.ceil((low - base) / step)
    while base + number * step <= high:
        text = "0" if number == 0 else f"{number * step / unit:.{0 if late else digits}f}".replace("-", "−")
        places.append((base + number * step, text))
        number += 1
    shift = f"{'+' if base < 0 else '−'} {abs(base):.{max(0, digits - 1)}f}, " if shared else ""
    return places, f"{shift}in 10{superscript(exponent)}" if late else ""


def round_step(most: float) -> float:
    """1, 2 or 5 times a power of ten, not above `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    return next((digit * power for digit in (5, 2) if digit * power <= most * (1 + 1e-12)), power)
