"""The ladder as a figure: the lower bounds, attacks and the exact search of one point, one row per method."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from textwrap import shorten
from typing import Any, TypeAlias

import plotly.graph_objects as go

from certify.rungs import STEPS, Rung
from figures.certify.best_bounds import BestBounds, best_bounds
from figures.certify.ladder_words import deciders
from figures.certify.methods import method_title
from figures.provenance import About, csv_text, distance
from figures.style.palette import ATTACKED, PROVED, UNKNOWN
from figures.words import NORM_SIGNS, duration, three_digits
from geometry.norms import Norm

Part: TypeAlias = dict[str, Any]  # a Plotly shape or annotation

ROW, HEAD, FOOT = 40, 46, 48  # pixels
THICK = 0.24  # thickness of a bar, in rows
LINE_SPAN = (0.4, 0.0)  # end and start of a line along a bar, in rows below the row's middle
LONGEST = 97  # characters of a method's name and line
SHORTER = 84  # of these where the page is narrow
BEGINNING = "font-size:12px;font-style:normal"  # of a method's line: by these styles a narrow page hides its end,
END = f"{BEGINNING};font-variant:normal"  # and a phone all of it
CUT = "font-size:0px;font-stretch:normal"  # of the dots that a narrow page shows in place of the end
KINDS = ("lower", "upper", "exact")
BEYOND = 1.35  # length of the axis, in distances of the nearest attack


def ladder_figure(rungs: Sequence[Rung], names: Sequence[str], p: Norm, *, busy: bool = False) -> go.Figure:
    """One row per method: lower bounds, attacks, the exact search. Green is proved, red attacked, grey unknown.

    Parameters
    ----------
    rungs : results so far, at most one per method
    names : all chosen methods; each has a row, also without a result
    p : the norm of the distances
    busy : whether methods still run
    """
    by_name = {rung.name: rung for rung in rungs}
    rows = sorted(names, key=lambda name: KINDS.index(STEPS[name].kind))
    best = best_bounds(rungs)
    edge = _edge(best)
    zones = [*_zones(best, edge), *_best_lines(best, len(rows))]
    labels = _zone_labels(best, edge)
    bars: list[go.Bar | go.Scatter] = []
    waiting = [name for name in names if name not in by_name]
    unneeded = f"not needed: decided by {deciders(best)}" if best.closed else "not run"
    for row, name in enumerate(rows):
        rung = by_name.get(name)
        if rung is None:
            note = unneeded if best.closed or not busy else "running …" if name == waiting[0] else "waits for its turn"
            labels += _row_labels(row, name, note, None)
            continue
        labels += _row_labels(row, name, rung.line, (_value(rung), duration(rung.seconds)))
        bars += _bars(row, rung, best, edge)
    figure = go.Figure(bars)
    figure.update_xaxes(
        title=f"size {NORM_SIGNS[p]} of the perturbation",
        range=[0, edge],
        zeroline=False,
        showgrid=False,
        fixedrange=True,
    )
    figure.update_yaxes(visible=False, range=[0.62 - len(names), 0.55])
    return figure.update_layout(
        height=HEAD + FOOT + ROW * len(names),
        margin={"l": 8, "r": 8, "t": HEAD, "b": FOOT},
        showlegend=False,
        barmode="overlay",
        hovermode="closest",
        shapes=zones,  # in one call: each add_shape copies and validates all earlier ones
        annotations=labels,
    )


def _edge(best: BestBounds) -> float:
    """The right end of the axis: a little beyond the nearest attack, or twice the best lower bound."""
    if 0 < best.upper < math.inf:
        return BEYOND * best.upper
    return 2 * best.lower if 0 < best.lower < math.inf else 1.0


def _zones(best: BestBounds, edge: float) -> Iterator[Part]:
    """The zones of the best bounds, behind all rows: proved, unknown, attacked."""
    lower, upper = min(best.lower, edge), min(best.upper, edge)
    for start, end, colour, opacity in (
        (0, lower, PROVED, 0.13),
        (lower, upper, UNKNOWN, 0.16),
        (upper, edge, ATTACKED, 0.12),
    ):
        if end > start:
            place = {"type": "rect", "x0": start, "x1": end, "yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
            yield {**place, "fillcolor": colour, "opacity": opacity, "line": {"width": 0}}


def _best_lines(best: BestBounds, rows: int) -> Iterator[Part]:
    """The best bounds as vertical lines, one piece along each bar: they leave the text above the bars free."""
    for place, colour in ((best.lower, PROVED), (best.upper, ATTACKED)):
        if 0 < place < math.inf:
            line = {"color": colour, "width": 1.5, "dash": "solid" if best.closed else "dot"}
            for row in range(rows):
                yield {
                    "type": "line", "x0": place, "x1": place, "y0": -row - LINE_SPAN[0], "y1": -row - LINE_SPAN[1],
                    "line": line,
                }  # fmt: skip


def _zone_labels(best: BestBounds, edge: float) -> list[Part]:
    """The titles of the zones, above the picture."""
    lower, upper = min(best.lower, edge), min(best.upper, edge)
    labels = []
    if lower > 0.18 * edge:
        labels.append(_zone_label(0, "left", "✓ proved: no such perturbation changes the class"))
    if upper - lower > 0.1 * edge:
        labels.append(_zone_label((lower + upper) / 2, "center", "? unknown"))
    if upper < edge:
        labels.append(_zone_label(edge, "right", "✕ attacked"))
    if best.closed and best.upper < math.inf:
        labels.append(_zone_label(best.upper, "center", f"<b>exact ≈ {three_digits(best.upper)}</b>", raised=True))
    return labels


def _zone_label(x: float, anchor: str, text: str, raised: bool = False) -> Part:
    place = {"x": x, "y": 1, "yref": "paper", "yshift": 20 if raised else 2, "yanchor": "bottom", "xanchor": anchor}
    return {**place, "text": text, "showarrow": False}


def _row_labels(row: int, name: str, line: str, numbers: tuple[str, str] | None) -> Iterator[Part]:
    """Above the bar: the method, and at the right its bound and its time (`numbers`; None without a result)."""
    place = {"xref": "paper", "y": -row + 0.22, "showarrow": False, "opacity": 0.55 if numbers is None else 1.0}
    text = f"<b>{method_title(name)}</b>  {_small(line) if numbers is None else _line(line, len(method_title(name)))}"
    yield {"x": 0, "xanchor": "left", "xshift": 4, "text": text, "align": "left", "hovertext": line, **place}
    value, time = numbers or ("", "")
    yield {"x": 1, "xanchor": "right", "xshift": -62, "text": f"<b>{value}</b>", **place}
    yield {"x": 1, "xanchor": "right", "xshift": -4, "text": _small(time), **place}


def _line(line: str, before: int) -> str:
    """A method's line in two parts, after its name of so many characters."""
    beginning = shorten(line, SHORTER - before, placeholder="")
    end = shorten(line, LONGEST - before, placeholder=" …")[len(beginning) :]
    cut = f"<span style='{CUT}'> …</span>" if end else ""
    return f"<span style='{BEGINNING}'>{escape(beginning)}</span>{cut}<span style='{END}'>{escape(end)}</span>"


