"""Widths, dashes and opacities of lines: one table for the live picture, the SVG and the film."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from figures.regions.overlays import Known

Dash = tuple[float, ...]  # lengths of dashes and gaps, in turn; empty for a solid line


@dataclass(frozen=True)
class Strokes:
    """Lengths are in CSS pixels."""

    edge: tuple[float, float] = (1.4, 0.75)  # first layer, last layer
    edge_sample: tuple[float, float] = (1.7, 0.9)  # in the legend
    crowded_edge: float = 0.45  # share of its width that an edge keeps among very many
    boundary: float = 2.6
    boundary_casing: float = 4.6  # the whole width of the casing
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
    small_data_ball: float = 1.4  # where the radius is below `small_radius`
    small_radius: float = 14.0
    data_ball_fill: float = 0.12  # opacity
    verdict_dashes: Mapping[Known, Dash] = field(
        default_factory=lambda: {"unknown": (1.5, 3.5), "proved": (), "attacked": (6, 3.5)}
    )
    casing: float = 2.4  # by how much a casing is wider than its line
    casing_opacity: float = 0.85
    pin: tuple[tuple[float, str], ...] = ((9, "#000000"), (8, "#ffffff"), (4.6, "#000000"))  # radius, colour

    def around(self, radius: float) -> float:
        """The width of the outline of a ball around a data point."""
        return self.small_data_ball if radius < self.small_radius else self.data_ball


STROKES = Strokes()
MANY_EDGES = 3000  # more edges are drawn finer; the same number as in figures/live_view/core/edges.js


def layer_width(widths: tuple[float, float], layer: int, layers: int) -> float:
    """The width of the edges of layer 0..layers-1, linear between those of the first and the last layer."""
    first, last = widths
    return first + (last - first) * layer / max(layers - 1, 1)


def crowded(width: float, edges: int) -> float:
    """The width of an edge where so many are drawn."""
    return width * (STROKES.crowded_edge + (1 - STROKES.crowded_edge) * sparsity(edges))


def sparsity(edges: int) -> float:
    """1 up to MANY_EDGES edges, falling towards 0 for more. figures/live_view/core/edges.js computes the same."""
    return min(1.0, (MANY_EDGES / max(edges, 1)) ** 0.5)
