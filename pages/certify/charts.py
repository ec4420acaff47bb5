"""Plotly figures with a button that saves them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from figures.provenance import About
from figures.style.ink import Figure, inked
from pages.certify.state import STATE, CertifyState
from pages.shared.in_view import plot, remade, save_button
from pages.shared.theme import browser_theme


def chart(make: Callable[[], Figure], of: Sequence[object], name: str, says: str, about: About) -> None:
    """Draw a Plotly figure whose toolbar has only the button that saves it. The file's name comes from `about`.

    `make` makes the figure anew when one of the values in `of`, on which it depends, has changed (`remade`).
    """
    theme = browser_theme()
    figure = remade(f"chart-{name}", (*of, theme), lambda: inked(make(), theme))
    plot(figure, f"chart-{name}", says, save_button(about, name, format=STATE.picture_format.lower(), scale=2))


def picture_format() -> None:
    """The control for the format of saved pictures, which the link carries, too."""
    st.segmented_control(
        "Pictures as",
        ["PNG", "SVG"],
        default=STATE.picture_format,
        key=CertifyState.picture_format.key,
        required=True,
        width="stretch",
        persist_state="session",
        help="The camera over a picture saves it; tables have a CSV button.",
    )
