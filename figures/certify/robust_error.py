"""Charts over a data set: robust error, sorted radii (KW Fig. 5) and detection; and the robust error in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from certify.dataset.detection import Detection
from certify.dataset.robust_error import RobustError
from certify.dataset.sorted_radii import SortedRadii
from figures.certify.evidence import Evidence, Knowledge, knowledge
from figures.certify.methods import method_colour, method_style, method_title
from figures.style.palette import ATTACKED, EPSILON, PROVED, UNKNOWN, Theme, translucent
from figures.words import NORM_SIGNS, Verdict, counted, given, percent, three_digits
from geometry.norms import Array, Norm

HEIGHT = 340
AT_LEAST, AT_MOST = "hv", "vh"  # Plotly's steps: a radius's value up to the next radius, or down to the one before
MARKS = 8  # symbols on a line, about


def robust_error_figure(
    run: RobustError, eps: float, known: Knowledge | None = None, theme: Theme = "light"
) -> go.Figure:
    """The robust error lies in the grey area: above what attacks break (red), below what is proved (green).

    Between two computed radii the curves are steps: a point proved at the larger radius is proved, one attacked at the
    smaller radius is attacked. A straight line between the two would claim more. The areas show `known`, the union of
    all results; each line shows one method.
    """
    figure, grid, count = go.Figure(), run.eps, run.done
    least, most = (known or knowledge(run)).shares(grid, count)
    lower, best = 100 * least, 100 * most
    for (below, start), (above, end), colour, name in (
        ((0 * grid, AT_LEAST), (lower, AT_LEAST), ATTACKED, "✕ attacked"),
        ((lower, AT_LEAST), (best, AT_MOST), UNKNOWN, "? unknown"),
        ((best, AT_MOST), (0 * grid + 100, AT_MOST), PROVED, "✓ proved"),
    ):
        edge = {"mode": "lines", "hoverinfo": "skip"}
        figure.add_scatter(x=grid, y=below, line={"width": 0, "shape": start}, showlegend=False, **edge)
        figure.add_scatter(
            x=grid,
            y=above,
            line={"width": 0, "shape": end},
            fill="tonexty",
            fillcolor=translucent(colour, 0.14),
            name=name,
            **edge,
        )
    for method in run.methods:
        upper, words = run.upper(method), f"at most, by {method_title(method)}"
        hover = [percent(number, count, up=True) for number in _counts(upper, count)]
        _curve(figure, grid, 100 * upper, words, hover, method_colour(method, theme), *_marks(method), shape=AT_MOST)
    if run.attack:
        share, words = run.lower(), f"at least, by {method_title(run.attack)}"
        hover = [percent(number, count, down=True) for number in _counts(share, count)]
        _curve(figure, grid, 100 * share, words, hover, ATTACKED, "solid", shape=AT_LEAST)
    wrong = int(_counts(run.clean, count)[0])
    _level(figure, 100 * run.clean, f"clean error {percent(wrong, count)}", color=UNKNOWN, dash="dash", width=1.5)
    figure.update_yaxes(range=[0, 101], ticksuffix=" %", title=of_points(count, run.total))
    return _laid_out(_slider(figure, eps), run.p, run.eps)


def of_points(done: int, total: int) -> str:
    """The set of points that shares refer to; of an incomplete run, the first ones."""
    return f"of {counted(total, 'point')}" if done == total else f"of the first {done} of {counted(total, 'point')}"


def robust_verdict(run: RobustError, eps: float, known: Evidence | None = None) -> Verdict:
    """The robust error at eps in a few sentences.

    `known` is the union of all results at eps; without it the run's own attack and methods count. Lower bounds are
    rounded down and upper ones up; counts follow in parentheses.
    """
    known = knowledge(run).at(eps) if known is None else known
    n, least, most = len(known), known.broken, known.unproved
    low, high = percent(least, n, down=True), percent(most, n, up=True)
    if known.settled:
        share = f"exactly {percent(least, n)} ({least})"
    elif least == 0 and not known.seen.any():
        share = "an unknown number"
    else:
        share = f"between {low} ({least}) and {high} ({most})"
    size = f"{NORM_SIGNS[known.p]}\u00a0≤\u00a0{given(eps)}"
    claim = f"Perturbations with {size} make {share} of {counted(n, 'point')} wrong."
    return Verdict(known.settled, claim, " ".join(_reasons(run, known)))


def _reasons(run: RobustError, known: Evidence) -> list[str]:
    """The counts behind a verdict, by attack and by bound."""
    wrong, attacked, proved = (int(flags.sum()) for flags in (known.wrong, known.attacked, known.proved))
    classified, so_far = int(known.seen.sum()), "" if known.seen.all() else " so far"
    of = f" of the {counted(classified, 'point')} whose class is known" if so_far else ""
    parts = [f"Without any perturbation {_are(wrong)} wrong{of}{so_far}."]
    if not known.breakers:
        parts.append("No attack has been tried.")
    else:
        none, some = ("another point", f"{attacked} more") if wrong else ("a point", f"{attacked}")
        broken = f"Attacks make {some} wrong" if attacked else f"No attack makes {none} wrong"
        parts.append(f"{broken}{so_far}{_by(known.breakers, known.tried, attacked)}.")
    if not known.provers:
        parts.append("No bound is chosen that could prove more.")
    else:
        keep = f"{_are(proved)} proved to stay right" if proved else "No bound proves that any stays right"
        parts.append(f"{keep}{so_far}{_by(known.provers, known.tried, proved)}.")
    left = len(known) - wrong - attacked - proved
    if left and so_far:
        parts.append(f"No method has settled the other {counted(left, 'point')} so far.")
    return parts


def _are(count: int) -> str:
    return f"{count or 'none'} {'is' if count == 1 else 'are'}"


def _by(methods: Mapping[str, NDArray[np.bool_]], tried: Mapping[str, int], total: int) -> str:
    """The methods with a success, the most successful first: '(PGD 3, FGSM 1 of the first 16)'."""
    counts = {name: int(flags.sum()) for name, flags in methods.items()}
    parts = [
        f"{method_title(name)} {counts[name]}{f' of the first {tried[name]}' if tried[name] < len(flags) else ''}"
        for name, flags in sorted(methods.items(), key=lambda item: -counts[item[0]])
        if counts[name]
    ]
    return f" ({', '.join(parts)})" if total else ""


def radii_figure(runs: Sequence[SortedRadii], eps: float, theme: Theme = "light") -> go.Figure:
    """The certified radii of all points, the smallest first; a point above the line is proved at eps."""
    figure = go.Figure()
    for run in runs:
        order, count = run.order, max(1, run.done)
        share, radii, right = 100 * (np.arange(run.done) + 1) / count, run.radii[order], run.correct[order]
        hover = [three_digits(float(radius), down=True) for radius in radii]
        part = "" if run.complete else f", {run.done} of {counted(run.total, 'point')}"
        title = method_title(run.method) + part
        _curve(figure, share, radii, title, hover, method_colour(run.method, theme), *_marks(run.method))
        figure.add_scatter(
            x=share[~right], y=radii[~right], mode="markers", showlegend=False,
            hovertemplate="misclassified<extra></extra>",
            marker={"symbol": "x-thin", "size": 7, "line": {"color": ATTACKED, "width": 1.5}},
        )  # fmt: skip
    _level(figure, eps, f"ε = {given(eps)}", color=EPSILON, width=2)
    if runs:
        figure.update_yaxes(title=f"certified radius, {NORM_SIGNS[runs[0].p]}", rangemode="tozero")
    figure.update_xaxes(title="points, the least certain first", range=[0, 100], ticksuffix=" %")
    return figure.update_layout(**LAYOUT)


def detection_figure(detection: Detection, eps: float) -> go.Figure:
    """Shares of points over eps: flagged without an attack, attacked with success, and flagged after the attack."""
    figure, count = go.Figure(), detection.done
    flagged, attacked, caught = detection.counts()
    for numbers, name, colour, shape in (
        (flagged, "? flagged although nobody attacked", UNKNOWN, AT_MOST),
        (attacked, f"✕ attacked with success, by {method_title(detection.attack)}", ATTACKED, AT_LEAST),
    ):
        hover = [percent(int(number), count) for number in numbers]
        _curve(figure, detection.eps, 100 * numbers / max(1, count), name, hover, colour, "solid", shape=shape)
    hover = [percent(int(number), count) for number in caught]
    figure.add_scatter(
        x=detection.eps, y=100 * caught / max(1, count), mode="markers", name="✓ attacked and flagged", text=hover,
        hovertemplate="%{text}", marker={"symbol": "circle-open", "size": 8, "color": PROVED, "line": {"width": 2}},
    )  # fmt: skip
    figure.update_yaxes(range=[0, 101], ticksuffix=" %", title=of_points(count, detection.total))
    return _laid_out(_slider(figure, eps), detection.p, detection.eps)


LAYOUT: dict[str, Any] = {
    "height": HEIGHT,
    "margin": {"l": 8, "r": 8, "t": 20, "b": 8},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
}


def _curve(
    figure: go.Figure,
    x: Array,
    y: Array,
    name: str,
    hover: Sequence[str],
    colour: str,
    dash: str,
    symbol: str | None = None,
    shape: str = "linear",
) -> None:
    """A line, with MARKS symbols on it if it has one; `hover` has the tooltips of its values."""
    line = {"color": colour, "dash": dash, "width": 2.2, "shape": shape}
    tooltip = {"text": hover, "hovertemplate": f"%{{text}}<extra>{name}</extra>"}
    if symbol is None:
        figure.add_scatter(x=x, y=y, mode="lines", name=name, line=line, **tooltip)
        return
    steps = np.arange(len(x))
    sizes = np.where(steps % max(1, len(x) // MARKS) == max(1, len(x) // MARKS) // 2, 8, 0)
    marker = {"symbol": symbol, "size": sizes, "color": colour, "line": {"color": colour, "width": 1.6}, "opacity": 1}
    figure.add_scatter(x=x, y=y, mode="lines+markers", name=name, line=line, marker=marker, **tooltip)


def _marks(method: str) -> tuple[str, str]:
    """Dash and symbol of a method's line."""
    return method_style(method).dash, method_style(method).symbol


def _counts(shares: float | Array, count: int) -> NDArray[np.int64]:
    """(g,) the numbers of points of which these are the shares, `count` being all."""
    return np.atleast_1d(np.rint(np.nan_to_num(np.asarray(shares, dtype=np.float64)) * count)).astype(np.int64)


def _level(figure: go.Figure, y: float, name: str, **line: object) -> None:
    """A horizontal line, named in the legend: a text beside it would lie on the curves."""
    figure.add_hline(y, line=line, name=name, showlegend=True)


def _slider(figure: go.Figure, eps: float) -> go.Figure:
    figure.add_vline(eps, line={"color": EPSILON, "width": 2})
    return figure.add_annotation(x=eps, y=1, yref="paper", yanchor="bottom", text=f"ε = {given(eps)}", showarrow=False)


def _laid_out(figure: go.Figure, p: Norm, grid: Array) -> go.Figure:
    figure.update_xaxes(title=f"ε, perturbations with {NORM_SIGNS[p]} ≤ ε", range=[0, float(grid[-1]) or 1.0])
    return figure.update_layout(**LAYOUT)
