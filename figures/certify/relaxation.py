"""The relaxation of one unit: the lines by which a method bounds its activation (KW Fig. 2, Tight Fig. 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import torch

from certify.bounds.methods import METHODS
from certify.bounds.methods.back_substitution import BackSubstitution
from certify.bounds.relaxations import Relaxation
from figures.certify.methods import method_style, method_title
from figures.certify.polytope import bound_colour
from figures.style.ink import inked
from figures.style.palette import TRUE_SET, Theme, mix, palette
from figures.words import three_digits
from geometry.network.units import Pair
from geometry.norms import Array

HEIGHT = 320


@dataclass(frozen=True)
class Part:
    """share * max(y, slope y) with y = z + shift: one of the terms that a unit is the sum of."""

    share: float
    shift: float
    slope: float

    def at(self, z: Array) -> Array:
        y = z + self.shift
        return self.share * np.maximum(y, self.slope * y)

    def bends(self, lower: float, upper: float) -> bool:
        """Whether the term bends between two values of z."""
        return self.slope < 1 and lower + self.shift < 0 < upper + self.shift

    def lines(self, relaxation: Relaxation, ends: Array) -> tuple[Array, Array]:
        """The lower and the upper line of a relaxation between the ends, there."""
        if not self.bends(*ends):
            return self.at(ends), self.at(ends)
        y = ends + self.shift
        low_end, high_end = torch.from_numpy(y).reshape(2, 1, 1)
        found = relaxation(low_end, high_end, self.slope)
        below, above = found.lower.item() * y, found.upper.item() * y + found.intercept.item()
        low, high = (below, above) if self.share > 0 else (above, below)
        return self.share * low, self.share * high

    def hull(self, z: Array) -> tuple[Array, Array]:
        """The smallest convex set around the graph from the first to the last z: its lower and its upper side."""
        graph = self.at(z)
        chord = np.interp(z, z[[0, -1]], graph[[0, -1]])
        return (graph, chord) if self.share > 0 else (chord, graph)


def parts_of(slope: float, pair: Pair | None = None) -> tuple[Part, ...]:
    """The terms of a unit max(z, slope z), of |z| = 2 max(z, 0) - z, or of a clip max(z, 0) - max(z - top, 0)."""
    if pair is None:
        return (Part(1.0, 0.0, slope),)
    if math.isinf(pair.top):
        return Part(2.0, 0.0, 0.0), Part(-1.0, 0.0, 1.0)
    return Part(1.0, 0.0, 0.0), Part(-1.0, -pair.top, 0.0)


def _graph(parts: Sequence[Part], z: Array) -> Array:
    return np.sum([part.at(z) for part in parts], axis=0)


def _relaxations() -> dict[str, Relaxation]:
    """The relaxation of each method whose lines follow from the unit's bounds, without those of the interval method."""
    runs = {name: bound.run for name, bound in METHODS.items()}
    return {
        name: run.relaxation
        for name, run in runs.items()
        if isinstance(run, BackSubstitution) and not run.hidden_by_interval
    }


def relaxation_figure(
    lower: float,
    upper: float,
    methods: Sequence[str] = ("fast-lin", "crown"),
    slope: float = 0.0,
    reached: Array | None = None,
    theme: Theme = "light",
    lp: bool = True,
    pair: Pair | None = None,
) -> go.Figure:
    """The graph of max(z, slope z) for lower <= z <= upper, the triangle around it, and each method's lines.

    Of |z| and of a clip, `pair`, each term is relaxed alone: the area and the lines are the sums of the terms'.

    Parameters
    ----------
    lower, upper : the unit's bounds, lower <= upper
    methods : whose lines depend on the unit's bounds alone, as of "fast-lin" (parallel lines, KW's dual) and "crown"
        (slope 1 or `slope` below, by less area)
    slope : of the activation where z < 0
    reached : (m,) pre-activations of inputs in the ball, drawn on the graph
    theme : "light" or "dark"
    lp : the triangle, which is the LP's relaxation, is titled so

    Raises
    ------
    ValueError
        For lower > upper, or a method that draws no lines of its own.
    """
    if not lower <= upper:
        raise ValueError(f"bounds need lower <= upper, got {lower} and {upper}")
    lines_of = _relaxations()
    wrong = [name for name in methods if name not in lines_of]
    if wrong:
        raise ValueError(f"lines are drawn for {', '.join(lines_of)}, got {wrong[0]!r}")
    colours, figure = palette(theme), go.Figure()
    ends, parts = np.array([lower, upper]), parts_of(slope, pair)
    bent = [part for part in parts if part.bends(lower, upper)]
    corners = np.unique([lower, *(-part.shift for part in bent), upper])
    unstable = bool(bent)
    if unstable:
        low, high = np.sum([part.hull(corners) for part in parts], axis=0)
        area = "the triangle" if len(bent) == 1 else "the sum of two triangles"
        figure.add_scatter(
            x=[*corners, *corners[::-1]], y=[*low, *high[::-1]], mode="lines", line_width=0, fill="toself",
            fillcolor=mix(bound_colour("lp", theme), colours.ground, 0.75), hoverinfo="skip",
            name=f"LP: {area}" if lp else area,
        )  # fmt: skip
    for name in methods if unstable else ():
        below, above = np.sum([part.lines(lines_of[name], ends) for part in parts], axis=0)
        dash = method_style(name).dash
        for values, first in ((above, True), (below, False)):
            figure.add_scatter(
                x=ends, y=values, mode="lines", name=method_title(name), legendgroup=name, showlegend=first,
                line={"color": bound_colour(name, theme), "width": 2, "dash": dash},
                customdata=[three_digits(value, down=not first, up=first) for value in values],
                hovertemplate=f"{method_title(name)}: %{{customdata}}<extra></extra>",
            )  # fmt: skip
    margin = 0.15 * max(upper - lower, 1e-9)
    bends = [-part.shift for part in parts if part.bends(lower - margin, upper + margin)]
    wide = np.unique([lower - margin, *corners, *bends, upper + margin])
    figure.add_scatter(
        x=wide, y=_graph(parts, wide), mode="lines", name="the unit itself", hoverinfo="skip",
        line={"color": colours.ink, "width": 2.5},
    )  # fmt: skip
    if reached is not None:
        z = np.asarray(reached, np.float64)
        marker = {"color": TRUE_SET, "size": 6, "line": {"color": colours.ink, "width": 0.5}}
        figure.add_scatter(
            x=z, y=_graph(parts, z), mode="markers", name="reached in the ball", marker=marker, hoverinfo="skip"
        )
    for place, name, down in ((lower, "ℓ", True), (upper, "u", False)):
        figure.add_vline(
            place, line={"color": colours.faint, "width": 1, "dash": "dot"},
            annotation={"text": f"{name} = {three_digits(place, down=down, up=not down)}"},
        )  # fmt: skip
    figure.update_xaxes(title="pre-activation z", zeroline=True, zerolinecolor=colours.faint, showgrid=False)
    figure.update_yaxes(title="activation", zeroline=True, zerolinecolor=colours.faint, showgrid=False)
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 24, "b": 8}, hovermode="closest",
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
    )  # fmt: skip
    return inked(figure, theme)
