"""Areas of adversarial polytopes and of their outer bounds: a table, and curves over eps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope import bound_colour, bound_styles, set_title, shown_number
from figures.provenance import About, csv_text
from figures.style.ink import inked
from figures.style.palette import EPSILON, TRUE_SET, Theme, mix, palette
from figures.words import NORM_SIGNS, three_digits
from geometry.norms import Array

HEIGHT = 320


def area_figure(
    sweep: Sequence[Polytopes], eps: float | None = None, *, ratios: bool = False, theme: Theme = "light"
) -> go.Figure:
    """The areas over eps on a logarithmic scale, or their ratios to the hull's area; `eps` is marked."""
    colours = palette(theme)
    radii = [sets.eps for sets in sweep]
    styles = {name: (bound_colour(name, theme), style.dash) for name, style in bound_styles().items()}
    styles |= {"hull": (colours.ink, "dash"), "true": (mix(TRUE_SET, colours.ink, 0.3), "solid")}
    curves: dict[str, Array] = {}
    for name in _names(sweep):
        values = np.array([(sets.ratios if ratios else sets.areas).get(name, np.nan) for sets in sweep])
        curves[name] = np.where(values > 0, values, np.nan)  # zero has no logarithm
    data = [
        {
            "type": "scatter", "x": radii, "y": values, "mode": "lines", "name": set_title(name),
            "customdata": [shown_number(name, value) for value in values],
            "hovertemplate": "%{customdata}", "line": {"color": styles[name][0], "dash": styles[name][1], "width": 2.2},
        }
        for name, values in curves.items()
    ]  # fmt: skip
    mark = {"type": "line", "x0": eps, "x1": eps, "y0": 0, "y1": 1, "yref": "paper"}
    layout = {
        "height": HEIGHT,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "x unified",
        "legend": {"orientation": "h", "y": -0.25, "yanchor": "top", "x": 0},
        "xaxis": {"title": {"text": f"ε, size {NORM_SIGNS[sweep[0].p]}" if sweep else "ε"}},
        "yaxis": {"title": {"text": "area / hull's area" if ratios else "area"}, "type": "log", **_ticks(curves)},
        "shapes": [] if eps is None else [{**mark, "line": {"color": EPSILON, "width": 2}}],
    }
    return inked(go.Figure({"data": data, "layout": layout}), theme)


def _ticks(curves: Mapping[str, Array]) -> dict[str, object]:
    """Powers of ten over more than two decades, else also 2 and 5."""
    values = np.concatenate([*curves.values(), np.ones(1)])
    finite = values[np.isfinite(values)]
    decades = float(np.log10(finite.max() / finite.min()))
    return {"exponentformat": "power", "dtick": max(1, round(decades / 6)) if decades > 2 else "D2"}


def area_rows(sets: Polytopes) -> list[dict[str, str]]:
    """A table of the sets: area, area relative to the hull's, and least margin.

    A bound's area is rounded up and its margin, a lower bound, down; those of the true set and its hull to the nearest.
    """
    return [
        {
            "set": set_title(name),
            "area": shown_number(name, area),
            "× hull": shown_number(name, sets.ratios[name]),
            "least margin": three_digits(margin_of(sets, name), down=name in bound_styles()),
        }
        for name, area in sets.areas.items()
    ]


def margin_of(sets: Polytopes, name: str) -> float:
    """The least margin of the point's own output in a set; the hull has that of the true set."""
    return sets.margins["true" if name == "hull" else name]


def areas_csv(sweep: Sequence[Polytopes], about: About) -> str:
    """The metadata, then one row per eps and set; reading the numbers gives the same float64."""
    names = ("eps", "set", "area [outputs squared]", "area relative to the hull's", "least margin [outputs]")
    rows = [
        (sets.eps, name, area, sets.ratios[name], margin_of(sets, name))
        for sets in sweep
        for name, area in sets.areas.items()
    ]
    return csv_text(about, names, rows)


def _names(sweep: Sequence[Polytopes]) -> list[str]:
    return list(dict.fromkeys(name for sets in sweep for name in sets.areas))