def _small(text: str) -> str:
    return f"<span style='font-size:12px'>{escape(text)}</span>"


def _bars(row: int, rung: Rung, best: BestBounds, edge: float) -> Iterator[go.Bar | go.Scatter]:
    """Bars from 0 to a lower bound, from an upper bound to the right end, and grey between the exact search's two."""
    y, lower, upper = -row - 0.2, min(rung.lower, edge), min(rung.upper, edge)
    if rung.kind != "upper":
        share = rung.lower / best.lower if 0 < best.lower < math.inf else 1.0
        yield from _bar(y, 0, lower, PROVED, 0.2 + 0.8 * share**2, f"proved: {_value(rung)}")
    if rung.kind == "exact":
        yield from _bar(y, lower, upper, UNKNOWN, 0.6, f"unknown: {_value(rung)}")
    if rung.kind != "lower" and rung.upper < edge:
        yield from _bar(y, upper, edge, ATTACKED, 0.4, f"found: {_value(rung)}")
    if rung.kind == "upper" or (rung.kind == "exact" and rung.upper < edge):
        symbol, place = ("x", upper) if rung.upper < edge else ("x-open", 0.985 * edge)
        marker = {"symbol": symbol, "size": 11, "color": ATTACKED, "line": {"color": "white", "width": 1}}
        yield go.Scatter(x=[place], y=[y], mode="markers", marker=marker, hoverinfo="skip")


def _value(rung: Rung) -> str:
    """The bound as text: lower bounds rounded down, upper ones up."""
    below, above = three_digits(rung.lower, down=True), three_digits(rung.upper, up=True)
    if rung.kind == "lower":
        return f"✓ tight  ≥ {below}" if rung.tight else f"≥ {below}"
    if rung.kind == "upper":
        return f"≤ {above}" if rung.upper < math.inf else "found none"
    return f"≈ {three_digits(rung.upper)}" if rung.tight else f"{below} … {above}"


def _bar(y: float, start: float, end: float, colour: str, opacity: float, tooltip: str) -> Iterator[go.Bar]:
    if end <= start:
        return
    marker = {"color": colour, "opacity": opacity, "line": {"color": PROVED, "width": 1 if start == 0 else 0}}
    place = {"x": [end - start], "base": [start], "y": [y], "width": THICK, "orientation": "h"}
    yield go.Bar(marker=marker, hovertemplate=f"{tooltip}<extra></extra>", **place)


def ladder_csv(rungs: Sequence[Rung], p: Norm, about: About | None = None) -> str:
    """One row per method; numbers are written so that reading them gives the same float64."""
    names = ("method", "kind", *(distance(name, p) for name in ("lower", "upper")), "tight [0 or 1]", "final [0 or 1]")
    rows = (
        (
            rung.name, rung.kind, float(rung.lower), float(rung.upper), int(rung.tight), int(rung.final), rung.seconds,
            "" if rung.witness is None else rung.witness,
        )
        for rung in rungs
    )  # fmt: skip
    return csv_text(about or {}, (*names, "time [s]", "witness [input units]"), rows)
