"""The panel beside the picture: what is proved about the pinned point, in words and in numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from figures.style.palette import class_colour
from figures.words import GLOSSARY, affine_terms, class_name, subscript, three_digits, verdict
from geometry.distances.theorem31 import Theorem31
from geometry.norms import Array, Norm
from geometry.polygons import polygon_area
from geometry.regions.region import Region
from geometry.regions.region_map import RegionMap
from pages.shared.card import CARD
from pages.shared.theme import browser_theme

MOST_UNITS_SHOWN = 400  # units of a layer in the list of the pattern; a limit on its length
TRACK = "background:color-mix(in srgb,currentColor 8%,transparent);border-radius:4px;height:.7rem"


def empty_panel() -> None:
    """The panel without a pin: how to pin a point."""
    with st.container(border=True):
        st.markdown("**Click anywhere in the picture** to ask what can be proved about that point.")
        st.caption("Hover to read a region. Wheel or pinch zooms, drag pans (or turns the surface), ? shows all keys.")


def spoken(theorem: Theorem31, p: Norm, predicted: int, names: Sequence[str] = ()) -> str:
    """The verdict as text for screen readers; `names` are those of the classes."""
    verdict_words = verdict(theorem, p, predicted, names)
    return f"{verdict_words.claim} {verdict_words.reason}"


def pinned_panel(
    region: Region, theorem: Theorem31, p: Norm, region_maps: Sequence[RegionMap], names: Sequence[str] = ()
) -> None:
    """Verdict, d_B, d_D and radius, class scores, and the region, of the pinned point; `names` are the classes'."""
    _verdict(theorem, p, region.predicted, names)
    columns = st.container(key="reading-distances").columns(3, gap="small")
    for column, label, value, words in zip(
        columns, ("d_B", "d_D", "radius"), (theorem.d_B, theorem.d_D, theorem.radius), ("d_B", "d_D", "radius")
    ):
        met = theorem.optimal and label == "radius"  # it is d_D, but for rounding
        shown = three_digits(theorem.d_D if met else value, down=True)
        column.metric(label, f"≈ {shown}" if met and value < theorem.d_D else shown, help=GLOSSARY[words])
    st.html(_scores(region.scores, names))
    _region(region, region_maps)


def _verdict(theorem: Theorem31, p: Norm, predicted: int, names: Sequence[str]) -> None:
    verdict_words = verdict(theorem, p, predicted, names)
    colour, sign = ("#1B7F4B", "✓") if verdict_words.optimal else ("#6B7280", "≥")
    title = "Optimal" if verdict_words.optimal else "Lower bound"
    claim = f'<div style="font-weight:650">{escape(verdict_words.claim)}</div>'
    reason = f"<b>{sign} {title}.</b> {_marked(verdict_words.reason)}"
    st.html(
        f'<div style="{CARD.format(colour=colour)}" data-testid="verdict">{claim}'
        f'<div style="font-size:.88em;margin-top:.3rem;opacity:.88">{reason}</div></div>'
    )


def _marked(text: str) -> str:
    """Plain text as HTML, with d_B and d_D in italics with subscripts."""
    return re.sub(r"\bd_([BD])\b", r"<i>d</i><sub>\1</sub>", escape(text))


def _scores(logits: Array, names: Sequence[str]) -> str:
    """One bar per class, from the smallest score to the largest."""
    low, high = float(logits.min()), float(logits.max())
    span = high - low or 1.0
    rows = []
    for label, value in enumerate(logits.tolist()):
        width = 4 + 96 * (value - low) / span
        colour = class_colour(label, len(names), browser_theme())
        bar = f'<div style="width:{width:.1f}%;height:100%;border-radius:4px;background:{colour}"></div>'
        weight = 650 if label == int(logits.argmax()) else 400
        rows.append(
            f'<div style="font-weight:{weight};white-space:nowrap">{escape(class_name(label, names))}</div>'
            f'<div style="{TRACK}">{bar}</div>'
            f'<div style="text-align:right;font-weight:{weight}">{three_digits(value)}</div>'
        )
    return (
        '<div style="font-size:.85em;font-variant-numeric:tabular-nums;display:grid;align-items:center;'
        'grid-template-columns:auto 1fr auto;gap:.25rem .6rem">' + "".join(rows) + "</div>"
    )


def _region(region: Region, region_maps: Sequence[RegionMap]) -> None:
    """The linear region of the pin: area and faces in the first map that has it, active units, affine map, pattern."""
    located = [(regions, int(regions.locate(region.x[None])[0])) for regions in region_maps]
    regions, index = next((entry for entry in located if entry[1] >= 0), located[0])
    pattern, widths = region.network.module_pattern(region.pattern), region.network.module_widths
    layers = np.split(pattern, np.cumsum(widths)[:-1]) if len(pattern) else []
    st.markdown("**The region**", help=GLOSSARY["region"])
    if index >= 0:
        corners, faces = regions.polygon(index), int(regions.faces()[index])
        st.html(
            _facts(
                [
                    ("area in view", three_digits(abs(polygon_area(corners)))),
                    ("sides", str(faces)),
                    ("units on", _on(layers)),
                ]
            )
        )
    else:
        st.caption(f"Outside the window; units on: {_on(layers)}")
    with st.container(key="reading-map"), st.expander("Affine map and pattern"):
        affine_maps = zip(region.V[-1].tolist(), region.a[-1].tolist())
        terms = [
            f"f{subscript(k)} = {affine_terms(np.array([*row, offset]))}" for k, (row, offset) in enumerate(affine_maps)
        ]
        st.html(_lines(terms))
        for number, on in enumerate(layers, 1):
            units = "".join("■" if unit else "□" for unit in on[:MOST_UNITS_SHOWN])
            more = "…" if len(on) > MOST_UNITS_SHOWN else ""
            st.html(
                _lines([f"layer {number}"]) + f'<div style="word-break:break-all;line-height:1.15">{units}{more}</div>'
            )


def _on(layers: list[np.ndarray]) -> str:
    return " · ".join(f"{int(on.sum())} of {len(on)}" for on in layers) or "the network has none"


def _facts(facts: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<div style="opacity:.75">{name}</div><div style="text-align:right">{value}</div>' for name, value in facts
    )
    return (
        '<div style="display:grid;grid-template-columns:auto 1fr;gap:.1rem 1rem;font-size:.88em;'
        f'font-variant-numeric:tabular-nums">{cells}</div>'
    )


def _lines(lines: list[str]) -> str:
    text = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f'<div style="font-size:.85em;font-variant-numeric:tabular-nums">{text}</div>'
