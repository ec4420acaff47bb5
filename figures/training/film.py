"""Pictures of a training film, one for each moment; `figures.training.film_files` encodes them.

Pillow draws them at twice their size, without a browser; scaling them down makes lines smooth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from figures.regions.frames import NO_UNIT, Frame
from figures.regions.overlays import VERDICTS, Known, Overlays, ViewOptions, Window
from figures.regions.strokes import STROKES, Dash, crowded, layer_width
from figures.style.palette import CLASS_SHAPES, SLOTS, Palette, Theme, class_depth, edge_colour, from_hex, palette
from figures.svg.region_svg import ball_outline, region_colours
from figures.svg.shapes import shape_corners
from geometry.norms import Array

FINE = 2  # factor by which pictures are drawn larger than they become
SIDE, GAP, HEAD, FOOT = 380, 16, 34, 30  # pixels


@dataclass(frozen=True, eq=False)
class Shot:
    """One objective's picture at one moment."""

    title: str
    note: str  # below the picture, such as "1 204 regions"
    frame: Frame
    overlays: Overlays
    options: ViewOptions


def film_picture(shots: Sequence[Shot], caption: str, theme: Theme = "light") -> Image.Image:
    """The shots side by side with their titles and notes, and one caption below, on the theme's background."""
    colours = palette(theme)
    width = len(shots) * SIDE + (len(shots) + 1) * GAP
    sheet = Image.new("RGB", (width, HEAD + SIDE + 2 * FOOT), colours.ground)
    pen, large, small = ImageDraw.Draw(sheet), _font(19), _font(15)
    for slot, shot in enumerate(shots):
        x = GAP + slot * (SIDE + GAP)
        sheet.paste(still(shot.frame, shot.overlays, shot.options, SIDE, theme), (x, HEAD))
        pen.ellipse((x, 11, x + 12, 23), fill=SLOTS[theme][slot])
        pen.text((x + 20, 17), shot.title, fill=colours.ink, font=large, anchor="lm")
        pen.text((x, HEAD + SIDE + FOOT / 2), shot.note, fill=colours.ink, font=small, anchor="lm")
    pen.text((width - GAP, sheet.height - FOOT / 2), caption, fill=colours.ink, font=small, anchor="rm")
    return sheet


def still(frame: Frame, overlays: Overlays, options: ViewOptions, side: int, theme: Theme = "light") -> Image.Image:
    """A frame and its data as (side, side) pixels, of the options' view or the frame's window."""
    colours = palette(theme, options.colour_blind, options.bands)
    size = FINE * side
    image = Image.new("RGB", (size, size), colours.ground)
    pen, place = ImageDraw.Draw(image, "RGBA"), _Place(options.view or frame.window, size)
    corners = place(frame.vertices.astype(np.float64) + frame.centre)
    image.paste(_fills(frame, place, corners, options, colours))
    _edges(pen, frame, corners, options, colours)
    if options.show_boundary:
        _boundary(pen, place(frame.boundary.astype(np.float64) + frame.centre), frame, colours)
    _data(pen, place, overlays, options, colours)
    return image.resize((side, side), Image.Resampling.BOX)


def kept_colours(theme: Theme = "light") -> tuple[str, ...]:
    """The colours that a GIF keeps exactly: of the objectives and of the verdicts."""
    colours = palette(theme)
    return (*SLOTS[theme], *(getattr(colours, verdict) for verdict in VERDICTS))


@dataclass(frozen=True)
class _Place:
    """(m, 2) points of the plane -> (m, 2) pixels of a square picture, equal scales in both directions."""

    window: Window
    size: int

    @property
    def scale(self) -> float:
        s0, s1, t0, t1 = self.window
        return self.size / max(s1 - s0, t1 - t0)

    def points(self, pixels: NDArray[np.intp]) -> Array:
        """(m,) pixels, row by row from the top -> (m, 2) the points in their middles."""
        s0, s1, t0, t1 = self.window
        x, y = pixels % self.size + 0.5, pixels // self.size + 0.5
        middle = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
        return middle + (np.stack([x, y], axis=1) - self.size / 2) / [self.scale, -self.scale]

    def __call__(self, points: Array) -> Array:
        s0, s1, t0, t1 = self.window
        return self.size / 2 + (points - [(s0 + s1) / 2, (t0 + t1) / 2]) * [self.scale, -self.scale]


def _fills(frame: Frame, place: _Place, corners: Array, options: ViewOptions, colours: Palette) -> Image.Image:
    """A colour for every pixel: in the fill by class from its own margin, otherwise its region's."""
    ids = Image.new("I", (place.size, place.size), len(frame))
    pen = ImageDraw.Draw(ids)
    for number, ring in enumerate(np.split(corners[frame.ring], frame.starts[1:-1])):
        pen.polygon([*map(tuple, ring)], fill=number)
    region = np.asarray(ids).ravel()
    flat = [from_hex(colour) for colour in (*region_colours(frame, options, colours), colours.ground)]
    rgb = np.array(flat)[region]
    if options.fill == "class":
        inside = np.flatnonzero(region < len(frame))
        rgb[inside] = _class_colours(frame, region[inside], place.points(inside) - frame.centre, colours)
    shades = np.round(255 * rgb).astype(np.uint8)
    return Image.fromarray(shades.reshape(place.size, place.size, 3))


