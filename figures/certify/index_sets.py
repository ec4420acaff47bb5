"""Shares of units that are surely on, surely off and unstable, per layer: over eps, and over points (KW Fig. 10)."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from certify.dataset.index_sets import IndexCounts
from figures.style.palette import EPSILON
from figures.words import counted, given

SETS = (  # title, colour and pattern, in the order of `certify.dataset.index_sets.SETS`
    ("surely on, I⁺", "#4F86B5", ""),
    ("surely off, I⁻", "#AEB7C2", ""),
    ("unstable, I", "#E3A23B", "/"),
)
BINS, HEIGHT = 20, 420  # of a histogram; of the figure, in px


def index_sets_figure(counted_sets: IndexCounts, eps: float) -> go.Figure:
    """One column per layer: mean shares of the three sets over eps, above their histograms over the points at eps."""
    layers = len(counted_sets.widths)
    titles = [f"layer {layer}, {counted(width, 'unit')}" for layer, width in enumerate(counted_sets.widths, 1)]
    figure = make_subplots(
        2, layers, column_titles=titles, row_heights=[0.58, 0.42], vertical_spacing=0.2, horizontal_spacing=0.04
    )
    shares = 100 * counted_sets.counts / np.maximum(counted_sets.widths, 1)[:, None]  # (n, g, layers, 3)
    mean = shares.mean(axis=0) if counted_sets.done else np.zeros(shares.shape[1:])
    at = int(np.abs(counted_sets.eps - eps).argmin())
    for layer in range(layers):
        for which, (name, colour, pattern) in enumerate(SETS):
            place = {"row": 1, "col": layer + 1}
            figure.add_scatter(
                x=counted_sets.eps, y=mean[:, layer, which], stackgroup="shares", mode="lines", name=name,
                legendgroup=name, showlegend=layer == 0, line={"width": 0.5, "color": colour}, fillcolor=colour,
                fillpattern={"shape": pattern, "fgcolor": "white", "bgcolor": colour, "size": 6, "solidity": 0.2},
                hovertemplate=f"{name}: %{{y:.1f}} %<extra></extra>", **place,
            )  # fmt: skip
            counts, edges = np.histogram(shares[:, at, layer, which], BINS, (0, 100))
            figure.add_bar(
                x=(edges[1:] + edges[:-1]) / 2, y=counts, width=100 / BINS, name=name, legendgroup=name,
                showlegend=False, marker={"color": colour, "opacity": 0.75, "pattern": {"shape": pattern, "size": 6}},
                hovertemplate=f"{name}<br>%{{y}} points with about %{{x}} % of the units<extra></extra>", row=2,
                col=layer + 1,
            )  # fmt: skip
        figure.add_vline(eps, line={"color": EPSILON, "width": 2}, row=1, col=layer + 1)
    figure.update_xaxes(title=None, row=1)
    figure.update_xaxes(title=f"% of the units at ε = {given(eps)}", range=[0, 100], row=2)
    figure.update_xaxes(title="ε", row=1)
    figure.update_yaxes(showticklabels=False, col=None)
    figure.update_yaxes(range=[0, 100], ticksuffix=" %", row=1)
    figure.update_yaxes(showticklabels=True, col=1)
    figure.update_yaxes(title="points", row=2, col=1)
    return figure.update_layout(
        height=HEIGHT,
        barmode="overlay",
        bargap=0,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        legend={"orientation": "h", "y": -0.16, "yanchor": "top", "x": 0},
    )
