"""The card with the verdict, over the picture."""

from __future__ import annotations

from html import escape

import streamlit as st

from figures.style.palette import PROVED, UNKNOWN
from figures.words import Verdict
from pages.shared.card import CARD


def verdict_card(said: Verdict) -> None:
    """The claim in bold, the reason under it. If settled: green, with a tick; if open: grey, with a question mark."""
    colour, sign, title = (PROVED, "✓", "Exact") if said.optimal else (UNKNOWN, "?", "Open")
    st.html(
        f'<div style="{CARD.format(colour=colour)}" data-testid="verdict">'
        f'<div style="font-weight:650">{escape(said.claim)}</div>'
        f'<div style="font-size:.88em;margin-top:.2rem;opacity:.88"><b>{sign} {title}.</b> {escape(said.reason)}</div>'
        "</div>"
    )
