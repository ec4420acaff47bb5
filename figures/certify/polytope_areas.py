"""Areas of adversarial polytopes and of their bounds, as numbers and as curves over eps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope import bound_colour, bound_styles, set_title, shown_number
from figures.certify.robust_error import EPSILON
from figures.provenance import About, csv_text
from figures.style.ink import inked
from figures.style.palette import TRUE_SET, Theme, mix, palette
from figures.words import NORM_SIGNS, three_digits
from geometry.norms import Array

HEIGHT = 320


def area_figure(
    sweep: Sequence[Polytopes], eps: float | None = None, *, ratios: bool = False, theme: Theme = "light"
) -> go.Figure:
    """The areas over eps on a logarithmic scale, or how many times the hull's each is; `eps` is marked."""
    colours = palette(theme)
    radii = [found.eps for found in sweep]
    styles = {name: (bound_colour(name, theme), style.dash) for name, style in bound_styles().items()}
    styles |= {"hull": (colours.ink, "dash"), "true": (mix(TRUE_SET, colours.ink, 0.3), "solid")}
    curves: dict[str, Array] = {}
    for name in _names(sweep):
        values = np.array([(found.ratios if ratios else found.areas).get(name, np.nan) for found in sweep])
        curves[name] = np.where(values > 0, values, np.nan)  # nothing on a logarithmic scale
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
    """Powers of ten where there are some, else also 2 and 5."""
    values = np.concatenate([*curves.values(), np.ones(1)])
    known = values[np.isfinite(values)]
    decades = float(np.log10(known.max() / known.min()))
    return {"exponentformat": "power", "dtick": max(1, round(decades / 6)) if decades > 2 else "D2"}


def area_rows(found: Polytopes) -> list[dict[str, str]]:
    """A table: each set, its area, the area relative to the hull's, and the least margin it leaves.

    Of a bound areas are rounded up and the margin, which it proves, down; of the true set and its hull to the nearest.
    """
    return [
        {
            "set": set_title(name),
            "area": shown_number(name, area),
            "× hull": shown_number(name, found.ratios[name]),
            "least margin": three_digits(margin_of(found, name), down=name in bound_styles()),
        }
        for name, area in found.areas.items()
    ]


def margin_of(found: Polytopes, name: str) -> float:
    """The least lead of the point's own output in a set; in the hull it is that of the true set."""
    return found.margins["true" if name == "hull" else name]


def areas_csv(sweep: Sequence[Polytopes], about: About) -> str:
    """Where it comes from, then one row per eps and set; reading the numbers gives the same float64."""
    names = ("eps", "set", "area [outputs squared]", "area relative to the hull's", "least margin [outputs]")
    rows = [
        (found.eps, name, area, found.ratios[name], margin_of(found, name))
        for found in sweep
        for name, area in found.areas.items()
    ]
    return csv_text(about, names, rows)


def _names(sweep: Sequence[Polytopes]) -> list[str]:
    return list(dict.fromkeys(name for found in sweep for name in found.areas))
