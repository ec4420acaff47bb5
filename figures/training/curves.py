"""How training goes, as curves over its steps: one colour for each objective in every chart, one dash per quantity."""

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
MOST_POINTS = 120  # of a line: a chart is 300 pixels wide, and each is a mark the browser has to make
DASHES = ("solid", "dot", "dash", "dashdot", "longdash", "longdashdot")


class Curve(Protocol):
    """One quantity over training."""

    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def values(self) -> NDArray[np.float64]: ...


@dataclass(frozen=True)
class Chart:
    """What one picture shows. `quantities`: their names in the data and for people; empty: the loss and its terms."""

    title: str
    words: str  # what it says, for who asks
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
LOSS, TERM = "loss", "term "  # the loss, and what its terms' names begin with
TERM_TITLES = {"regions": "d_B", "decision": "d_D"}  # of MMR


def curves_figure(
    chart: str, curves: Mapping[str, Mapping[str, Curve]], at: int | None = None, theme: Theme = "light"
) -> go.Figure:
    """One of CHARTS, in the theme's ink.

    Built in one go: Plotly checks a figure that grows by calls again at each of them, which takes ten times as long.

    Parameters
    ----------
    chart : a name in CHARTS
    curves : per objective, in the order of their colours, its curves by the names of CHARTS, LOSS, or TERM and a term's
    at : the step on screen, marked by a line; None for the latest
    """
    what, names, colours = CHARTS[chart], shown_names(chart, curves), palette(theme)
    dashes = dict(zip(names, cycle(DASHES)))
    lines = [
        _line(found[name], objective, title, SLOTS[theme][slot], dashes[name], what)
        for slot, (objective, found) in enumerate(curves.items())
        for name, title in names.items()
        if name in found and len(found[name].steps)
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
        "yaxis": {**tick, **_range(what, [line["y"] for line in lines])},
        "shapes": [{**mark, "line": {"color": colours.faint, "width": 1.5}} for mark in marks],
    }
    return go.Figure({"data": lines + samples, "layout": layout})


def shown_names(chart: str, curves: Mapping[str, Mapping[str, Curve]]) -> dict[str, str]:
    """The quantities of a chart that any objective has, in their order, with the names people read."""
    what = CHARTS[chart]
    present = {name: None for found in curves.values() for name in found}
    if what.quantities:
        return {name: title for name, title in what.quantities.items() if name in present}
    terms = [name for name in present if name.startswith(TERM)]
    titles = {name: name.removeprefix(TERM) for name in terms}
    return {LOSS: "loss"} | {name: TERM_TITLES.get(title, title) for name, title in titles.items()}


def curves_csv(curves: Mapping[str, Mapping[str, Curve]], about: About) -> str:
    """One row per objective, quantity and step, under the lines that say where they come from."""
    rows = (
        (objective, name, step, value)
        for objective, found in curves.items()
        for name, curve in found.items()
        for step, value in zip(curve.steps.tolist(), curve.values.tolist())
    )
    return csv_text(about, ["objective", "quantity", "step", "value"], rows)


def _line(curve: Curve, objective: str, title: str, colour: str, dash: str, what: Chart) -> dict[str, Any]:
    values = 100 * curve.values if what.share else np.where(np.isfinite(curve.values), curve.values, np.nan)
    shown = _spread(len(values))
    number, main = "%{y:.1f} %" if what.share else "%{y:,.3~g}", dash == DASHES[0]
    return {
        "type": "scatter",
        "x": curve.steps[shown],
        "y": values[shown],
        "mode": "lines+markers",  # clicks find markers, so there are some, invisible
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
    """What the legend shows of a quantity, whatever the objective."""
    line = {"color": colour, "dash": dash, "width": 1.6}
    return {"type": "scatter", "x": [None], "y": [None], "mode": "lines", "name": _subscripted(title), "line": line}


def _range(what: Chart, values: Sequence[NDArray[np.float64]]) -> dict[str, Any]:
    """The vertical axis: shares from 0 to 100, losses in powers of ten, the rest from 0."""
    if what.share:
        return {"range": [-2, 102], "ticksuffix": " %"}
    finite = np.concatenate([each[np.isfinite(each)] for each in values] or [np.empty(0)])
    positive = finite[finite > 0]
    if len(positive) == 0:
        return {"range": [0, 1]}
    if not what.log:
        return {"rangemode": "tozero", "separatethousands": True}
    low, high = np.log10(max(positive.min(), 1e-6 * positive.max())), np.log10(positive.max())
    decades = {"dtick": 1} if high - low > 1 else {}
    return {"type": "log", "range": [low - 0.1, high + 0.1], "exponentformat": "power", **decades}


def _subscripted(title: str) -> str:
    """d_B as people write it."""
    return title.replace("d_B", "d<sub>B</sub>").replace("d_D", "d<sub>D</sub>")
