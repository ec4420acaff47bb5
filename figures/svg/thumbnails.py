"""Data points as thumbnail images on an SVG, as figures/live_view/canvas/images.js draws them."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from figures.images.inputs import PIXELS, pixels
from figures.regions.frames import Frame
from figures.regions.strokes import STROKES
from figures.style.palette import Palette
from geometry.norms import Array

SIDE = 46.0  # px, as in images.js
STEM = 2.0  # px, width of the line from a point to its image


def thumbnails(frame: Frame, points: Array, places: Array, labels: NDArray[np.int64], colours: Palette) -> list[str]:
    """SVG elements: each image next to its point, away from the other points, framed in its class's colour.

    Parameters
    ----------
    frame : a frame with the plane's basis
    points, places : (m, 2) coordinates in the plane, and on the sheet
    """
    if frame.basis is None or not len(points):
        return []
    away = places - places.mean(axis=0)
    far = np.linalg.norm(away, axis=1, keepdims=True)
    ahead = np.where(far > 1, away / np.where(far > 1, far, 1), [0.0, -1.0])
    parts = []
    for point, place, step, label in zip(points, places, ahead, labels):
        colour = colours.class_points[int(label) % len(colours.class_points)]
        parts += _thumbnail(image_at(frame.basis, point), place, step, colour, colours.casing)
    return parts


def _thumbnail(image: NDArray[np.uint8], place: Array, ahead: Array, colour: str, casing: str) -> list[str]:
    (x, y), (left, top) = place, place + 0.95 * SIDE * ahead - SIDE / 2
    end_x, end_y = place + 0.6 * SIDE * ahead
    line = f'<path d="M{x:.2f} {y:.2f}L{end_x:.2f} {end_y:.2f}"'

    def frame(rim: float, fill: str) -> str:
        side = SIDE + 2 * rim
        return f'<rect x="{left - rim:.2f}" y="{top - rim:.2f}" width="{side:g}" height="{side:g}" fill="{fill}"/>'

    return [
        f'{line} stroke="{casing}" stroke-width="{STEM + STROKES.casing:g}"/>',
        f'{line} stroke="{colour}" stroke-width="{STEM:g}"/>',
        frame(4, casing),
        frame(3, colour),
        f'<image class="thumbnail" x="{left:.2f}" y="{top:.2f}" width="{SIDE:g}" height="{SIDE:g}" '
        f'style="image-rendering:pixelated" href="data:image/png;base64,{_png(image)}"/>',
        f'<circle class="point" cx="{x:.2f}" cy="{y:.2f}" r="4.5" fill="{colour}" stroke="{casing}" stroke-width="2"/>',
    ]


def on_scale(frame: Frame, limits: tuple[float, float]) -> Frame:
    """The frame with images rescaled: black at the lower limit, white at the upper."""
    if frame.basis is None or limits == PIXELS:
        return frame
    low, high = limits
    origin, u, v = frame.basis
    basis = np.stack([origin - low, u, v]) / (high - low)
    return replace(frame, basis=basis.astype(np.float32))


def image_at(basis: NDArray[np.float32], point: Array) -> NDArray[np.uint8]:
    """(height, width) or (height, width, 3): the point of the plane as an image, clipped to [0, 1]."""
    origin, u, v = basis.astype(np.float64)
    return pixels(origin + point[0] * u + point[1] * v)


def _png(image: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
