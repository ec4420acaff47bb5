"""Guides of an SVG: axes, scale bar, legend, and its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import accumulate
from typing import get_args

from figures.regions.frames import Frame
from figures.regions.overlays import UNSCALED, Fill, Overlays, Role, Scale, ViewOptions, Window
from figures.regions.strokes import STROKES, layer_width
from figures.style.palette import CLASS_SHAPES, Palette, edge_colour
from figures.style.ticks import round_step, ticks
from figures.svg.shapes import class_shape, dash_attribute, text_with_subscripts
from figures.words import class_name, round_length, thousands, three_digits
from geometry.norms import NORM_NAMES

LEFT, TOP, BOTTOM, RIGHT = 52.0, 8.0, 42.0, 12.0  # margins around the plot
TICK_SIZE, LINE, SAMPLE = 12.0, 21.0, 26.0
CHARACTER = 7.2  # upper estimate of a character's width in the legend: SVG cannot measure text
FILL_TITLES: dict[Fill, str] = {"margin": "margin", "active": "units that are on"}


def described(title: str, about: Mapping[str, str]) -> list[str]:
    """The title and the metadata as SVG elements, which screen readers read aloud."""
    metadata = "\n".join(f"{name}: {value}" for name, value in about.items())
    return [f"<title>{escape(title)}</title>", *([f"<desc>{escape(metadata)}</desc>"] if metadata else [])]


def axes(
    window: Window,
    size: tuple[float, float],
    names: tuple[str, str],
    colours: Palette,
    scales: tuple[Scale, Scale] = UNSCALED,
) -> list[str]:
    """Ticks and names below and left of the plot (width, height), whose upper left corner is the origin."""
    (s0, s1), (t0, t1) = (
        (offset + low * factor, offset + high * factor)
        for (offset, factor), (low, high) in zip(scales, (window[:2], window[2:]))
    )
    width, height = size
    across, across_base = ticks(s0, s1, width / 110)
    upwards, upwards_base = ticks(t0, t1, height / 80)
    marks, texts = [], []
    for value, text in across:
        x = (value - s0) / (s1 - s0) * width
        marks.append(f"M{x:.2f} {height:.2f}v5")
        texts.append(_tick(text, x, height + 18, "middle", colours))
    for value, text in upwards:
        y = (t1 - value) / (t1 - t0) * height
        marks.append(f"M0 {y:.2f}h-5")
        texts.append(_tick(text, -8, y + 4, "end", colours))
    horizontal, vertical = f"{names[0]} {across_base}".strip(), f"{names[1]} {upwards_base}".strip()
    return [
        '<g class="axes">',
        f'<rect width="{width:g}" height="{height:.2f}" fill="none" stroke="{colours.faint}"/>',
        f'<path d="{"".join(marks)}" stroke="{colours.faint}"/>',
        *texts,
        _name(horizontal, width, height + 36, "end", colours),
        _name(vertical, 8, 18, "start", colours),
        "</g>",
    ]


def _tick(text: str, x: float, y: float, anchor: str, colours: Palette) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{TICK_SIZE:g}" '
        f'fill="{colours.ink}">{text}</text>'
    )


def _name(text: str, x: float, y: float, anchor: str, colours: Palette) -> str:
    return text_with_subscripts(text, x, y, colours.ink, colours, 14, anchor, extra=' font-style="italic"')


def scale_bar(window: Window, size: tuple[float, float], colours: Palette) -> list[str]:
    """A bar of a round length in the plot's lower right corner."""
    (s0, s1, _, _), (width, height) = window, size
    length = round_step(0.15 * (s1 - s0))
    pixels = length / (s1 - s0) * width
    x, y = width - pixels - 14, height - 14
    return [
        '<g class="scale-bar">',
        f'<path d="M{x:.2f} {y - 5:.2f}v5h{pixels:.2f}v-5" fill="none" stroke="{colours.casing}" stroke-width="4.5"/>',
        f'<path d="M{x:.2f} {y - 5:.2f}v5h{pixels:.2f}v-5" fill="none" stroke="{colours.ink}" stroke-width="1.6"/>',
        text_with_subscripts(round_length(length), x + pixels / 2, y - 8, colours.ink, colours, 12, "middle"),
        "</g>",
    ]


Row = tuple[str, str, int]  # kind, text, number of the class or layer


