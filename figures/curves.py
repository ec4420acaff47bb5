"""How training goes, as curves over its steps: one colour for each objective in every chart, one dash per quantity."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from figures.palette import Theme, palette
from figures.words import thousands

HEIGHT = 214
DASHES = ("solid", "dot", "dash", "dashdot", "longdash", "longdashdot")
SLOTS: dict[Theme, tuple[str, str, str]] = {  # the first, second and third objective, wherever they appear
    "light": ("#334155", "#7C3AED", "#0B8A96"),
    "dark": ("#CBD5E1", "#B794F6", "#4FD1C5"),
}


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
    """One of CHARTS.

    Parameters
    ----------
    chart : a name in CHARTS
    curves : per objective, in the order of their colours, its curves by the names of CHARTS, LOSS, or TERM and a term's
    at : the step on screen, marked by a line; None for the latest
    """
    what, figure = CHARTS[chart], go.Figure()
    names = shown_names(chart, curves)
    for slot, (objective, found) in enumerate(curves.items()):
        for name, title in names.items():
            if name in found and len(found[name].steps):
                dash = DASHES[list(names).index(name) % len(DASHES)]
                _line(figure, found[name], objective, title, SLOTS[theme][slot], dash, what, main=dash == "solid")
    if len(names) > 1:
        for name, title in names.items():
            dash = DASHES[list(names).index(name) % len(DASHES)]
            line = {"color": palette(theme).ink, "dash": dash, "width": 1.6}
            figure.add_scatter(x=[None], y=[None], mode="lines", name=_subscripted(title), line=line)
    if at is not None:
        figure.add_vline(at, line={"color": palette(theme).faint, "width": 1.5})
    figure.update_xaxes(title=None, rangemode="tozero", nticks=5, tickformat=",d", showgrid=False)
    figure.update_yaxes(title=None, nticks=5, **_range(what, figure))
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 4, "r": 6, "t": 10, "b": 4},
        hovermode="closest",
        hoverdistance=40,
        legend={"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0, "font_size": 11},
        uirevision=chart,
    )


def shown_names(chart: str, curves: Mapping[str, Mapping[str, Curve]]) -> dict[str, str]:
    """The quantities of a chart that any objective has, in their order, with the names people read."""
    what = CHARTS[chart]
    present = {name: None for found in curves.values() for name in found}
    if what.quantities:
        return {name: title for name, title in what.quantities.items() if name in present}
    terms = [name for name in present if name.startswith(TERM)]
    titles = {name: name.removeprefix(TERM) for name in terms}
    return {LOSS: "loss"} | {name: TERM_TITLES.get(title, title) for name, title in titles.items()}


def curves_csv(curves: Mapping[str, Mapping[str, Curve]]) -> str:
    """One row per objective, quantity and step. Numbers are written so that reading them gives the same float64."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["objective", "quantity", "step", "value"])
    for objective, found in curves.items():
        for name, curve in found.items():
            table.writerows((objective, name, step, value) for step, value in zip(curve.steps.tolist(), curve.values))
    return text.getvalue()


def _line(
    figure: go.Figure, curve: Curve, objective: str, title: str, colour: str, dash: str, what: Chart, main: bool
) -> None:
    values = 100 * curve.values if what.share else np.where(np.isfinite(curve.values), curve.values, np.nan)
    number = "%{y:.1f} %" if what.share else "%{y:,.3~g}"
    steps = [thousands(step) for step in curve.steps.tolist()]
    figure.add_scatter(
        x=curve.steps,
        y=values,
        mode="lines+markers",  # clicks find markers, so there are some, invisible
        line={"color": colour, "dash": dash, "width": 2.2 if main else 1.5},
        marker={"color": colour, "size": 7, "opacity": 1 if len(steps) == 1 else 0},
        selected_marker_opacity=0,
        unselected_marker_opacity=0,
        name=title,
        showlegend=False,
        customdata=steps,
        hovertemplate=f"<b>{objective}</b> · {_subscripted(title)} {number}<br>step %{{customdata}}<extra></extra>",
    )


def _range(what: Chart, figure: go.Figure) -> dict[str, Any]:
    """The vertical axis: shares from 0 to 100, losses in powers of ten, the rest from 0."""
    if what.share:
        return {"range": [-2, 102], "ticksuffix": " %"}
    largest = max((float(np.nanmax(trace.y)) for trace in figure.data if _has_values(trace.y)), default=0.0)
    if not what.log:
        return {"rangemode": "tozero"} if largest > 0 else {"range": [0, 1]}
    positive: Sequence[float] = [
        float(trace.y[trace.y > 0].min()) for trace in figure.data if _has_values(trace.y) and (trace.y > 0).any()
    ]
    if not positive:
        return {"range": [0, 1]}
    low, high = np.log10(max(min(positive), 1e-6 * largest)), np.log10(largest)
    return {
        "type": "log",
        "range": [low - 0.1, high + 0.1],
        "dtick": 1 if high - low > 1 else None,
        "exponentformat": "power",
    }


def _has_values(y: Any) -> bool:
    return isinstance(y, np.ndarray) and len(y) > 0 and bool(np.isfinite(y).any())


def _subscripted(title: str) -> str:
    """d_B as people write it."""
    return title.replace("d_B", "d<sub>B</sub>").replace("d_D", "d<sub>D</sub>")
