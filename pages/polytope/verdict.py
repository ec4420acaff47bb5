"""Cards with the verdict and with the reason why bound and true set differ, and the legend of the input plane."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from figures.certify.polytope_words import Evidence, Kind, PolytopeVerdict, ball_words
from figures.style.palette import ATTACKED, PROVED, UNKNOWN, Theme, edge_colour, palette
from pages.shared.card import CARD

SIGNS: dict[Kind, tuple[str, str, str]] = {
    "proved": (PROVED, "✓", "Robust"),
    "attacked": (ATTACKED, "✕", "Not robust"),
    "open": (UNKNOWN, "?", "Open"),
    "tie": (UNKNOWN, "?", "A tie"),
}


def verdict_card(said: PolytopeVerdict) -> None:
    """The claim in bold, the reason under it, and a tick, a cross or a question mark."""
    colour, sign, title = SIGNS[said.kind]
    st.html(
        f'<div style="{CARD.format(colour=colour)};min-height:5.1em;overflow-wrap:anywhere" data-testid="verdict" '
        f'data-kind="{said.kind}">'
        f'<div style="font-weight:650">{escape(said.claim)}</div>'
        f'<div style="font-size:.88em;margin-top:.2rem;opacity:.88"><b>{sign} {title}.</b> {escape(said.reason)}</div>'
        "</div>"
    )


def why_card(text: str) -> None:
    """Two sentences on the distance between the true set and its bounds."""
    marked = re.sub(r"\bd_([BD])\b", r"<i>d</i><sub>\1</sub>", escape(text))
    st.html(
        f'<div style="{CARD.format(colour=UNKNOWN)}" data-testid="why"><b>Why the bounds and the true set '
        f"{'agree' if text.startswith('ε ≤') else 'differ'}.</b> {marked}</div>"
    )


def input_legend(known: Evidence, layers: int, theme: Theme) -> str:
    """The legend of the input plane's lines, as HTML."""
    colours = palette(theme)
    marks = [(getattr(colours, known.role), 3, ball_words(known)), (colours.d_D, 3, "decision boundary")]
    marks += [(edge_colour(colours, k, layers), 2, f"units of layer {k + 1} switch") for k in range(min(layers, 4))]
    rows = [
        '<span style="display:inline-flex;align-items:center;gap:6px">'
        f'<i style="width:20px;flex:none;border-top:{width}px solid {colour}"></i>{escape(words)}</span>'
        for colour, width, words in marks
    ]
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:2px 16px;font-size:.87rem;line-height:1.4;'
        f'padding:0 0 0 44px;min-height:46px;align-content:flex-start" data-testid="input-legend">{"".join(rows)}</div>'
    )
