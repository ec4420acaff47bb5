"""Histograms of areas and distances, as plain HTML in the page's text colour and width."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from figures.style.palette import palette
from figures.style.ticks import ticks
from figures.words import counted, superscript, thousands, three_digits
from geometry.norms import Array

BINS = 40
HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 210, 44, 10, 28, 44  # of the picture, and the margins around the plot, in px
PLOT = HEIGHT - TOP - BOTTOM
FULL = 0.94  # height of the highest bar, as a share of the plot's
AREA = "background:#3C8DBC"
BOUNDARY = "background:#7A8494BF"
# Translucent with an outline: both histograms stay visible where they overlap.
DECISION = "background:{0}40;box-shadow:inset 0 0 0 1.4px {0}".format(palette("light").d_D)


def area_histogram(areas: Array) -> str:
    """A histogram of the regions' areas, as HTML text.

    `areas` (n,), in plane units squared; areas of zero are left out.
    """
    edges = _log_edges(areas[areas > 0])
    counts, _ = np.histogram(areas, edges)
    description = f"Areas of {counted(len(areas), 'region')}{_middle(areas)}"
    bars = _bars(counts, edges, "region", "", AREA)
    return _plot("area of a region", description, edges, int(counts.max()), bars, [])


def distance_histogram(d_B: Array, d_D: Array) -> str:
    """Overlaid histograms of d_B and d_D of n data points, (n,) each, as HTML text; infinite ones are left out."""
    both = np.concatenate([d_B, d_D])
    edges = _log_edges(both[(both > 0) & np.isfinite(both)])
    counts = [np.histogram(values, edges)[0] for values in (d_B, d_D)]
    bars = _bars(counts[0], edges, "point", "d_B ", BOUNDARY) + _bars(counts[1], edges, "point", "d_D ", DECISION)
    description = f"Distances of {counted(len(d_B), 'data point')}: d_B{_middle(d_B)}; d_D{_middle(d_D)}"
    legend = [
        part
        for number, (letter, paint) in enumerate((("B", BOUNDARY), ("D", DECISION)))
        for part in (
            f'<i style="position:absolute;left:{70 * number}px;top:-21px;width:14px;height:10px;{paint}"></i>',
            _text(f"<i>d</i><sub>{letter}</sub>", f"left:{70 * number + 20}px;top:-28px"),
        )
    ]
    return _plot("distance of a data point", description, edges, int(max(bins.max() for bins in counts)), bars, legend)


def _middle(values: Array) -> str:
    finite = values[np.isfinite(values)]
    return "" if len(finite) == 0 else f", half of them below {three_digits(float(np.median(finite)), up=True)}"


def _log_edges(values: Array) -> Array:
    """BINS + 1 edges, equally spaced in the logarithm, around all positive values."""
    if len(values) == 0:
        return np.logspace(-1, 1, BINS + 1)
    low, high = np.log10(values.min()), np.log10(values.max())
    return (
        np.logspace(low - 0.02, high + 0.02, BINS + 1) if high - low > 0.2 else np.logspace(low - 1, high + 1, BINS + 1)
    )


def _bars(counts: Array, edges: Array, thing: str, name: str, paint: str) -> list[tuple[int, int, str, str]]:
    """Number of the bin, count, tooltip and CSS of every bin that is not empty."""
    return [
        (
            number,
            int(count),
            f"{name}{three_digits(edges[number])} to {three_digits(edges[number + 1])}: {counted(int(count), thing)}",
            paint,
        )
        for number, count in enumerate(counts)
        if count
    ]


def _plot(
    title: str, description: str, edges: Array, most: int, bars: list[tuple[int, int, str, str]], legend: list[str]
) -> str:
    """The histogram as HTML, as wide as its container: percent across and px upwards."""
    scale = FULL * PLOT / max(1, most)
    parts = [
        f'<div class="histogram" role="img" aria-label="{escape(description)}" style="position:relative;'
        f"height:{PLOT}px;margin:{TOP}px {RIGHT}px {BOTTOM}px {LEFT}px;border-bottom:1px solid;"
        f'font-size:13px;line-height:18px">'
    ]
    for value, _ in ticks(0, max(1, most), 3)[0]:
        if value == round(value):
            y = f"bottom:{value * scale:.1f}px"
            parts.append(f'<i style="position:absolute;left:0;right:0;{y};border-top:1px solid;opacity:.15"></i>')
            parts.append(_text(thousands(round(value)), f"right:calc(100% + 8px);{y};transform:translateY(50%)"))
    for number, count, words, paint in bars:
        place = f"left:{100 * number / BINS:g}%;width:{100 / BINS:g}%;bottom:0;height:{count * scale:.2f}px"
        parts.append(f'<i class="bar" title="{escape(words)}" style="position:absolute;{place};{paint}"></i>')
    for share, text in _places(edges):
        parts.append(_text(text, f"left:{100 * share:.2f}%;top:100%;transform:translateX(-50%)"))
    name = _text(title, "left:50%;top:calc(100% + 18px);transform:translateX(-50%)")
    return "".join([*parts, *legend, name, "</div>"])


def _places(edges: Array) -> list[tuple[float, str]]:
    """Ticks of the logarithmic axis, as shares of its length and labels: powers of ten, or round numbers if few."""
    low, high = math.log10(edges[0]), math.log10(edges[-1])
    decades = list(range(math.ceil(low), math.floor(high) + 1))
    if len(decades) > 2:
        values = [(float(power), f"10{superscript(power)}") for power in decades[:: max(1, len(decades) // 6)]]
    else:
        values = [(math.log10(value), f"{value:g}") for value in _round_numbers(edges[0], edges[-1])]
    return [((value - low) / (high - low), text) for value, text in values]


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten; ticks at equal steps where fewer than two of these lie between."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    between = [value for value in values if low <= value <= high]
    return between if len(between) > 1 else [value for value, _ in ticks(low, high, 3)[0]]


def _text(words: str, place: str) -> str:
    return f'<span style="position:absolute;{place};white-space:nowrap">{words}</span>'
