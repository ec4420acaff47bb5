"""The trade-off of trained networks: clean error against the error that is not proved, one dot a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import plotly.graph_objects as go

from figures.provenance import About, csv_text
from figures.style.palette import CLASS_COLOURS, Theme, palette

HEIGHT = 380
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star")
SMALL, LARGE = 9, 13  # sizes of a dot off the front and on it


@dataclass(frozen=True)
class Dot:
    """A network. Errors are shares; the robust error lies between `attacked` and `certified`.

    `group` is what it is coloured by, its objective as a rule. `front`: no other network is as good in both errors and
    better in one.
    """

    title: str
    group: str
    clean: float
    attacked: float
    certified: float
    front: bool


def pareto_figure(dots: Sequence[Dot], theme: Theme = "light") -> go.Figure:
    """Dots by clean error and error not proved, in percent. A thin line leads down to what an attack reaches.

    The front is a step line: a network at a corner dominates all that lies above and right of it. The trace of a group
    has the numbers of its dots, their places in `dots`, as custom data.
    """
    colours, groups = palette(theme), list(dict.fromkeys(dot.group for dot in dots))
    traces = [_front(dots, colours.faint), _gaps(dots, colours.faint)]
    traces += [
        _group(dots, group, CLASS_COLOURS[place % len(CLASS_COLOURS)], SYMBOLS[place % len(SYMBOLS)])
        for place, group in enumerate(groups)
    ]
    axis: dict[str, Any] = {"ticksuffix": " %", "rangemode": "tozero", "tickfont": {"color": colours.ink}}
    layout = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
        "hovermode": "closest",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0},
        "xaxis": {**axis, "title": "clean error"},
        "yaxis": {**axis, "title": "not proved robust"},
        "separators": ".\u2009",
        "uirevision": "pareto",
    }
    return go.Figure({"data": traces, "layout": layout})


def pareto_csv(dots: Sequence[Dot], about: About) -> str:
    """The metadata and one row per network."""
    rows = ((dot.title, dot.group, dot.clean, dot.attacked, dot.certified, dot.front) for dot in dots)
    return csv_text(about, ["network", "objective", "clean", "attacked", "not proved", "on the front"], rows)


def _group(dots: Sequence[Dot], group: str, colour: str, symbol: str) -> dict[str, Any]:
    places = [place for place, dot in enumerate(dots) if dot.group == group]
    mine = [dots[place] for place in places]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [100 * dot.clean for dot in mine],
        "y": [100 * dot.certified for dot in mine],
        "name": group,
        "customdata": [[place, 100 * dot.attacked, escape(dot.title)] for place, dot in zip(places, mine)],
        "marker": {
            "color": colour,
            "symbol": symbol,
            "size": [LARGE if dot.front else SMALL for dot in mine],
            "opacity": [1 if dot.front else 0.6 for dot in mine],
        },
        "hovertemplate": "<b>%{customdata[2]}</b><br>clean %{x:.2f} %, attacked %{customdata[1]:.2f} %, "
        "not proved %{y:.2f} %<extra></extra>",
    }


def _front(dots: Sequence[Dot], colour: str) -> dict[str, Any]:
    """The front, from left to right."""
    corners = sorted((100 * dot.clean, 100 * dot.certified) for dot in dots if dot.front)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [clean for clean, _ in corners],
        "y": [certified for _, certified in corners],
        "line": {"color": colour, "shape": "hv", "width": 1.5},
        "name": "front",
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _gaps(dots: Sequence[Dot], colour: str) -> dict[str, Any]:
    """From each dot down to the error after an attack."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for dot in dots for x in (100 * dot.clean, 100 * dot.clean, None)],
        "y": [y for dot in dots for y in (100 * dot.certified, 100 * dot.attacked, None)],
        "line": {"color": colour, "width": 1, "dash": "dot"},
        "name": "attacked",
        "hoverinfo": "skip",
        "showlegend": False,
    }
