"""Margins proved by the linear program and by the dual bound, over all points and classes (KW Fig. 11)."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from certify.dataset.lp_gap import LpGap
from figures.certify.methods import method_colour, method_style, method_title
from figures.certify.robust_error import LAYOUT, of_points
from figures.style.palette import ATTACKED, UNKNOWN, Theme, translucent
from figures.words import three_digits

FILL = translucent(UNKNOWN, 0.22)  # between the two bounds


def lp_gap_figure(gap: LpGap, labels: np.ndarray, theme: Theme = "light") -> go.Figure:
    """Lower bounds of f_label − f_s by both, for every point done and class s, ordered by the LP's value.

    `labels` (n,) of the points, at least of all that are done.
    """
    others = np.ones(gap.lp.shape, dtype=bool)
    others[np.arange(gap.done), labels[: gap.done]] = False
    order = np.argsort(gap.lp[others])
    lp, dual, exact = gap.lp[others][order], gap.dual[others][order], gap.exact[others][order]
    rank = np.arange(1, len(order) + 1)
    colour, dash = method_colour(gap.method, theme), method_style(gap.method).dash
    hover = [[three_digits(float(value), down=True) for value in values] for values in (dual, lp)]
    figure = go.Figure()
    figure.add_scatter(
        x=rank, y=dual, mode="lines", name=f"{method_title(gap.method)} (dual)",
        line={"color": colour, "dash": dash, "width": 2}, text=hover[0], hovertemplate="%{text}",
    )  # fmt: skip
    figure.add_scatter(
        x=rank, y=lp, mode="lines", name="LP", line={"color": method_colour("lp", theme), "width": 2.2}, fill="tonexty",
        fillcolor=FILL, text=hover[1], hovertemplate="%{text}",
    )  # fmt: skip
    figure.add_scatter(
        x=rank[exact], y=lp[exact], mode="markers", name="✓ exact: the network attains it", hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 7, "color": UNKNOWN},
    )  # fmt: skip
    figure.add_hline(0, line={"color": ATTACKED, "width": 1, "dash": "dot"})
    figure.update_xaxes(title=f"{of_points(gap.done, gap.total)[3:]} and other classes, the smallest margin first")
    figure.update_yaxes(title="proved margin")
    return figure.update_layout(**LAYOUT)
