"""Certificates and attacks over a data set, as curves: robust error, sorted radii (KW Fig. 5), detection, LP gap."""

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
from figures.style.palette import ATTACKED, PROVED, UNKNOWN, Theme
from figures.words import NORM_SIGNS, Verdict, counted, given, percent, three_digits
from geometry.norms import Array, Norm

HEIGHT = 340
AT_LEAST, AT_MOST = "hv", "vh"  # steps: up to the next radius the value of this one, or of the next one
EPSILON = "#8B5CF6"  # the slider's line, in every picture it runs through
MARKS = 8  # at most about so many symbols on a line


def robust_error_figure(
    found: RobustError, eps: float, known: Knowledge | None = None, theme: Theme = "light"
) -> go.Figure:
    """Between what attacks break (red) and what no certificate saves (grey above it) lies the robust error.

    Between two radii that were computed, steps show what follows from them: a point proved at the larger one is proved,
    one attacked at the smaller one is attacked. A straight line between the two would claim more. `known` is all that
    is known of the points: the areas are about that, and each line about one method.
    """
    figure, grid, count = go.Figure(), found.eps, found.done
    least, most = (known or knowledge(found)).shares(grid, count)
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
            fillcolor=_faint(colour),
            name=name,
            **edge,
        )
    for method in found.methods:
        upper, words = found.upper(method), f"at most, by {method_title(method)}"
        said = [percent(number, count, up=True) for number in _counts(upper, count)]
        _curve(figure, grid, 100 * upper, words, said, method_colour(method, theme), *_marks(method), shape=AT_MOST)
    if found.attack:
        share, words = found.lower(), f"at least, by {method_title(found.attack)}"
        said = [percent(number, count, down=True) for number in _counts(share, count)]
        _curve(figure, grid, 100 * share, words, said, ATTACKED, "solid", shape=AT_LEAST)
    figure.add_hline(100 * found.clean, line={"color": UNKNOWN, "dash": "dash", "width": 1.5})
    wrong = int(_counts(found.clean, count)[0])
    _note(figure, 100 * found.clean, f"clean error {percent(wrong, count)}")
    figure.update_yaxes(range=[0, 101], ticksuffix=" %", title=of_points(count, found.total))
    return _laid_out(_slider(figure, eps), found.p, found.eps)


def of_points(done: int, total: int) -> str:
    """What a share is of; a run that is not complete says so."""
    return f"of {counted(total, 'point')}" if done == total else f"of the first {done} of {counted(total, 'point')}"


def robust_verdict(found: RobustError, eps: float, known: Evidence | None = None) -> Verdict:
    """What perturbations of at most eps do to the points, by all that is known of them, in a few sentences.

    `known` is everything on the page at eps; without it the run's own attack and methods count. Lower bounds are
    rounded down and upper ones up; counts stand beside them.
    """
    known = knowledge(found).at(eps) if known is None else known
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
    return Verdict(known.settled, claim, " ".join(_reasons(found, known)))


def _reasons(found: RobustError, known: Evidence) -> list[str]:
    """Where the points of a verdict come from, as counts: by which attacks and by which proofs."""
    wrong, attacked, proved = (int(each.sum()) for each in (known.wrong, known.attacked, known.proved))
    parts = [f"Without any perturbation {_are(wrong)} wrong."]
    if not known.breakers:
        parts.append("No attack has been tried.")
    else:
        parts.append(f"Attacks break {f'{attacked} more' if attacked else 'no other'}{_by(known.breakers, attacked)}.")
    if not known.provers:
        parts.append("No bound is chosen that could prove more.")
    else:
        keep = f"{_are(proved)} proved to stay right" if proved else "No bound proves that any stays right"
        parts.append(f"{keep}{_by(known.provers, proved)}.")
    unseen = int((~known.seen & ~known.attacked & ~known.proved).sum())
    if unseen:
        parts.append(f"{counted(unseen, 'point')} {'is' if unseen == 1 else 'are'} still to be looked at.")
    return parts


def _are(count: int) -> str:
    return f"{count or 'none'} {'is' if count == 1 else 'are'}"


def _by(methods: Mapping[str, NDArray[np.bool_]], total: int) -> str:
    """The methods that did something, the one that did most first: '(PGD 3, FGSM 1)'."""
    counts = {method_title(name): int(flags.sum()) for name, flags in methods.items()}
    names = sorted((name for name in counts if counts[name]), key=lambda name: -counts[name])
    return f" ({', '.join(f'{name} {counts[name]}' for name in names)})" if total else ""