def legend_rows(frame: Frame, overlays: Overlays, options: ViewOptions) -> list[Row]:
    """Rows for what the picture shows, in the order of figures/live_view/core/legend.js."""
    rows: list[Row] = []
    if options.fill == "class" or (options.show_points and len(overlays.points)):
        names = options.class_names
        rows += [("class", names[c] if c < len(names) else class_name(c), c) for c in range(frame.class_count)]
    if options.fill not in ("class", "region"):
        norm = NORM_NAMES[options.norm].replace("inf", "∞")
        rows.append(("scale", FILL_TITLES.get(options.fill, f"gradient norm, p = {norm}"), 0))
    if options.show_boundary and len(frame.boundary):
        rows.append(("boundary", "decision boundary", 0))
    drawn = {ball.role for ball in overlays.balls} | {line.role for line in overlays.hyperplanes}
    rows += [(role, role, 0) for role in get_args(Role) if role in drawn]
    if overlays.data_balls is not None:
        eps, verdicts = overlays.data_balls.eps, sorted(set(overlays.data_balls.verdicts))
        rows += [(f"ball-{verdict}", f"{verdict} within ε = {eps:g}", 0) for verdict in verdicts]
    layers = [layer for layer in range(len(frame.widths)) if layer not in options.hidden_layers]
    rows += [("layer", f"layer {layer + 1}", layer) for layer in layers]
    if options.lit_unit is not None and options.lit_unit < sum(frame.widths):
        rows.append(("lit", _unit_name(options.lit_unit, frame.widths), 0))
    return rows


def _unit_name(unit: int, widths: tuple[int, ...]) -> str:
    """The name of a hidden unit: its number, counted from 1 through all layers, then its number in its layer."""
    layer = next(layer for layer, end in enumerate(accumulate(widths)) if unit < end)
    number = unit + 1 - sum(widths[:layer])
    return f"unit {unit + 1}, number {number} of layer {layer + 1}" if layer else f"unit {unit + 1} of layer 1"


def legend_width(rows: list[Row]) -> float:
    """The width of the legend's column, right of the plot; 0 without rows."""
    return 30 + SAMPLE + max(CHARACTER * len(text) for _, text, _ in rows) if rows else 0.0


def legend(
    rows: list[Row], x: float, frame: Frame, overlays: Overlays, options: ViewOptions, colours: Palette
) -> list[str]:
    """The rows from the plot's top downwards, starting at `x`."""
    parts, y = ['<g class="legend">'], 16.0
    for kind, text, number in rows:
        if kind == "scale":
            parts += _scale_key(text, x, y, frame, options, colours)
            y += 2.4 * LINE
            continue
        parts.append(_sample(kind, number, x, y, frame, overlays, options, colours))
        parts.append(text_with_subscripts(text, x + SAMPLE + 10, y + 4.5, colours.ink, colours, 13, weight=500))
        y += LINE
    return [*parts, "</g>"]


def _sample(
    kind: str, number: int, x: float, y: float, frame: Frame, overlays: Overlays, options: ViewOptions, colours: Palette
) -> str:
    middle = x + SAMPLE / 2
    if kind == "class":
        fill = colours.class_fills[number % len(colours.class_fills)]
        block = f'<rect x="{x:.1f}" y="{y - 7:.1f}" width="{SAMPLE:g}" height="14" rx="3" fill="{fill}"/>'
        pointed = options.show_points and len(overlays.points)
        paint = f'fill="{colours.class_points[number % len(colours.class_points)]}" stroke="{colours.point_rim}"'
        shape = (
            class_shape(CLASS_SHAPES[number % len(CLASS_SHAPES)], middle, y, 4.6, paint, "sample") if pointed else ""
        )
        return (block if options.fill == "class" else "") + shape
    layers = len(frame.widths)
    colour, width = {
        "boundary": (colours.d_D, STROKES.boundary),
        "lit": (colours.lit, STROKES.lit),
        "layer": (edge_colour(colours, number, layers), layer_width(STROKES.edge_sample, number, layers)),
    }.get(kind, (getattr(colours, kind.removeprefix("ball-"), colours.ink), STROKES.ball))
    if kind in ("boundary", "lit", "layer"):
        return f'<path d="M{x:.1f} {y:.1f}h{SAMPLE:g}" stroke="{colour}" stroke-width="{width:.2f}"/>'
    dash = dash_attribute({f"ball-{name}": dash for name, dash in STROKES.verdict_dashes.items()}.get(kind, ()))
    return (
        f'<circle cx="{middle:.1f}" cy="{y:.1f}" r="6.5" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'
    )


def _scale_key(title: str, x: float, y: float, frame: Frame, options: ViewOptions, colours: Palette) -> list[str]:
    name = f"gradient-{NORM_NAMES[options.norm]}" if options.fill == "gradient" else options.fill
    low, high = frame.ranges[name]
    counts = options.fill == "active"
    ends = [thousands(round(low)), thousands(round(high))] if counts else [three_digits(low), f"≥ {three_digits(high)}"]
    stops = "".join(
        f'<stop offset="{i / (len(colours.scale) - 1):.3f}" stop-color="{colour}"/>'
        for i, colour in enumerate(colours.scale)
    )
    return [
        f'<linearGradient id="scale">{stops}</linearGradient>',
        text_with_subscripts(title, x, y + 4.5, colours.ink, colours, 13, weight=500),
        f'<rect x="{x:.1f}" y="{y + 12:.1f}" width="110" height="9" rx="2" fill="url(#scale)"/>',
        _tick(ends[0], x, y + 35, "start", colours),
        _tick(ends[1], x + 110, y + 35, "end", colours),
    ]
