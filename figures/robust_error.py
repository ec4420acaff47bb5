"""Certificates and attacks over a data set, as curves: robust error, sorted radii (KW Fig. 5), detection, LP gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from certify.detection import Detection
from certify.robust_error import RobustError
from certify.sorted_radii import SortedRadii
from figures.palette import ATTACKED, PROVED, UNKNOWN
from figures.standing import TITLES
from figures.words import NORM_SIGNS, Verdict, three_digits
from geometry.norms import Array, Norm

HEIGHT = 340
EPSILON = "#8B5CF6"  # the slider's line, in every picture it runs through
STYLES = {  # loose to tight: lighter to darker green, and a dash of its own
    "simplex": ("#A3C76D", "dashdot"),
    "decision-boundary": ("#A3C76D", "dot"),
    "interval": ("#8CCFA4", "dot"),
    "crown-interval": ("#6CC08B", "dash"),
    "fast-lin": ("#46AC72", "longdash"),
    "crown": ("#2A9A60", "solid"),
    "alpha-crown": ("#1A8A52", "longdashdot"),
    "lp": ("#0F7A45", "solid"),
}


def robust_error_figure(found: RobustError, eps: float) -> go.Figure:
    """Between what attacks break (red) and what no certificate saves (grey above it) lies the robust error."""
    figure, grid = go.Figure(), found.eps
    lower = 100 * found.lower()
    uppers = {method: 100 * found.upper(method) for method in found.methods}
    best = np.minimum.reduce([*uppers.values(), np.full(len(grid), 100.0)])
    for below, above, colour, name in (
        (0 * grid, lower, ATTACKED, "✕ attacked"),
        (lower, best, UNKNOWN, "? unknown"),
        (best, 0 * grid + 100, PROVED, "✓ proved"),
    ):
        figure.add_scatter(x=grid, y=below, mode="lines", line_width=0, showlegend=False, hoverinfo="skip")
        figure.add_scatter(
            x=grid, y=above, mode="lines", line_width=0, fill="tonexty", fillcolor=_faint(colour), name=name,
            hoverinfo="skip",
        )  # fmt: skip
    for method, upper in uppers.items():
        _curve(figure, grid, upper, f"at most, by {TITLES[method]}", *STYLES[method])
    if found.attack:
        _curve(figure, grid, lower, f"at least, by {TITLES[found.attack]}", ATTACKED, "solid")
    figure.add_hline(100 * found.clean, line={"color": UNKNOWN, "dash": "dash", "width": 1.5})
    note = f"clean error {_percent(found.clean)}"
    _note(figure, 100 * found.clean, note)
    figure.update_yaxes(range=[0, 101], ticksuffix=" %")
    return _laid_out(_slider(figure, eps), found.p, found.eps)


def robust_verdict(found: RobustError, eps: float) -> Verdict:
    """What perturbations of at most eps do to the points, in two sentences."""
    attacked = float(found.lower(eps)[0])
    open_shares = {method: float(found.upper(method, eps)[0]) for method in found.methods}
    best = min(open_shares, key=open_shares.__getitem__, default=None)
    reason = f"Without any perturbation {_percent(found.clean)} are wrong. "
    if found.attack:
        reason += f"{TITLES[found.attack]} breaks {_percent(attacked)}. "
    share, settled = f"at least {_percent(attacked)}", False
    if best is not None:
        most = open_shares[best]
        reason += f"{TITLES[best]} proves that {_percent(1 - most)} stay right."
        settled = most <= attacked
        share = f"exactly {_percent(most)}" if settled else f"between {_percent(attacked)} and {_percent(most)}"
    size = f"{NORM_SIGNS[found.p]}\u00a0≤\u00a0{three_digits(eps)}"
    return Verdict(settled, f"Perturbations with {size} make {share} of {found.done} points wrong.", reason)


def radii_figure(found: Sequence[SortedRadii], eps: float) -> go.Figure:
    """Every point's certified radius, the smallest first; what lies above the line is proved at eps."""
    figure = go.Figure()
    for each in found:
        order, count = each.order, max(1, each.done)
        share, radii, right = 100 * (np.arange(each.done) + 1) / count, each.radii[order], each.correct[order]
        _curve(figure, share, radii, TITLES[each.method], *STYLES[each.method])
        figure.add_scatter(
            x=share[~right], y=radii[~right], mode="markers", showlegend=False,
            hovertemplate="misclassified<extra></extra>",
            marker={"symbol": "x-thin", "size": 7, "line": {"color": ATTACKED, "width": 1.5}},
        )  # fmt: skip
    figure.add_hline(eps, line={"color": EPSILON, "width": 2})
    _note(figure, eps, f"ε = {three_digits(eps)}")
    if found:
        figure.update_yaxes(title=f"certified radius, {NORM_SIGNS[found[0].p]}", rangemode="tozero")
    figure.update_xaxes(title="points, the least certain first", range=[0, 100], ticksuffix=" %")
    return figure.update_layout(**LAYOUT)


def detection_figure(found: Detection, eps: float) -> go.Figure:
    """Flagged as they came, attacked, and flagged after the attack: the last is all of the second."""
    figure, count = go.Figure(), max(1, found.done)
    flagged, attacked, caught = (100 * number / count for number in found.counts())
    _curve(figure, found.eps, flagged, "? flagged although nobody attacked", UNKNOWN, "solid")
    _curve(figure, found.eps, attacked, f"✕ attacked with success, by {TITLES[found.attack]}", ATTACKED, "solid")
    figure.add_scatter(
        x=found.eps, y=caught, mode="markers", name="✓ attacked and flagged", hovertemplate="%{y:.1f} %",
        marker={"symbol": "circle-open", "size": 8, "color": PROVED, "line": {"width": 2}},
    )  # fmt: skip
    figure.update_yaxes(range=[0, 101], ticksuffix=" %")
    return _laid_out(_slider(figure, eps), found.p, found.eps)


LAYOUT: dict[str, Any] = {
    "height": HEIGHT,
    "margin": {"l": 8, "r": 8, "t": 20, "b": 8},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
}


def _curve(figure: go.Figure, x: Any, y: Any, name: str, colour: str, dash: str) -> None:
    hover = f"%{{y:.3~g}}<extra>{name}</extra>"
    line = {"color": colour, "dash": dash, "width": 2.2}
    figure.add_scatter(x=x, y=y, mode="lines", name=name, line=line, hovertemplate=hover)


def _note(figure: go.Figure, y: float, text: str) -> None:
    """On a horizontal line, at its right end."""
    figure.add_annotation(x=1, xref="paper", xanchor="right", y=y, yanchor="bottom", text=text, showarrow=False)


def _slider(figure: go.Figure, eps: float) -> go.Figure:
    figure.add_vline(eps, line={"color": EPSILON, "width": 2})
    return figure.add_annotation(
        x=eps, y=1, yref="paper", yanchor="bottom", text=f"ε = {three_digits(eps)}", showarrow=False
    )


def _laid_out(figure: go.Figure, p: Norm, grid: Array) -> go.Figure:
    figure.update_xaxes(title=f"ε, perturbations with {NORM_SIGNS[p]} ≤ ε", range=[0, float(grid[-1]) or 1.0])
    return figure.update_layout(**LAYOUT)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.14)"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