def radii_figure(found: Sequence[SortedRadii], eps: float, theme: Theme = "light") -> go.Figure:
    """Every point's certified radius, the smallest first; what lies above the line is proved at eps."""
    figure = go.Figure()
    for each in found:
        order, count = each.order, max(1, each.done)
        share, radii, right = 100 * (np.arange(each.done) + 1) / count, each.radii[order], each.correct[order]
        said = [three_digits(float(radius), down=True) for radius in radii]
        part = "" if each.complete else f", {each.done} of {counted(each.total, 'point')}"
        title = method_title(each.method) + part
        _curve(figure, share, radii, title, said, method_colour(each.method, theme), *_marks(each.method))
        figure.add_scatter(
            x=share[~right], y=radii[~right], mode="markers", showlegend=False,
            hovertemplate="misclassified<extra></extra>",
            marker={"symbol": "x-thin", "size": 7, "line": {"color": ATTACKED, "width": 1.5}},
        )  # fmt: skip
    figure.add_hline(eps, line={"color": EPSILON, "width": 2})
    _note(figure, eps, f"ε = {given(eps)}")
    if found:
        figure.update_yaxes(title=f"certified radius, {NORM_SIGNS[found[0].p]}", rangemode="tozero")
    figure.update_xaxes(title="points, the least certain first", range=[0, 100], ticksuffix=" %")
    return figure.update_layout(**LAYOUT)


def detection_figure(found: Detection, eps: float) -> go.Figure:
    """Flagged as they came, attacked, and flagged after the attack: the last is all of the second."""
    figure, count = go.Figure(), found.done
    flagged, attacked, caught = found.counts()
    for numbers, name, colour, shape in (
        (flagged, "? flagged although nobody attacked", UNKNOWN, AT_MOST),
        (attacked, f"✕ attacked with success, by {method_title(found.attack)}", ATTACKED, AT_LEAST),
    ):
        said = [percent(int(number), count) for number in numbers]
        _curve(figure, found.eps, 100 * numbers / max(1, count), name, said, colour, "solid", shape=shape)
    said = [percent(int(number), count) for number in caught]
    figure.add_scatter(
        x=found.eps, y=100 * caught / max(1, count), mode="markers", name="✓ attacked and flagged", text=said,
        hovertemplate="%{text}", marker={"symbol": "circle-open", "size": 8, "color": PROVED, "line": {"width": 2}},
    )  # fmt: skip
    figure.update_yaxes(range=[0, 101], ticksuffix=" %", title=of_points(count, found.total))
    return _laid_out(_slider(figure, eps), found.p, found.eps)


LAYOUT: dict[str, Any] = {
    "height": HEIGHT,
    "margin": {"l": 8, "r": 8, "t": 20, "b": 8},
    "hovermode": "x unified",
    "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
}


def _curve(
    figure: go.Figure,
    x: Any,
    y: Any,
    name: str,
    said: Sequence[str],
    colour: str,
    dash: str,
    symbol: str | None = None,
    shape: str = "linear",
) -> None:
    """A line, with some marks on it if it has a symbol; `said` is what each of its values may claim."""
    line = {"color": colour, "dash": dash, "width": 2.2, "shape": shape}
    hover = {"text": said, "hovertemplate": f"%{{text}}<extra>{name}</extra>"}
    if symbol is None:
        figure.add_scatter(x=x, y=y, mode="lines", name=name, line=line, **hover)
        return
    steps = np.arange(len(x))
    sizes = np.where(steps % max(1, len(x) // MARKS) == max(1, len(x) // MARKS) // 2, 8, 0)
    marker = {"symbol": symbol, "size": sizes, "color": colour, "line": {"color": colour, "width": 1.6}, "opacity": 1}
    figure.add_scatter(x=x, y=y, mode="lines+markers", name=name, line=line, marker=marker, **hover)


def _marks(method: str) -> tuple[str, str]:
    """Dash and symbol of a method's line."""
    return method_style(method).dash, method_style(method).symbol


def _counts(shares: Any, count: int) -> NDArray[np.int64]:
    """(g,) the numbers of points that shares of `count` points came from."""
    return np.atleast_1d(np.rint(np.nan_to_num(np.asarray(shares, dtype=np.float64)) * count)).astype(np.int64)


def _note(figure: go.Figure, y: float, text: str) -> None:
    """On a horizontal line, at its right end."""
    figure.add_annotation(x=1, xref="paper", xanchor="right", y=y, yanchor="bottom", text=text, showarrow=False)


def _slider(figure: go.Figure, eps: float) -> go.Figure:
    figure.add_vline(eps, line={"color": EPSILON, "width": 2})
    return figure.add_annotation(x=eps, y=1, yref="paper", yanchor="bottom", text=f"ε = {given(eps)}", showarrow=False)


def _laid_out(figure: go.Figure, p: Norm, grid: Array) -> go.Figure:
    figure.update_xaxes(title=f"ε, perturbations with {NORM_SIGNS[p]} ≤ ε", range=[0, float(grid[-1]) or 1.0])
    return figure.update_layout(**LAYOUT)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.14)"
