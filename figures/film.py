"""Training as a film: what the live pictures showed, step by step, as GIF or as numbered PNGs.

Pictures are drawn by Pillow, without a browser, at twice their size and then made smaller, so that lines are smooth.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from figures.curves import SLOTS
from figures.frames import NO_UNIT, Frame
from figures.overlays import Overlays, ViewOptions, Window
from figures.palette import CLASS_SHAPES, Palette, Theme, edge_colour, from_hex, palette
from figures.svg import ball_outline, region_colours, shape_corners
from geometry.norms import Array

FINE = 2  # drawn so many times larger
SIDE, GAP, HEAD, FOOT = 380, 16, 34, 30  # pixels
COLOURS = 128  # of a GIF's picture


@dataclass(frozen=True, eq=False)
class Shot:
    """One objective's picture at one moment."""

    title: str
    note: str  # under it, such as "1 204 regions"
    frame: Frame
    overlays: Overlays
    options: ViewOptions


def film_picture(shots: Sequence[Shot], caption: str, theme: Theme = "light") -> Image.Image:
    """The shots beside each other with their titles, notes and one caption below, on the theme's ground."""
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
    """A frame and its data, (side, side) pixels of the view, or of the window: regions, edges, boundary, balls."""
    colours = palette(theme, options.colour_blind)
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


def film_gif(pictures: Iterable[Image.Image], seconds: float = 0.1, last: float = 2.0) -> bytes:
    """A GIF that runs for ever: each picture `seconds` long, the last `last`.

    Raises
    ------
    ValueError
        If there is no picture.
    """
    few = [picture.quantize(COLOURS, dither=Image.Dither.NONE) for picture in pictures]
    if not few:
        raise ValueError("a film needs a picture: train first")
    durations = [round(1000 * seconds)] * (len(few) - 1) + [round(1000 * last)]
    file = io.BytesIO()
    few[0].save(file, "GIF", save_all=True, append_images=few[1:], duration=durations, loop=0)
    return file.getvalue()


def film_pngs(pictures: Iterable[Image.Image]) -> bytes:
    """A ZIP of picture-0001.png and so on: what every program that makes films reads."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for number, picture in enumerate(pictures, 1):
            png = io.BytesIO()
            picture.save(png, "PNG")
            archive.writestr(f"picture-{number:04d}.png", png.getvalue())
    return file.getvalue()


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
    """A colour for every pixel: by class and margin its own, otherwise its region's."""
    ids = Image.new("I", (place.size, place.size), len(frame))
    pen = ImageDraw.Draw(ids)
    for number, ring in enumerate(np.split(corners[frame.ring], frame.starts[1:-1])):
        pen.polygon([*map(tuple, ring)], fill=number)
    region = np.asarray(ids).ravel()
    flat = [from_hex(colour) for colour in (*region_colours(frame, options, colours), colours.ground)]
    found = np.array(flat)[region]
    if options.fill == "class":
        inside = np.flatnonzero(region < len(frame))
        found[inside] = _class_colours(frame, region[inside], place.points(inside) - frame.centre, colours)
    shades = np.round(255 * found).astype(np.uint8)
    return Image.fromarray(shades.reshape(place.size, place.size, 3))


def _class_colours(frame: Frame, region: NDArray[np.int32], points: Array, colours: Palette) -> Array:
    """(m, 3) for (m, 2) points around the frame's centre that lie in these regions: class, and margin as depth."""
    pieces = frame.pieces[region]
    logits = np.einsum("mkc,mc->mk", pieces[..., :2], points) + pieces[..., 2]
    order = np.sort(logits, axis=1)
    margin = order[:, -1] - order[:, -2] if order.shape[1] > 1 else order[:, -1]
    best = np.take_along_axis(frame.outputs[region], logits.argmax(axis=1)[:, None], axis=1)[:, 0]
    depth = 0.3 + 0.7 * np.sqrt(np.clip(margin / frame.ranges["margin"][1], 0, 1))
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
            for a, b in ends[layer == number].tolist():
                pen.line((*a, *b), fill=colour, width=FINE)


def _boundary(pen: ImageDraw.ImageDraw, points: Array, frame: Frame, colours: Palette) -> None:
    lines = [points[a:b] for a, b in zip(frame.boundary_starts[:-1], frame.boundary_starts[1:])]
    for colour, width in ((colours.casing, 5), (colours.d_D, 3)):
        for line in lines:
            pen.line([*map(tuple, line)], fill=colour, width=FINE * width, joint="curve")


def _data(pen: ImageDraw.ImageDraw, place: _Place, overlays: Overlays, options: ViewOptions, colours: Palette) -> None:
    points, balls = np.asarray(overlays.points, dtype=np.float64), overlays.data_balls
    for centre, verdict in zip(points, balls.verdicts if balls else ()):
        outline = [*map(tuple, place(ball_outline(centre, balls.eps, balls.norm)))] if balls else []
        colour = getattr(colours, verdict)
        pen.polygon(outline, fill=f"{colour}26")
        pen.line([*outline, outline[0]], fill=colour, width=round(1.5 * FINE))
    if not options.show_points:
        return
    radius = FINE * (3.4 if len(points) > 200 else 4.4)
    for (x, y), label in zip(place(points), overlays.labels):
        fill = colours.class_points[int(label) % len(colours.class_points)]
        corners = shape_corners(CLASS_SHAPES[int(label) % len(CLASS_SHAPES)])
        if corners is None:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill, colours.point_rim, FINE)
        else:
            pen.polygon([(x + radius * dx, y + radius * dy) for dx, dy in corners], fill, colours.point_rim, FINE)


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
