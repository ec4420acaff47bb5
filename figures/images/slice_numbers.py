"""Charts that compare networks on a slice: areas of regions, shares of classes, distances, heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from figures.regions.overlays import UNSCALED, Scale, Window
from figures.style.ink import plot_text
from figures.style.palette import SLOTS, Theme, class_colour, palette, translucent
from geometry.norms import Array

HEIGHT = 260
BINS = 48


def areas_figure(areas: Mapping[str, Array], theme: Theme = "light") -> go.Figure:
    """Per network, the share of the window that regions of each area cover: a histogram weighted by area."""
    positive = np.concatenate([_visible(values) for values in areas.values()])
    low, high = (np.log10(positive.min()), np.log10(positive.max())) if len(positive) else (-1.0, 1.0)
    edges = np.linspace(low - 0.05, high + 0.05, BINS + 1)
    figure = go.Figure()
    for colour, (title, values) in zip(SLOTS[theme], areas.items()):
        name = plot_text(title)
        share, _ = np.histogram(np.log10(np.maximum(values, 10 ** edges[0])), edges, weights=values / values.sum())
        figure.add_scatter(
            x=(edges[1:] + edges[:-1]) / 2, y=100 * share, name=name, line={"color": colour, "shape": "hvh"},
            fill="tozeroy", fillcolor=translucent(colour, 0.12), hovertemplate="%{y:.1f} %<extra>" + name + "</extra>",
        )  # fmt: skip
    decades = np.arange(np.ceil(edges[0]), np.floor(edges[-1]) + 1)[:: max(1, BINS // 8 // 2)]
    figure.update_xaxes(title="area of a region", tickvals=decades, ticktext=[f"10<sup>{d:.0f}</sup>" for d in decades])
    figure.update_yaxes(title="of the window", ticksuffix=" %", rangemode="tozero")
    return _laid_out(figure)


def classes_figure(
    shares: Mapping[str, Array], names: Sequence[str], theme: Theme = "light", bands: int = 0
) -> go.Figure:
    """Per network a stacked bar of the exact shares (K,) of the window's area of classes, or of bands of a number."""
    figure = go.Figure()
    titles = list(map(plot_text, shares))
    for label in range(max(len(values) for values in shares.values())):
        parts = [100 * float(values[label]) if label < len(values) else 0.0 for values in shares.values()]
        name = plot_text(names[label]) if label < len(names) else str(label)
        figure.add_bar(
            x=parts, y=titles, orientation="h", name=name, marker_color=class_colour(label, bands, theme),
            showlegend=max(parts) > 0,
            text=[name if part > 4 else "" for part in parts], textangle=0, insidetextanchor="middle",
            hovertemplate="%{x:.2f} %<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.35)
    figure.update_xaxes(title="share of the window", ticksuffix=" %", range=[0, 100])
    figure.update_yaxes(autorange="reversed")
    return _laid_out(figure)


def edges_figure(
    distances: Mapping[str, Array], names: Sequence[str], quantity: str, theme: Theme = "light"
) -> go.Figure:
    """A distance along the sides of the triangle, from one named corner to the next and back to the first."""
    figure = go.Figure()
    for colour, (title, values) in zip(SLOTS[theme], distances.items()):
        at = np.linspace(0, len(names), len(values))
        finite = np.where(np.isfinite(values) & (values > 0), values, np.nan)
        figure.add_scatter(
            x=at, y=finite, name=plot_text(title), line={"color": colour}, hovertemplate="%{y:.3~g}<extra></extra>"
        )
    for corner in range(len(names) + 1):
        figure.add_vline(corner, line={"color": palette(theme).faint, "width": 1, "dash": "dot"})
    figure.update_xaxes(
        tickvals=list(range(len(names) + 1)),
        ticktext=list(map(plot_text, [*names, names[0]])),
        title="along the sides of the triangle",
    )
    figure.update_yaxes(title=quantity, type="log", exponentformat="power")
    return _laid_out(figure)


def heat_maps(
    values: Mapping[str, Array],
    window: Window,
    points: Array,
    names: Sequence[str],
    quantity: str,
    theme: Theme = "light",
    axes: tuple[str, str] = ("s", ""),
    scales: tuple[Scale, Scale] = UNSCALED,
) -> go.Figure:
    """Per network a heat map of (rows, columns) values, from t0 upwards, on one colour scale, with named points."""
    figure = make_subplots(1, len(values), subplot_titles=list(map(plot_text, values)), horizontal_spacing=0.06)
    (s_offset, per_s), (t_offset, per_t) = scales
    (s0, s1), (t0, t1) = (s_offset + per_s * np.array(window[:2]), t_offset + per_t * np.array(window[2:]))
    points = np.array([s_offset, t_offset]) + points * np.array([per_s, per_t])
    all_values = np.concatenate([grid.ravel() for grid in values.values()])
    finite = all_values[np.isfinite(all_values)]
    low, high = (float(finite.min()), float(np.quantile(finite, 0.99))) if len(finite) else (0.0, 1.0)
    colours = [[i / (len(palette(theme).scale) - 1), c] for i, c in enumerate(palette(theme).scale)]
    for column, grid in enumerate(values.values(), 1):
        rows, columns = grid.shape
        figure.add_heatmap(
            z=np.where(np.isfinite(grid), grid, np.nan), x0=s0 + (s1 - s0) / columns / 2, dx=(s1 - s0) / columns,
            y0=t0 + (t1 - t0) / rows / 2, dy=(t1 - t0) / rows, coloraxis="coloraxis",
            hovertemplate="(%{x:.3~g}, %{y:.3~g})<br><b>%{z:.3~g}</b><extra></extra>", row=1, col=column,
        )  # fmt: skip
        figure.add_scatter(
            x=points[:, 0], y=points[:, 1], text=list(map(plot_text, names)), mode="markers+text",
            textposition="top center",
            marker={"color": palette(theme).ink, "size": 8, "line": {"color": palette(theme).casing, "width": 2}},
            textfont_color=palette(theme).ink, showlegend=False, hoverinfo="skip", row=1, col=column,
        )  # fmt: skip
        figure.update_xaxes(
            range=[s0, s1], constrain="domain", showgrid=False, title=plot_text(axes[0]), row=1, col=column
        )
        anchor = "x" if column == 1 else f"x{column}"
        figure.update_yaxes(
            range=[t0, t1], scaleanchor=anchor, scaleratio=per_s / per_t, showgrid=False, row=1, col=column
        )
        figure.update_yaxes(title=plot_text(axes[1]) if column == 1 else "", row=1, col=column)
    figure.update_layout(
        coloraxis={
            "colorscale": colours,
            "cmin": low,
            "cmax": high if high > low else low + 1,
            "colorbar": {"title": quantity},
        }
    )
    return figure.update_layout(height=430, margin={"l": 8, "r": 8, "t": 40, "b": 8})


def _visible(areas: Array) -> Array:
    """The positive areas, without the smallest ones, which together cover a ten-thousandth."""
    ordered = np.sort(areas[areas > 0])
    return ordered[np.cumsum(ordered) > 1e-4 * ordered.sum()]


def _laid_out(figure: go.Figure) -> go.Figure:
    return figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "y": 1.16, "x": 0},
        hovermode="closest",
    )
