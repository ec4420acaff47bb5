"""The adversarial polytope and its outer bounds: output plane, input plane, and both over eps (KW Figs. 6 and 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
import shapely
from shapely.geometry.base import BaseGeometry

from certify.polytopes import LAYERWISE, Polytopes
from figures.ink import inked
from figures.overlays import Ball, Overlays, Role
from figures.palette import OUTER_BOUNDS, TRUE_SET, Palette, Theme, along, edge_colour, mix, palette
from figures.standing import TITLES
from figures.words import class_name, three_digits
from geometry.norms import Array
from geometry.ragged import Floats

NAMES = TITLES | {LAYERWISE: "Layerwise box", "true": "true set", "hull": "convex hull"}
HEIGHT = 520
MARGIN = 0.08  # of the picture around what it shows
LOOSE = 6.0  # a bound so many times as wide as the hull does not decide how far the view reaches
MOST_LINES = 20_000  # segments in the input plane, beyond which they would be a grey mass
View = tuple[float, float, float, float]  # x0, x1, y0, y1


def polytope_figure(
    found: Polytopes, attacks: Array | None = None, view: View | None = None, theme: Theme = "light"
) -> go.Figure:
    """The output plane: true set grey, its hull dashed, outer polytopes green from light (loose) to dark (tight).

    Parameters
    ----------
    attacks : (k, 2) the two outputs of attack points, drawn as crosses
    view : what to show first; `polytope_view` of this one alone if not given
    theme : "light" or "dark"

    Hovering a vertex of the true set names the input that reaches it. The line f_i = f_j is the decision boundary
    between the two: a set on one side of it keeps its order.
    """
    view = polytope_view([found]) if view is None else view
    figure = go.Figure(_output_traces(found, attacks, view, palette(theme)))
    return _output_layout(figure, found, view, theme)


def sweep_figure(sweep: Sequence[Polytopes], theme: Theme = "light") -> go.Figure:
    """`polytope_figure` at many radii as one figure with a slider and a play button of its own, in the browser.

    Raises
    ------
    ValueError
        If there is nothing to show.
    """
    if not sweep:
        raise ValueError("a sweep needs at least one radius")
    view = polytope_view(sweep)
    colours = palette(theme)
    figure = go.Figure(_output_traces(sweep[-1], None, view, colours))
    names = [three_digits(found.eps) for found in sweep]
    figure.frames = [
        go.Frame(name=f"{k}", data=_output_traces(found, None, view, colours)) for k, found in enumerate(sweep)
    ]
    show: dict[str, Any] = {
        "mode": "immediate",
        "frame": {"duration": 60, "redraw": True},
        "transition": {"duration": 0},
    }
    steps = [{"method": "animate", "args": [[f"{k}"], show], "label": name} for k, name in enumerate(names)]
    play = {"label": "▶", "method": "animate", "args": [None, show | {"fromcurrent": True}]}
    pause = {"label": "❚❚", "method": "animate", "args": [[None], show]}
    figure.update_layout(
        sliders=[
            {"steps": steps, "active": len(steps) - 1, "currentvalue": {"prefix": "ε = "}, "x": 0.12, "len": 0.88}
        ],
        updatemenus=[{"type": "buttons", "buttons": [play, pause], "direction": "left", "x": 0.08, "y": -0.12}],
    )
    return _output_layout(figure, sweep[-1], view, theme)


def polytope_view(sweep: Sequence[Polytopes]) -> View:
    """A view on all true sets and on the bounds that are not so loose that nothing else would be seen."""
    hulls = shapely.union_all([found.reached.hull for found in sweep])
    shown = [hulls]
    for found in sweep:
        shown += [one for one in found.outer.values() if _width(one) <= LOOSE * _width(found.reached.hull)]
    if _width(hulls) == 0 and len(shown) == 1:
        shown += [hulls.buffer(1e-3 * (1 + max(map(abs, hulls.bounds), default=0.0)))]
    x0, y0, x1, y1 = shapely.total_bounds(np.array(shown, object))
    room = MARGIN * max(x1 - x0, y1 - y0)
    return float(x0 - room), float(x1 + room), float(y0 - room), float(y1 + room)


def _width(geometry: BaseGeometry) -> float:
    if geometry.is_empty:
        return 0.0
    x0, y0, x1, y1 = geometry.bounds
    return max(x1 - x0, y1 - y0)


def _output_traces(found: Polytopes, attacks: Array | None, view: View, colours: Palette) -> list[go.Scatter]:
    """Loosest first, so that the tight ones lie on top; the same number for every eps."""
    traces = []
    order = sorted(found.outer, key=lambda name: -found.outer[name].area)
    for rank, name in enumerate(order):
        colour = along(OUTER_BOUNDS, 0.1 + 0.9 * rank / max(len(order) - 1, 1))
        traces.append(_area(found.outer[name], _named(found, name), colour, mix(colour, colours.ground, 0.8)))
    true = found.reached.polytope
    traces.append(_area(true, _named(found, "true"), mix(TRUE_SET, colours.ink, 0.4), TRUE_SET))
    hull = _area(found.reached.hull, _named(found, "hull"), colours.ink, None)
    traces.append(hull.update(line={"dash": "dash", "color": colours.ink, "width": 1.5}))
    traces.append(_decision_line(view, found, colours))
    traces.append(_vertices(found, colours))
    points = np.zeros((0, 2)) if attacks is None else np.asarray(attacks, np.float64).reshape(-1, 2)
    marker: dict[str, Any] = {"symbol": "x", "size": 9, "color": colours.attacked}
    traces.append(_points(points, "attacks", marker | {"line": {"color": colours.casing, "width": 1}}))
    pin = {"symbol": "circle", "size": 10, "color": colours.ink, "line": {"color": colours.casing, "width": 2}}
    traces.append(_points(found.middle[None], "the point itself", pin))
    return traces


def _named(found: Polytopes, name: str) -> str:
    ratio = found.ratios[name]
    beside = "" if name == "hull" or math.isnan(ratio) else f", {three_digits(ratio)} × hull"
    return f"{NAMES.get(name, name)}: {three_digits(found.areas[name])}{beside}"


def outline(geometry: BaseGeometry) -> Floats:
    """(k, 2) all rings and lines of a geometry, a row of NaN after each; holes run the other way round."""
    rows = [shapely.get_coordinates(ring) for part in shapely.get_parts(geometry) for ring in _rings(part)]
    gaps = [np.vstack([row, [[np.nan, np.nan]]]) for row in rows]
    return np.concatenate(gaps)[:-1] if gaps else np.zeros((0, 2))


def _rings(part: BaseGeometry) -> list[BaseGeometry]:
    if part.geom_type != "Polygon":
        return [part]
    oriented = shapely.orient_polygons(part)
    return [oriented.exterior, *oriented.interiors]


def _area(geometry: BaseGeometry, name: str, colour: str, fill: str | None) -> go.Scatter:
    corners = outline(geometry)
    return go.Scatter(
        x=corners[:, 0], y=corners[:, 1], mode="lines", name=name, line={"color": colour, "width": 1.5},
        fill="none" if fill is None else "toself", fillcolor=fill, hoverinfo="skip",
    )  # fmt: skip


def _points(points: Array, name: str, marker: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        x=points[:, 0], y=points[:, 1], mode="markers", name=name, marker=marker, showlegend=len(points) > 0,
        hovertemplate=f"{name}<br>(%{{x:.4~g}}, %{{y:.4~g}})<extra></extra>",
    )  # fmt: skip


def _decision_line(view: View, found: Polytopes, colours: Palette) -> go.Scatter:
    """f_i = f_j, as far as the view and everything drawn reaches."""
    bounds = [*view, *(value for one in found.outer.values() for value in one.bounds)]
    ends = np.array([min(bounds), max(bounds)])
    i, j = found.outputs
    return go.Scatter(
        x=ends, y=ends, mode="lines", name=f"{class_name(i)} = {class_name(j)}", hoverinfo="skip",
        line={"color": colours.d_D, "width": 2},
    )  # fmt: skip


def _vertices(found: Polytopes, colours: Palette) -> go.Scatter:
    """The true set's vertices; each says which input reaches it."""
    vertices = np.unique(shapely.get_coordinates(found.reached.polytope), axis=0)
    inputs, _ = found.reached.preimages(vertices) if len(vertices) else (vertices, vertices)
    return go.Scatter(
        x=vertices[:, 0], y=vertices[:, 1], mode="markers", name="vertices", customdata=inputs, showlegend=False,
        marker={"size": 4, "color": mix(TRUE_SET, colours.ink, 0.6)},
        hovertemplate="output (%{x:.4~g}, %{y:.4~g})<br>reached by (%{customdata[0]:.4~g}, %{customdata[1]:.4~g})"
        "<extra></extra>",
    )  # fmt: skip