def _class_colours(frame: Frame, region: NDArray[np.int32], points: Array, colours: Palette) -> Array:
    """(m, 3) colours by class and margin at (m, 2) points, relative to the frame's centre, of the given regions."""
    pieces = frame.pieces[region]
    logits = np.einsum("mkc,mc->mk", pieces[..., :2], points) + pieces[..., 2]
    order = np.sort(logits, axis=1)
    margin = order[:, -1] - order[:, -2] if order.shape[1] > 1 else order[:, -1]
    best = np.take_along_axis(frame.outputs[region], logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    depth = class_depth(colours, margin, frame.ranges["margin"][1])
    full = np.array([from_hex(colour) for colour in colours.class_fills])[best % len(colours.class_fills)]
    pale = from_hex(colours.pale)
    return np.asarray(pale + depth[:, None] * (full - pale))


def _edges(pen: ImageDraw.ImageDraw, frame: Frame, corners: Array, options: ViewOptions, colours: Palette) -> None:
    layers = len(frame.widths)
    layer_of_unit = np.repeat(np.arange(layers), frame.widths)
    inside = frame.edge_unit != NO_UNIT
    ends, units = corners[frame.edges[inside]], frame.edge_unit[inside]
    layer = layer_of_unit[units] if len(layer_of_unit) else units
    for number in reversed(range(layers)):
        if number not in options.hidden_layers:
            colour = edge_colour(colours, number, layers)
            width = _pixels(crowded(layer_width(STROKES.edge, number, layers), len(ends)))
            for a, b in ends[layer == number].tolist():
                pen.line((*a, *b), fill=colour, width=width)


def _boundary(pen: ImageDraw.ImageDraw, points: Array, frame: Frame, colours: Palette) -> None:
    lines = [points[a:b] for a, b in zip(frame.boundary_starts[:-1], frame.boundary_starts[1:])]
    for colour, width in ((colours.casing, STROKES.boundary_casing), (colours.d_D, STROKES.boundary)):
        for line in lines:
            pen.line([*map(tuple, line)], fill=colour, width=_pixels(width), joint="curve")


def _data(pen: ImageDraw.ImageDraw, place: _Place, overlays: Overlays, options: ViewOptions, colours: Palette) -> None:
    points, balls = np.asarray(overlays.points, dtype=np.float64), overlays.data_balls
    width = _pixels(STROKES.around(balls.eps * place.scale / FINE)) if balls else 0
    for centre, verdict in zip(points, balls.verdicts if balls else ()):
        outline = [*map(tuple, place(ball_outline(centre, balls.eps, balls.norm)))] if balls else []
        colour = getattr(colours, verdict)
        pen.polygon(outline, fill=f"{colour}{round(255 * STROKES.data_ball_fill):02x}")
        for dash in _dashed(np.array([*outline, outline[0]]), STROKES.verdict_dashes[verdict]):
            pen.line([*map(tuple, dash)], fill=colour, width=width)
    if options.show_points:
        _points(pen, place, overlays, colours)
    if balls:
        for centre, verdict in zip(points, balls.verdicts):
            corner = place(ball_outline(centre, balls.eps, balls.norm)) * [1, -1]
            x, y = corner[corner.sum(axis=1).argmax()] * [1, -1]  # the upper right of the ball
            _sign(pen, float(x), float(y), verdict, getattr(colours, verdict), colours.casing)


def _points(pen: ImageDraw.ImageDraw, place: _Place, overlays: Overlays, colours: Palette) -> None:
    points = np.asarray(overlays.points, dtype=np.float64)
    radius = FINE * (3.4 if len(points) > 200 else 4.4)
    for (x, y), label in zip(place(points), overlays.labels):
        fill = colours.class_points[int(label) % len(colours.class_points)]
        corners = shape_corners(CLASS_SHAPES[int(label) % len(CLASS_SHAPES)])
        if corners is None:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, colours.point_rim, FINE)
        else:
            pen.polygon([(x + radius * dx, y + radius * dy) for dx, dy in corners], fill, colours.point_rim, FINE)


def _pixels(width: float) -> int:
    """A line's width in the enlarged picture."""
    return max(1, round(FINE * width))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _dashed(line: Array, dash: Dash) -> Iterator[Array]:
    """The dashes of a line (m, 2); `dash` has the lengths of dashes and gaps at the film's final size."""
    if not dash:
        yield line
        return
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    drawn, period = FINE * dash[0], FINE * sum(dash)
    for begin in np.arange(0, lengths[-1], period):
        ends = np.array([begin, min(begin + drawn, lengths[-1])])
        within = lengths[(lengths > ends[0]) & (lengths < ends[1])]
        at = np.concatenate([ends[:1], within, ends[1:]])
        yield np.stack([np.interp(at, lengths, line[:, 0]), np.interp(at, lengths, line[:, 1])], axis=1)


def _sign(pen: ImageDraw.ImageDraw, x: float, y: float, verdict: Known, colour: str, casing: str) -> None:
    """A disc with a tick, a cross or a question mark, as in the live picture."""
    r = 4.5 * FINE
    pen.ellipse((x - r, y - r, x + r, y + r), fill=colour)
    if verdict == "unknown":
        pen.text((x, y), "?", fill=casing, font=_font(8 * FINE), anchor="mm")
        return
    strokes = {
        "proved": [[(-0.5, 0.0), (-0.1, 0.45), (0.55, -0.4)]],
        "attacked": [[(-0.4, -0.4), (0.4, 0.4)], [(-0.4, 0.4), (0.4, -0.4)]],
    }
    for stroke in strokes[verdict]:
        pen.line([(x + r * dx, y + r * dy) for dx, dy in stroke], fill=casing, width=FINE, joint="curve")
