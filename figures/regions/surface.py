"""The live picture as a surface over the plane: what its height shows, and how it is turned."""

from __future__ import annotations

import math
import re
from dataclasses import astuple, dataclass

KINDS = re.compile(r"margin|difference|scores|score-[0-9]{1,3}")


@dataclass(frozen=True)
class Surface:
    """A surface whose height is the margin, the difference f₁ − f₀ of two classes, all scores, or one ("score-2").

    At azimuth 0 and elevation 90 it is seen from above, as the flat picture. A picture that has no numbers for the kind
    of height shows another kind.

    Raises
    ------
    ValueError
        For another kind of height, and for numbers that are not finite.
    """

    height: str = "margin"
    azimuth: float = -32.0  # degrees
    elevation: float = 32.0  # degrees: 0 is seen from the side
    zoom: float = 1.0
    x: float = 0.0  # how far the picture is moved, in half widths of the surface
    y: float = 0.0

    def __post_init__(self) -> None:
        if not KINDS.fullmatch(self.height):
            raise ValueError(f"a height is margin, difference, scores or score- and a class, got {self.height!r}")
        if not all(math.isfinite(value) and abs(value) < 1e6 for value in astuple(self)[1:]):
            raise ValueError(f"a surface is turned by finite numbers, got {astuple(self)[1:]}")

    @property
    def text(self) -> str:
        """The surface as `read_surface` reads it: the zoom only where there is one."""
        values = astuple(self)[1:] if (self.zoom, self.x, self.y) != (1, 0, 0) else (self.azimuth, self.elevation)
        return ",".join([self.height, *(f"{value:.6g}" for value in values)])


def read_surface(text: str) -> Surface:
    """The surface of a text such as "margin", "margin,-32,32" or "scores,10,40,2,0.1,0".

    Raises
    ------
    ValueError
        For any other text.
    """
    height, *numbers = text.split(",")
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        values = [math.nan]
    if len(values) not in (0, 2, 5) or not all(map(math.isfinite, values)):
        raise ValueError("it must be a height, and perhaps azimuth, elevation, zoom and a move as numbers with commas")
    return Surface(height, *values)
