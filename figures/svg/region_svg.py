"""A frame and its overlays as an SVG: the picture of the canvas, for print and slides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from figures.regions.frames import NO_UNIT, Frame
from figures.regions.overlays import Hyperplane, Overlays, Point, Role, ViewOptions, Window
from figures.regions.strokes import STROKES, Dash, layer_width
from figures.style.palette import CLASS_SHAPES, Palette, Theme, along, class_depth, edge_colour, mix, palette
from figures.svg.ball_labels import ball_labels
from figures.svg.guides import BOTTOM, LEFT, RIGHT, TOP, axes, described, legend, legend_rows, legend_width, scale_bar
from figures.svg.raster_fills import cells_image, cells_png
from figures.svg.shapes import FONT, class_shape, dash_attribute, text_with_subscripts
from figures.svg.thumbnails import thumbnails
from figures.words import counted
from geometry.norms import NORM_NAMES, Array, Norm

PLAIN = 'fill="none" stroke-linejoin="round" stroke-linecap="round"'  # attributes of an outline


@dataclass(frozen=True)
class _Sheet:
    """The map from (s, t) to SVG coordinates, with y downwards."""

    window: Window
    width: float

    @property
    def scale(self) -> float:
        return self.width / (self.window[1] - self.window[0])

    @property
    def height(self) -> float:
        return self.scale * (self.window[3] - self.window[2])

    def place(self, points: Array | NDArray[np.float32]) -> Array:
        """(m, 2) plane coordinates -> (m, 2) sheet coordinates."""
        return (np.asarray(points, dtype=np.float64) - [self.window[0], self.window[3]]) * [self.scale, -self.scale]

    def path(self, points: Array | NDArray[np.float32]) -> str:
        """The points as the text of a `points` attribute."""
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in self.place(points))


def region_svg(
    frame: Frame,
    overlays: Overlays | None = None,
    options: ViewOptions | None = None,
    width: float = 800,
    theme: Theme = "light",
    about: Mapping[str, str] | None = None,
) -> str:
    """The picture as SVG text: one polygon per region, one path per layer's edges, overlays, axes, scale and legend.

    Parameters
    ----------
    frame, overlays, options
        As for the live view; the sheet shows `options.view`, or the frame's window without one.
    width : float
        The plot's width in px, without axes and legend; its height follows from the window, with equal scales.
    about : names and values
        Metadata for the picture's description: network, data, norm.

    Returns
    -------
    str
        Regions carry class="region" and the colour of their class at the centroid or of their value.
    """
    overlays, options = overlays or Overlays(), options or ViewOptions()
    sheet, colours = _Sheet(options.view or frame.window, width), palette(theme, options.colour_blind, options.bands)
    rows, size = legend_rows(frame, overlays, options), (width, sheet.height)
    whole = (LEFT + width + RIGHT + legend_width(rows), TOP + sheet.height + BOTTOM)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-LEFT:g} {-TOP:g} {whole[0]:.2f} {whole[1]:.2f}" '
        f'width="{whole[0]:.2f}" height="{whole[1]:.2f}" font-family="{FONT}">',
        *described(options.badge or counted(len(frame), "linear region"), about or {}),
        f'<rect x="{-LEFT:g}" y="{-TOP:g}" width="100%" height="100%" fill="{colours.ground}"/>',
        f'<clipPath id="plot"><rect width="{width:g}" height="{sheet.height:.2f}"/></clipPath>',
        '<g clip-path="url(#plot)">',
        *_regions(frame, options, sheet, colours),
        *_edges(frame, options, sheet, colours),
    ]
    if options.show_boundary:
        parts += _boundary(frame, sheet, colours)
    parts += _data_balls(overlays, sheet, colours)
    if options.show_points and options.thumbnails and frame.basis is not None:
        places = sheet.place(np.asarray(overlays.points))
        parts += thumbnails(frame, overlays.points, places, overlays.labels, colours)
    elif options.show_points:
        parts += [_point(sheet, point, int(label), colours) for point, label in zip(overlays.points, overlays.labels)]
    parts += _certificate(overlays, sheet, colours)
    if options.badge:
        parts.append(text_with_subscripts(options.badge, 10, sheet.height - 12, colours.ink, colours))
    if options.scales[0][1] == options.scales[1][1]:  # one length for both axes
        parts += scale_bar(sheet.window, size, colours)
    parts += ["</g>", *axes(sheet.window, size, options.axes, colours, options.scales)]
    parts += legend(rows, width + 16, frame, overlays, options, colours)
    return "\n".join([*parts, "</svg>"])


def region_colours(frame: Frame, options: ViewOptions, colours: Palette) -> list[str]:
    """#rrggbb per region for the chosen fill: one flat colour each."""
    if options.fill == "region":
        return [colours.regions[shade] for shade in frame.shades]
    if options.fill == "class":
        strength = class_depth(colours, frame.margins, frame.ranges["margin"][1])
        fills = colours.class_fills
        return [mix(colours.pale, fills[c % len(fills)], float(share)) for c, share in zip(frame.classes, strength)]
    norm = NORM_NAMES[options.norm]
    name = f"gradient-{norm}" if options.fill == "gradient" else options.fill
    values = {"margin": frame.margins, "active": frame.active}.get(name)
    low, high = frame.ranges[name]
    shares = ((frame.gradients[norm] if values is None else values) - low) / (high - low)
    return [along(colours.scale, float(share)) for share in shares]


