"""The labels of balls in an SVG: above or below their ball, where they hide no ball, pin or witness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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

    A label lies next to its ball, or else next to all balls and marks together, on its own side or on the other, as in
    figures/live_view/core/ball_labels.js. If it would hide something at every place, it is left out.

    Parameters
    ----------
    balls : with their labels
    outlines : per ball (k, 2) in the coordinates of the sheet
    marks : (2,) the middles of pin and witness, in these coordinates
    """
    shapes: list[Any] = [shapely.LinearRing(outline) for outline in outlines]
    shapes += [shapely.box(*(mark - MARK), *(mark + MARK)) for mark in marks]
    drawn = []
    for ball, outline in zip(balls, outlines):
        for x, y in _places(outline, shapes, ball.role in ("d_B", "proved")):
            half = CHARACTER * len(ball.label) / 2
            text = shapely.box(x - half, y - RISE, x + half, y + FALL)
            if ball.label and not any(shape.intersects(text) for shape in shapes):
                shapes.append(text)
                colour = getattr(colours, ball.role)
                drawn.append(text_with_subscripts(ball.label, x, y, colour, colours, SIZE, "middle"))
                break
    return drawn


def _places(outline: Array, shapes: Sequence[Any], above: bool) -> Iterator[tuple[float, float]]:
    """The middles of the text's baseline that are tried."""
    x = float(outline[:, 0].min() + outline[:, 0].max()) / 2
    bounds = np.array([shape.bounds for shape in shapes])
    own, everything = (outline[:, 1].min(), outline[:, 1].max()), (bounds[:, 1].min(), bounds[:, 3].max())
    for (top, bottom), over in ((own, above), (everything, above), (everything, not above)):
        yield x, float(top - ABOVE if over else bottom + BELOW)
