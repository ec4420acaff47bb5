"""Charts of the papers' figures: lines or bars with one colour and one dash for each name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from figures.style.ink import Figure, plot_text
from figures.style.palette import CLASS_COLOURS, Theme, mix

HEIGHT = 380
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
LAYOUT: dict[str, Any] = {
    "height": HEIGHT,
    "margin": {"l": 8, "r": 8, "t": 20, "b": 8},
    "hovermode": "closest",
    "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
}


@dataclass(frozen=True)
class Line:
    """One line; lines of the same `group` have one colour, and differ in their dash."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    group: str = ""


@dataclass(frozen=True)
class Axis:
    """An axis: its title, its unit after the numbers, and whether it is logarithmic."""

    title: str
    unit: str = ""
    log: bool = False


def line_chart(lines: Sequence[Line], x: Axis, y: Axis, theme: Theme) -> Figure:
    """The lines, in the order of the legend."""
    groups = list(dict.fromkeys(line.group or line.name for line in lines))
    dashes = {group: cycle(DASHES) for group in groups}
    figure = go.Figure(layout=LAYOUT)
    for line in lines:
        group = line.group or line.name
        style = {"color": colour(groups.index(group), theme), "dash": next(dashes[group]), "width": 2.2}
        mode = "lines" if len(line.x) > 1 else "markers"
        figure.add_scatter(x=list(line.x), y=list(line.y), name=plot_text(line.name), mode=mode, line=style)
    return _with_axes(figure, x, y)


def bar_chart(bars: Mapping[str, Mapping[str, float]], y: Axis, theme: Theme) -> Figure:
    """Groups of bars: by the name of a series, its value at each place of the horizontal axis."""
    figure = go.Figure(layout={**LAYOUT, "barmode": "group"})
    for number, (name, values) in enumerate(bars.items()):
        places = [plot_text(place) for place in values]
        shade = {"color": colour(number, theme), "pattern": {"shape": ("", "/", ".", "x")[number % 4]}}
        figure.add_bar(x=places, y=list(values.values()), name=plot_text(name), marker=shade)
    return _with_axes(figure, Axis(""), y)


def colour(number: int, theme: Theme) -> str:
    """The colour of the number-th line: that of a class, with more contrast against the theme's ground."""
    ground = "#FFFFFF" if theme == "dark" else "#000000"
    return mix(CLASS_COLOURS[number % len(CLASS_COLOURS)], ground, 0.25)


def _with_axes(figure: Figure, x: Axis, y: Axis) -> Figure:
    for axis, update in ((x, figure.update_xaxes), (y, figure.update_yaxes)):
        kind = {"type": "log"} if axis.log else {}
        update(title=axis.title, ticksuffix=f" {axis.unit}" if axis.unit else "", **kind)
    return figure
