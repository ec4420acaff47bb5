"""A list of named inputs with their values in their own units."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from figures.words import three_digits
from geometry.norms import Array
from models.vectors.inputs import Inputs

TALL = 22  # rem, the height of a list before it scrolls
SAME = 1e-9  # of a range: a smaller change is none


def show_values(inputs: Inputs, x: Array, caption: str, mark: str = "pinned-values") -> None:
    """Every input with its value at x, (d,) shares of the ranges; `mark` names the list in the page."""
    rows = "".join(
        f"<span>{escape(item.name)}</span><b>{value_text(value)}</b><span>{escape(item.unit)}</span>"
        for item, value in zip(inputs.items, inputs.values(x).tolist())
    )
    st.html(
        f'<div data-testid="{mark}" style="font-size:.86rem"><div style="opacity:.8">{escape(caption)}</div>'
        f'<div tabindex="0" style="{_grid("minmax(0,1fr) auto auto")}">{rows}</div></div>'
    )


def show_changes(inputs: Inputs, x: Array, others: Sequence[tuple[str, Array]]) -> None:
    """The inputs that differ between x and other points, each with its title: the largest change first."""
    if not others:
        return
    changes = np.stack([other - x for _, other in others])
    order = np.flatnonzero((np.abs(changes) > SAME).any(axis=0))
    order = order[np.argsort(-np.abs(changes[:, order]).max(axis=0), kind="stable")]
    columns = [inputs.values(point) for point in (x, *(other for _, other in others))]
    head = "".join(f"<span>{escape(text)}</span>" for text in ("here", *(name for name, _ in others)))
    rows = "".join(
        f"<span>{escape(inputs[place].title)}</span>"
        + "".join(f"<span>{value_text(float(values[place]))}</span>" for values in columns)
        for place in order.tolist()
    )
    st.html(
        f'<div data-testid="changes" tabindex="0" style="font-size:.86rem;'
        f'{_grid(f"minmax(6em,auto) repeat({len(columns)},minmax(4em,1fr))")}">'
        f'<span style="opacity:.8">the change</span>{head}{rows}</div>'
    )


def value_text(value: float) -> str:
    """Five significant digits where a value has them: an input is chosen, not measured."""
    return (
        three_digits(value) if value == float(f"{value:.3g}") or abs(value) >= 1e5 else f"{value:.5g}".replace("-", "−")
    )


def _grid(columns: str) -> str:
    return (
        f"display:grid;grid-template-columns:{columns};gap:.1rem .6rem;font-variant-numeric:tabular-nums;"
        f"max-height:{TALL}rem;overflow:auto;overflow-wrap:anywhere"
    )
