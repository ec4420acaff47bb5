"""Widths and dashes of lines, as the live picture, the SVG and the film draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from figures.regions.overlays import Known

Dash = tuple[float, ...]  # lengths of drawn and left parts, in turn; empty for a solid line


@dataclass(frozen=True)
class Strokes:
    """In CSS pixels."""

    edge: tuple[float, float] = (1.4, 0.75)  # first layer, last layer
    edge_sample: tuple[float, float] = (1.7, 0.9)  # in the legend
    boundary: float = 2.6
    boundary_casing: float = 4.6  # its whole width
    lit: float = 3.5
    lit_casing: float = 7.0
    ball: float = 2.6
    hyperplane: float = 2.0
    hyperplane_dash: Dash = (9, 6)
    region: float = 1.8
    class_region: float = 1.2
    class_region_dash: Dash = (2, 3)
    witness: float = 3.0
    hovered: float = 1.6
    data_ball: float = 2.0
    small_data_ball: float = 1.4  # of a radius below `small_radius`
    small_radius: float = 14.0
    verdict_dashes: Mapping[Known, Dash] = field(
        default_factory=lambda: {"unknown": (1.5, 3.5), "proved": (), "attacked": (6, 3.5)}
    )
    casing: float = 2.4  # a cased line's casing is so much wider
    casing_opacity: float = 0.85
    pin: tuple[tuple[float, str], ...] = ((9, "#000000"), (8, "#ffffff"), (4.6, "#000000"))  # radius, colour

    def around(self, radius: float) -> float:
        """Of the outline of a ball around a data point."""
        return self.small_data_ball if radius < self.small_radius else self.data_ball


STROKES = Strokes()
MANY_EDGES = 3000  # more lines are drawn finer


def layer_width(widths: tuple[float, float], layer: int, layers: int) -> float:
    """Of layer 0..layers-1, straight between the widths of the first and of the last."""
    first, last = widths
    return first + (last - first) * layer / max(layers - 1, 1)


def crowded(width: float, edges: int) -> float:
    """The width of an edge among so many."""
    return width * (0.45 + 0.55 * min(1.0, (MANY_EDGES / max(edges, 1)) ** 0.5))
