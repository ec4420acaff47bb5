"""The relaxation of one unit: the lines by which a method bounds its activation (KW Fig. 2, Tight Fig. 1)."""

from __future__ import annotations

from collections.abc import Sequence

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
from geometry.norms import Array

HEIGHT = 320


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
) -> go.Figure:
    """The graph of max(z, slope z) for lower <= z <= upper, the triangle around it, and each method's lines.

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
    ends = np.array([lower, upper])
    corners = np.array([lower, *([0.0] if lower < 0 < upper else []), upper])
    graph = np.maximum(corners, slope * corners)
    unstable = len(corners) == 3
    if unstable:
        figure.add_scatter(
            x=[*corners, lower], y=[*graph, graph[0]], mode="lines", line_width=0, fill="toself", hoverinfo="skip",
            fillcolor=mix(bound_colour("lp", theme), colours.ground, 0.75),
            name="LP: the triangle" if lp else "the triangle",
        )  # fmt: skip
    for name in methods if unstable else ():
        lines = lines_of[name](torch.tensor([[lower]]).double(), torch.tensor([[upper]]).double(), slope)
        below = lines.lower.item() * ends
        above = lines.upper.item() * ends + lines.intercept.item()
        dash = method_style(name).dash
        for values, first in ((above, True), (below, False)):
            figure.add_scatter(
                x=ends, y=values, mode="lines", name=method_title(name), legendgroup=name, showlegend=first,
                line={"color": bound_colour(name, theme), "width": 2, "dash": dash},
                customdata=[three_digits(value, down=not first, up=first) for value in values],
                hovertemplate=f"{method_title(name)}: %{{customdata}}<extra></extra>",
            )  # fmt: skip
    margin = 0.15 * max(upper - lower, 1e-9)
    wide = np.unique([lower - margin, *corners, 0.0 if lower - margin < 0 < upper + margin else lower, upper + margin])
    figure.add_scatter(
        x=wide, y=np.maximum(wide, slope * wide), mode="lines", name="the unit itself", hoverinfo="skip",
        line={"color": colours.ink, "width": 2.5},
    )  # fmt: skip
    if reached is not None:
        z = np.asarray(reached, np.float64)
        marker = {"color": TRUE_SET, "size": 6, "line": {"color": colours.ink, "width": 0.5}}
        figure.add_scatter(
            x=z, y=np.maximum(z, slope * z), mode="markers", name="reached in the ball", marker=marker, hoverinfo="skip"
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
