"""The adversarial polytope of a network of the plane, and its outer bounds (KW Figs. 6 and 7)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from certify import polytopes
from figures.papers.drawn import Drawn
from figures.papers.lines import Axis, Line, line_chart
from figures.style.palette import Theme
from geometry.norms import Array
from papers.experiment import Column, Measured
from papers.result_files import rounded

METHODS = ("fast-lin", "layerwise")
COLUMNS = (
    Column("true", "true set", "", "neither", says="area relative to its convex hull"),
    Column("fast-lin", "KW's outer bound", "", "neither", says="area relative to the convex hull of the true set"),
    Column("layerwise", "layerwise bounds", "", "neither", says="area relative to the convex hull of the true set"),
)


def measured_polytopes(network: nn.Sequential, x: Array, eps: float) -> Measured:
    """Areas relative to the hull's, and outlines of the hull and of KW's outer bound."""
    sets = polytopes(network.double().requires_grad_(False), x, eps, math.inf, None, METHODS)
    ratios = {name: float(ratio) for name, ratio in sets.ratios.items() if name in {column.name for column in COLUMNS}}
    outlines = {"hull": sets.reached.hull, "fast-lin": sets.outer["fast-lin"]}
    series = {name: [rounded(side) for side in np.asarray(shape.exterior.coords).T] for name, shape in outlines.items()}
    return Measured(ratios, 1, series)


def draw_outlines(title: str, series: Mapping[str, Any], theme: Theme) -> Drawn:
    """The outlines of one result."""
    names = {"fast-lin": "KW's outer bound", "hull": "convex hull of the true set"}
    lines = [
        Line(words, [*map(float, series[name][0])], [*map(float, series[name][1])]) for name, words in names.items()
    ]
    return Drawn(line_chart(lines, Axis("first output"), Axis("second output"), theme), f"Outputs reached: {title}.")
