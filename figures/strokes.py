"""Widths and dashes of lines, as the live picture, the SVG and the film draw them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from figures.overlays import Known

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
    small_data_ball: float = 1.4
    verdict_dashes: Mapping[Known, Dash] = field(
        default_factory=lambda: {"unknown": (1.5, 3.5), "proved": (), "attacked": (6, 3.5)}
    )
    casing: float = 2.4  # a cased line's casing is so much wider
    casing_opacity: float = 0.85
    pin: tuple[tuple[float, str], ...] = ((9, "#000000"), (8, "#ffffff"), (4.6, "#000000"))  # radius, colour
    palest: float = 0.3  # share of a class's full colour where the margin is 0


STROKES = Strokes()
