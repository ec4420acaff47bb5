"""Training curves over steps: one colour per objective in every chart, one dash per quantity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from figures.provenance import About, csv_text
from figures.style.palette import SLOTS, Theme, palette
from figures.words import thousands

HEIGHT = 214
MOST_POINTS = 120  # of a line: a chart is 300 pixels wide, and the browser makes an element for each point
DASHES = ("solid", "dot", "dash", "dashdot", "longdash", "longdashdot")


class Curve(Protocol):
    """One quantity over training."""

    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def values(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Chart:
    """One chart. `quantities`: titles by their names in the data; empty for the loss and its terms."""

    title: str
    words: str  # an explanation, shown on request
    quantities: Mapping[str, str]
    share: bool = False  # in percent
    log: bool = False


CHARTS: dict[str, Chart] = {
    "loss": Chart("Loss and its terms", "What each objective minimises, and the terms it adds up.", {}, log=True),
    "error": Chart(
        "Error",
        "Share of the data points that the network gets wrong; that projected gradient descent (PGD) makes wrong "
        "within ε; and that no cheap certificate proves right within ε. The true robust error lies between the "
        "last two.",
        {"clean_error": "clean", "pgd_error": "attacked", "certified_error": "not proved"},
        share=True,
    ),
    "regions": Chart("Linear regions in the window", "All of them, counted exactly.", {"regions": "regions"}),
    "complexity": Chart(
        "Regions around a data point",
        "Local complexity: how many linear regions meet a disc around a data point, on average, counted exactly. Its "
        "radius is a twentieth of the window's shorter side.",
        {"local_complexity": "regions"},
    ),
    "distances": Chart(
        "Mean d_B and d_D",
        "How far the data points are from the nearest region boundary (d_B) and from the decision hyperplane of their "
        "region (d_D).",
        {"mean_d_B": "d_B", "mean_d_D": "d_D"},
    ),
    "optimal": Chart(
        "Points with d_D ≤ d_B",
        "For these Theorem 3.1 gives the smallest perturbation itself, not only a bound.",
        {"optimal": "share"},
        share=True,
    ),
    "unstable": Chart(
        "Unstable units",
        "How many units may be on or off within ε of a data point, on average: there relaxations lose.",
        {"unstable": "units"},
    ),
}
LOSS, TERM = "loss", "term "  # the name of the loss, and the prefix of its terms' names


def curves_figure(
    chart: str,
    curves: Mapping[str, Mapping[str, Curve]],
    at: int | None = None,
    theme: Theme = "light",
    term_titles: Mapping[str, str] | None = None,
) -> go.Figure:
    """One of CHARTS, in the theme's ink.

    Built in one call: Plotly validates the whole figure at every call that adds to it, which takes ten times as long.

    Parameters
    ----------
    chart : a name in CHARTS
    curves : by objective, in the order of their colours; then by quantity of CHARTS, LOSS, or TERM and a term's name
    at : the step on screen, marked by a line; None for the latest
    term_titles : titles of the loss's terms, where they differ from their names
    """
    shown, names, colours = CHARTS[chart], shown_names(chart, curves, term_titles), palette(theme)
    dashes = dict(zip(names, cycle(DASHES)))
    lines = [
        _line(quantities[name], objective, title, SLOTS[theme][slot], dashes[name], shown)
        for slot, (objective, quantities) in enumerate(curves.items())
        for name, title in names.items()
        if name in quantities and len(quantities[name].steps)
    ]
    samples = [_sample(title, colours.ink, dashes[name]) for name, title in names.items()] if len(names) > 1 else []
    marks = [] if at is None else [{"type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper"}]
    tick = {"nticks": 5, "tickfont": {"color": colours.ink}}
    layout = {
        "height": HEIGHT,
        "margin": {"l": 4, "r": 6, "t": 10, "b": 4},
        "hovermode": "closest",
        "hoverdistance": 40,
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 11, "color": colours.ink},
        },
        "separators": ".\u2009",
        "uirevision": chart,
        "xaxis": {**tick, "rangemode": "tozero", "tickformat": ",d", "showgrid": False},
        "yaxis": {**tick, **_range(shown, [line["y"] for line in lines])},
        "shapes": [{**mark, "line": {"color": colours.faint, "width": 1.5}} for mark in marks],
    }
    return go.Figure({"data": lines + samples, "layout": layout})


def shown_names(
    chart: str, curves: Mapping[str, Mapping[str, Curve]], term_titles: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The quantities of a chart that any objective has, in their order, with their titles."""
    quantities = CHARTS[chart].quantities
    present = {name: None for of_objective in curves.values() for name in of_objective}
    if quantities:
        return {name: title for name, title in quantities.items() if name in present}
    terms = [name for name in present if name.startswith(TERM)]
    titles = {name: name.removeprefix(TERM) for name in terms}
    return {LOSS: "loss"} | {name: (term_titles or {}).get(title, title) for name, title in titles.items()}


