"""The choice of named numbers, in shares of their ranges, and how the page shows one point of their space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geometry import Plane
from geometry.content import content_key
from geometry.norms import Array
from models.data.images import OwnSet
from models.vectors.inputs import Inputs
from models.vectors.table import Table
from pages.shared.hand_over import name_inputs
from pages.shared.image_sets import own_sets
from pages.shared.named_values import show_changes, show_values, value_text
from pages.slices.images import Choice, Words

UNIT = "in shares of each input's range: 0.01 is one percent of it"
WORDS = Words(
    "point", "points", "Within the ranges", "Only points with all inputs within their ranges count as perturbed: every "
    "certificate, attack and ball stays within them.", ", within the ranges of all inputs", UNIT,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class NumbersChoice(Choice):
    """Named inputs and, where there is a table, its rows. `images` holds them in shares of the ranges."""

    inputs: Inputs
    table: Table | None
    at: str = ""  # what spans a plane over two inputs, as text; else empty

    def known_set(self, bands: tuple[str, ...]) -> str:
        """The rows within the ranges, or the middle of these, as a set that all pages know.

        Its inputs keep their names. With bands of a number it has no labels.
        """
        x, y = self.x, np.full_like(self.y, -1) if bands else self.y
        legal = ((x >= 0) & (x <= 1)).all(axis=1)
        x, y = (x[legal], y[legal]) if legal.any() else (np.full((1, len(self.inputs)), 0.5, np.float32), y[:1] * 0 - 1)
        own = OwnSet(f"{self.name}, in shares of the ranges", {"test": (x, y)}, bands or self.classes)
        name = f"own-{content_key(own.key, self.inputs)}"
        own_sets().put(name, own)
        name_inputs(name, self.inputs)
        return name

    def other_inputs(self, plane: Plane) -> dict[int, str]:
        return {
            place: item.name
            for place, item in enumerate(self.inputs.items)
            if plane.u[place] == 0 and plane.v[place] == 0
        }

    def value_of(self, place: int, x: Array) -> str:
        item = self.inputs[place]
        return f"{item.name} = {value_text(float(self.inputs.values(x)[place]))} {item.unit}".strip()

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
        show_values(self.inputs, x, caption)

    def show_others(self, slot: int, network: str, x: Array, others: Sequence[tuple[str, str, Array]]) -> None:
        """A list of the inputs that change: their values at x and at the other points."""
        show_changes(self.inputs, x, [(name, other) for name, _, other in others])
