"""The choice of named numbers, in shares of their ranges, and how the page shows one point of their space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import streamlit as st

from figures.words import three_digits
from geometry.norms import Array
from models.vectors.inputs import Inputs
from models.vectors.table import Table
from pages.slices.images import Choice, Words

UNIT = "in shares of each input's range: 0.01 is one percent of it"
WORDS = Words(
    "point", "points", "Within the ranges", "Only points with all inputs within their ranges count as perturbed: every "
    "certificate, attack and ball stays within them.", ", within the ranges of all inputs", UNIT,
)  # fmt: skip
TALL = 22  # rem, the height of a list of values before it scrolls
SAME = 1e-9  # of a range: a smaller change is none


@dataclass(frozen=True, eq=False)
class NumbersChoice(Choice):
    """Named inputs and, where there is a table, its rows. `images` holds them in shares of the ranges."""

    inputs: Inputs
    table: Table | None
    at: str = ""  # what spans a plane over two inputs, as text; else empty

    @property
    def is_set(self) -> bool:
        return False

    @property
    def words(self) -> Words:
        return WORDS

    def image(self, slot: int) -> Array:
        """The chosen row in a slot, (d,) shares in float64."""
        if self.table is None:
            return np.full(len(self.inputs), 0.5)
        return self.inputs.shares(self.table.x[self.chosen[slot]])

    def sections(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return ("numbers", "edges", "maps") if len(names) == 3 else ("numbers", "maps")

    def spanned(self, names: tuple[str, ...]) -> str:
        return f"{self.name}: {self.at}" if self.at else super().spanned(names)

    def show(self, x: Array, caption: str) -> None:
        """A list of the inputs with their values."""
        values = self.inputs.values(x)
        rows = [
            f"<span>{escape(item.name)}</span><b>{_number(value)}</b><span>{escape(item.unit)}</span>"
            for item, value in zip(self.inputs.items, values.tolist())
        ]
        st.html(
            f'<div data-testid="pinned-values" style="font-size:.86rem"><div style="opacity:.8">{escape(caption)}</div>'
            f'<div tabindex="0" style="{_grid("minmax(0,1fr) auto auto")}">{"".join(rows)}</div></div>'
        )

    def show_others(self, slot: int, network: str, x: Array, others: Sequence[tuple[str, str, Array]]) -> None:
        """A list of the inputs that change: their values at x and at the other points."""
        if not others:
            return
        changes = np.stack([other - x for _, _, other in others])
        order = np.flatnonzero((np.abs(changes) > SAME).any(axis=0))
        order = order[np.argsort(-np.abs(changes[:, order]).max(axis=0), kind="stable")]
        columns = [self.inputs.values(point) for point in (x, *(other for _, _, other in others))]
        head = "".join(f"<span>{escape(text)}</span>" for text in ("here", *(name for name, _, _ in others)))
        rows = "".join(
            f"<span>{escape(self.inputs[place].title)}</span>"
            + "".join(f"<span>{_number(float(values[place]))}</span>" for values in columns)
            for place in order.tolist()
        )
        count = len(columns)
        st.html(
            f'<div data-testid="changes" tabindex="0" style="font-size:.86rem;'
            f'{_grid(f"minmax(6em,auto) repeat({count},minmax(4em,1fr))")}">'
            f'<span style="opacity:.8">the change</span>{head}{rows}</div>'
        )


def _grid(columns: str) -> str:
    return (
        f"display:grid;grid-template-columns:{columns};gap:.1rem .6rem;font-variant-numeric:tabular-nums;"
        f"max-height:{TALL}rem;overflow:auto;overflow-wrap:anywhere"
    )


def _number(value: float) -> str:
    """Five significant digits where a value has them: an input is chosen, not measured."""
    return (
        three_digits(value) if value == float(f"{value:.3g}") or abs(value) >= 1e5 else f"{value:.5g}".replace("-", "−")
    )
