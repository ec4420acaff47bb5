"""The labels of balls in an SVG: above or below their ball, where they hide no ball, pin or witness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from figures.regions.overlays import Ball
from figures.style.palette import Palette
from figures.svg.shapes import text_with_subscripts
from geometry.norms import Array

SIZE = 16  # of the font
CHARACTER = 9.0  # upper estimate of a character's width: SVG cannot measure text
ABOVE, BELOW = 8, 18  # from a ball's border to the text's baseline
RISE, FALL = 12, 4  # of the text above and below its baseline
MARK = 9  # from the middle of the pin or the witness to its rim


def ball_labels(
    balls: Sequence[Ball], outlines: Sequence[Array], marks: Sequence[Array], colours: Palette
) -> list[str]:
    """One element per label that has a place.

    A label lies next to its ball, or else next to all balls and marks together, as in
    pages/region_view/core/ball_labels.js. If it would hide something at both places, it is left out.

    Parameters
    ----------
    balls : with their labels
    outlines : per ball (k, 2) in the coordinates of the sheet
    marks : (2,) the middles of pin and witness, in these coordinates
    """
    squares = [shapely.box(*(mark - MARK), *(mark + MARK)) for mark in marks]
    shapes = [*map(shapely.LinearRing, outlines), *squares]
    drawn = []
    for ball, outline in zip(balls, outlines):
        if not ball.label:
            continue
        place = _place(outline, shapes, ball.role in ("d_B", "proved"), CHARACTER * len(ball.label))
        if place is not None:
            colour = getattr(colours, ball.role)
            drawn.append(text_with_subscripts(ball.label, *place, colour, colours, SIZE, "middle"))
    return drawn


def _place(outline: Array, shapes: Sequence[shapely.Geometry], above: bool, width: float) -> tuple[float, float] | None:
    """The middle of the text's baseline."""
    x = float(outline[:, 0].min() + outline[:, 0].max()) / 2
    for top, bottom in ((outline[:, 1].min(), outline[:, 1].max()), _heights(shapes)):
        y = float(top - ABOVE if above else bottom + BELOW)
        text = shapely.box(x - width / 2, y - RISE, x + width / 2, y + FALL)
        if not any(shape.intersects(text) for shape in shapes):
            return x, y
    return None


def _heights(shapes: Sequence[shapely.Geometry]) -> tuple[float, float]:
    """The smallest and the largest y of all."""
    bounds = np.array([shape.bounds for shape in shapes])
    return float(bounds[:, 1].min()), float(bounds[:, 3].max())