def curves_csv(curves: Mapping[str, Mapping[str, Curve]], about: About) -> str:
    """The metadata and one row per objective, quantity and step."""
    rows = (
        (objective, name, step, value)
        for objective, quantities in curves.items()
        for name, curve in quantities.items()
        for step, value in zip(curve.steps.tolist(), curve.values.tolist())
    )
    return csv_text(about, ["objective", "quantity", "step", "value"], rows)


def _line(curve: Curve, objective: str, title: str, colour: str, dash: str, chart: Chart) -> dict[str, Any]:
    values = 100 * curve.values if chart.share else np.where(np.isfinite(curve.values), curve.values, np.nan)
    shown = _spread(len(values))
    number, main = "%{y:.1f} %" if chart.share else "%{y:,.3~g}", dash == DASHES[0]
    return {
        "type": "scatter",
        "x": curve.steps[shown],
        "y": values[shown],
        "mode": "lines+markers",  # invisible markers: clicks select markers, not lines
        "line": {"color": colour, "dash": dash, "width": 2.2 if main else 1.3},
        "opacity": 1 if main else 0.75,
        "marker": {"color": colour, "size": 7, "opacity": 1 if len(values) == 1 else 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
        "name": title,
        "showlegend": False,
        "customdata": [thousands(step) for step in curve.steps[shown].tolist()],
        "hovertemplate": f"<b>{objective}</b> · {_subscripted(title)} {number}<br>step %{{customdata}}<extra></extra>",
    }


def _spread(count: int) -> NDArray[np.intp]:
    """At most MOST_POINTS indices, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.intp))


def _sample(title: str, colour: str, dash: str) -> dict[str, Any]:
    """A quantity's row in the legend, in no objective's colour."""
    line = {"color": colour, "dash": dash, "width": 1.6}
    return {"type": "scatter", "x": [None], "y": [None], "mode": "lines", "name": _subscripted(title), "line": line}


def _range(chart: Chart, values: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """The vertical axis: shares from 0 to 100, losses in powers of ten, the rest from 0."""
    if chart.share:
        return {"range": [-2, 102], "ticksuffix": " %"}
    finite = np.concatenate([line[np.isfinite(line)] for line in values] or [np.empty(0)])
    positive = finite[finite > 0]
    if len(positive) == 0:
        return {"range": [0, 1]}
    if not chart.log:
        return {"rangemode": "tozero", "separatethousands": True}
    low, high = np.log10(max(positive.min(), 1e-6 * positive.max())), np.log10(positive.max())
    decades = {"dtick": 1} if high - low > 1 else {}
    return {"type": "log", "range": [low - 0.1, high + 0.1], "exponentformat": "power", **decades}


def _subscripted(title: str) -> str:
    """d_B and d_D with HTML subscripts."""
    return title.replace("d_B", "d<sub>B</sub>").replace("d_D", "d<sub>D</sub>")
