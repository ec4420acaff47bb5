"""Distributions over regions and over data points, as Plotly figures that take on the page's theme."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from figures.words import three_digits
from geometry.norms import Array

BINS = 40
HEIGHT = 210
BOUNDARY_COLOUR, DECISION_COLOUR, AREA_COLOUR = "#7A8494", "#D0021B", "#3C8DBC"


def area_histogram(areas: Array) -> go.Figure:
    """How many regions have which area. `areas` (n,), in plane units squared; what is zero has no logarithm."""
    edges = _log_edges(areas[areas > 0])
    figure = go.Figure(_bars(areas, edges, "regions", AREA_COLOUR))
    return _laid_out(figure, "area of a region", edges)


def distance_histogram(d_B: Array, d_D: Array) -> go.Figure:
    """d_B and d_D of n data points over each other, (n,) each; infinite ones are left out."""
    both = np.concatenate([d_B, d_D])
    edges = _log_edges(both[(both > 0) & np.isfinite(both)])
    figure = go.Figure(
        [_bars(d_B, edges, "d<sub>B</sub>", BOUNDARY_COLOUR), _bars(d_D, edges, "d<sub>D</sub>", DECISION_COLOUR)]
    )
    figure.update_layout(barmode="overlay", legend={"orientation": "h", "y": 1.18, "x": 0})
    figure.update_traces(opacity=0.72)
    return _laid_out(figure, "distance of a data point", edges)


def _bars(values: Array, edges: Array, name: str, colour: str) -> go.Bar:
    counts, _ = np.histogram(values, edges)
    middles, widths = (np.log10(edges[1:]) + np.log10(edges[:-1])) / 2, np.diff(np.log10(edges))
    spans = [f"{three_digits(low)} to {three_digits(high)}" for low, high in pairwise(edges)]
    hover = "%{customdata}<br><b>%{y}</b><extra>" + name + "</extra>"
    return go.Bar(
        x=middles, y=counts, width=widths, name=name, marker={"color": colour}, customdata=spans, hovertemplate=hover
    )


def _log_edges(values: Array) -> Array:
    """BINS + 1 edges, equally spaced in the logarithm, around all positive values."""
    if len(values) == 0:
        return np.logspace(-1, 1, BINS + 1)
    low, high = np.log10(values.min()), np.log10(values.max())
    return (
        np.logspace(low - 0.02, high + 0.02, BINS + 1) if high - low > 0.2 else np.logspace(low - 1, high + 1, BINS + 1)
    )


def _laid_out(figure: go.Figure, title: str, edges: Array) -> go.Figure:
    """The axis counts in powers of ten."""
    decades = np.arange(np.ceil(np.log10(edges[0])), np.floor(np.log10(edges[-1])) + 1)
    step = max(1, len(decades) // 6)
    ticks = {"tickvals": decades[::step], "ticktext": [f"10<sup>{d:.0f}</sup>" for d in decades[::step]]}
    figure.update_xaxes(title=title, **ticks)
    figure.update_yaxes(title=None, rangemode="tozero")
    return figure.update_layout(height=HEIGHT, margin={"l": 8, "r": 8, "t": 24, "b": 8}, bargap=0)