def _regions(frame: Frame, options: ViewOptions, sheet: _Sheet, colours: Palette) -> list[str]:
    if frame.grid is not None:
        s0, s1, t0, t1 = frame.window
        (x, y), (right, below) = sheet.place(np.array([[s0, t1], [s1, t0]]))
        ink = None if options.hidden_layers else frame.ink
        png = cells_png(region_colours(frame, options, colours), frame.grid, ink, colours.ink)
        return [cells_image(png, x, y, right - x, below - y)]
    corners = sheet.place(frame.vertices.astype(np.float64) + frame.centre)[frame.ring]
    texts = [f"{x:.2f},{y:.2f}" for x, y in corners.tolist()]
    rings = zip(frame.starts[:-1].tolist(), frame.starts[1:].tolist(), region_colours(frame, options, colours))
    # a thin stroke in the region's own colour closes the seams that antialiasing leaves between neighbours
    polygons = [
        f'<polygon class="region" points="{" ".join(texts[first:last])}" fill="{colour}" stroke="{colour}"/>'
        for first, last, colour in rings
    ]
    return ['<g stroke-width="0.3">', *polygons, "</g>"]


def _edges(frame: Frame, options: ViewOptions, sheet: _Sheet, colours: Palette) -> list[str]:
    ends = sheet.place(frame.vertices.astype(np.float64) + frame.centre)[frame.edges]
    layer_of_unit = np.repeat(np.arange(len(frame.widths)), frame.widths)
    inside = frame.edge_unit != NO_UNIT
    layer = np.where(inside, layer_of_unit[np.where(inside, frame.edge_unit, 0)] if len(layer_of_unit) else -1, -1)
    layers = len(frame.widths)
    drawn = [
        _segments(
            ends[layer == number], edge_colour(colours, number, layers), layer_width(STROKES.edge, number, layers)
        )
        for number in reversed(range(layers))
        if number not in options.hidden_layers
    ]
    if options.lit_unit is not None:
        lit = ends[frame.edge_unit == options.lit_unit]
        drawn += [_segments(lit, colours.casing, STROKES.lit_casing), _segments(lit, colours.lit, STROKES.lit)]
    return drawn


def _segments(ends: Array, colour: str, width: float) -> str:
    steps = "".join(f"M{a[0]:.2f} {a[1]:.2f}L{b[0]:.2f} {b[1]:.2f}" for a, b in ends.tolist())
    return f'<path d="{steps}" fill="none" stroke="{colour}" stroke-width="{width:.2f}" stroke-linecap="round"/>'


def _boundary(frame: Frame, sheet: _Sheet, colours: Palette) -> list[str]:
    points = frame.boundary.astype(np.float64) + frame.centre
    lines = [sheet.path(points[a:b]) for a, b in zip(frame.boundary_starts[:-1], frame.boundary_starts[1:])]
    casing = f'stroke="{colours.casing}" stroke-width="{STROKES.boundary_casing:g}"'
    stroke = f'stroke="{colours.d_D}" stroke-width="{STROKES.boundary:g}"'
    return [
        f'<polyline points="{line}" {PLAIN} {casing}/><polyline class="boundary" points="{line}" {PLAIN} {stroke}/>'
        for line in lines
    ]


def _data_balls(overlays: Overlays, sheet: _Sheet, colours: Palette) -> list[str]:
    """The balls around data points; dashes by STROKES.verdict_dashes."""
    balls = overlays.data_balls
    if balls is None:
        return []
    width, parts = STROKES.around(balls.eps * sheet.scale), []
    for centre, verdict in zip(np.asarray(overlays.points), balls.verdicts):
        colour, outline = getattr(colours, verdict), sheet.path(ball_outline(centre, balls.eps, balls.norm))
        fill = f'fill="{colour}" fill-opacity="{STROKES.data_ball_fill:g}"'
        parts.append(f'<polygon class="{verdict}" points="{outline}" {fill}/>')
        stroke = f'stroke="{colour}" stroke-width="{width:g}"{dash_attribute(STROKES.verdict_dashes[verdict])}'
        parts.append(f'<polygon points="{outline}" {PLAIN} {stroke}/>')
    return parts