def _output_layout(figure: go.Figure, found: Polytopes, view: View, theme: Theme) -> go.Figure:
    i, j = found.outputs
    figure.update_xaxes(title=f"output of {class_name(i)}", range=view[:2], zeroline=False)
    figure.update_yaxes(title=f"output of {class_name(j)}", range=view[2:], zeroline=False, scaleanchor="x")
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest", uirevision="polytope",
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
    )  # fmt: skip
    return inked(figure, theme)


def input_figure(found: Polytopes, theme: Theme = "light") -> go.Figure:
    """The input plane: the ball, the regions it meets, and the lines along which units switch inside it."""
    reached, colours, figure = found.reached, palette(theme), go.Figure()
    widths = reached.regions.network.widths
    outer = outline(reached.ball)
    figure.add_scatter(
        x=outer[:, 0], y=outer[:, 1], mode="lines", name=f"ball, ε = {three_digits(found.eps)}", fill="toself",
        line={"color": colours.ink, "width": 2}, fillcolor=mix(TRUE_SET, colours.ground, 0.7), hoverinfo="skip",
    )  # fmt: skip
    segments, units = reached.unit_lines()
    layer = np.searchsorted(np.cumsum(widths), units, side="right")
    for k in range(len(widths)):
        ends = segments[layer == k]
        if len(ends) == 0 or len(segments) > MOST_LINES:
            continue
        gaps = np.concatenate([ends, np.full((len(ends), 1, 2), np.nan)], axis=1).reshape(-1, 2)
        switching = len(np.unique(units[layer == k]))
        figure.add_scatter(
            x=gaps[:, 0], y=gaps[:, 1], mode="lines", hoverinfo="skip", name=f"layer {k + 1}: {switching} units switch",
            line={"color": edge_colour(colours, k, len(widths)), "width": 1.2},
        )  # fmt: skip
    across, up = ("x₁", "x₂") if reached.regions.network.input_units == 2 else ("s", "t")
    figure.update_xaxes(title=across, zeroline=False)
    figure.update_yaxes(title=up, zeroline=False, scaleanchor="x")
    figure.update_layout(
        height=HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="closest",
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
    )  # fmt: skip
    return inked(figure, theme)


def input_overlays(found: Polytopes, pin: tuple[float, float]) -> Overlays:
    """Pin and ball over a region_view.

    Green where some method proves that the two outputs keep their order, red where the true set reaches f_i = f_j.
    """
    proved = any(margin > 0 for name, margin in found.margins.items() if name != "true")
    role: Role = "attacked" if found.margins["true"] <= 0 else "proved" if proved else "d_B"
    return Overlays(pin=pin, balls=(Ball(role, outline(found.reached.ball), f"ε = {three_digits(found.eps)}"),))