def ball_outline(centre: Array, eps: float, norm: Norm) -> Array:
    """(k, 2) corners; a circle is drawn as a polygon of sixty."""
    corners = {1: [[1, 0], [0, 1], [-1, 0], [0, -1]], math.inf: [[1, 1], [-1, 1], [-1, -1], [1, -1]]}
    angles = np.arange(60) * np.pi / 30
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1) if norm == 2 else np.array(corners[norm])
    return np.asarray(centre + eps * unit)


def _certificate(overlays: Overlays, sheet: _Sheet, colours: Palette) -> list[str]:
    strokes = {role: getattr(colours, role) for role in get_args(Role)}
    parts = []
    if overlays.region is not None:
        parts.append(_line(f'<polygon points="{sheet.path(overlays.region)}"', colours.ink, STROKES.region, colours))
    if overlays.class_region is not None:
        line = f'<polygon points="{sheet.path(overlays.class_region)}"'
        parts.append(_line(line, colours.ink, STROKES.class_region, colours, STROKES.class_region_dash))
    for hyperplane in overlays.hyperplanes:
        line = f'<polyline points="{sheet.path(_across(hyperplane, sheet.window))}"'
        parts.append(_line(line, strokes[hyperplane.role], STROKES.hyperplane, colours, STROKES.hyperplane_dash))
    parts += [
        _line(f'<polygon points="{sheet.path(ball.outline)}"', strokes[ball.role], STROKES.ball, colours)
        for ball in overlays.balls
    ]
    if overlays.witness is not None:
        x, y = sheet.place(np.array([overlays.witness]))[0]
        parts.append(_line(f'<path d="M{x - 6} {y - 6}l12 12m0 -12l-12 12"', colours.d_D, STROKES.witness, colours))
    if overlays.asked is not None:
        x, y = sheet.place(np.array([overlays.asked]))[0]
        diamond = f'<path d="M{x + 9:.2f} {y:.2f}l-9 9l-9 -9l9 -9z" fill="{colours.casing}"'
        parts.append(f'{diamond} stroke="{colours.ink}" stroke-width="2.4"/>')
        parts.append(f'<text x="{x + 14:.2f}" y="{y + 5:.2f}" font-size="16" fill="{colours.ink}">x</text>')
    if overlays.pin is not None:
        x, y = sheet.place(np.array([overlays.pin]))[0]
        parts += [f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r:g}" fill="{fill}"/>' for r, fill in STROKES.pin]
    outlines = [sheet.place(ball.outline) for ball in overlays.balls]
    marks = [sheet.place(np.array([point]))[0] for point in (overlays.pin, overlays.witness) if point is not None]
    return parts + ball_labels(overlays.balls, outlines, marks, colours)


def _line(start: str, colour: str, width: float, colours: Palette, dash: Dash = ()) -> str:
    """An outline with its casing; `start` is an SVG element up to its stroke attributes."""
    below = f'stroke-width="{width + STROKES.casing:g}" stroke-opacity="{STROKES.casing_opacity:g}"'
    casing = f'{start} {PLAIN} stroke="{colours.casing}" {below}/>'
    return f'{casing}{start} {PLAIN} stroke="{colour}" stroke-width="{width:g}"{dash_attribute(dash)}/>'


def _across(hyperplane: Hyperplane, window: Window) -> Array:
    """(2, 2) two points of the line, far enough apart to cross the whole window."""
    s0, s1, t0, t1 = window
    normal, middle = np.array([hyperplane.a, hyperplane.b]), np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    length = float(np.hypot(*normal))
    if length == 0:
        return np.empty((0, 2))
    foot = middle - normal * (normal @ middle + hyperplane.c) / length**2
    along_line = np.array([-normal[1], normal[0]]) / length * ((s1 - s0) + (t1 - t0))
    return np.stack([foot - along_line, foot + along_line])


def _point(sheet: _Sheet, point: Point, label: int, colours: Palette, r: float = 5) -> str:
    x, y = sheet.place(np.array([point]))[0]
    paint = f'fill="{colours.class_points[label % len(colours.class_points)]}" stroke="{colours.point_rim}"'
    return class_shape(CLASS_SHAPES[label % len(CLASS_SHAPES)], x, y, r, paint)
