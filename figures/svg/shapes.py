"""SVG elements: text with a halo, and the shapes of classes."""

from __future__ import annotations

from html import escape

import numpy as np

from figures.regions.strokes import Dash
from figures.style.palette import Palette

FONT = "Source Sans Pro, Source Sans 3, Helvetica, Arial, sans-serif"


def text_with_subscripts(
    text: str,
    x: float,
    y: float,
    colour: str,
    colours: Palette,
    size: float = 13,
    anchor: str = "start",
    *,
    weight: int = 600,
    extra: str = "",
) -> str:
    """Escaped text with a halo; "d_B" gets its subscript."""
    start, *subscripts = escape(text).split("_")
    shown = start + "".join(
        f'<tspan dy="{0.22 * size:.1f}" font-size="{0.74 * size:.1f}">{part[:1]}</tspan>'
        f'<tspan dy="{-0.22 * size:.1f}">{part[1:]}</tspan>'
        for part in subscripts
    )
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" fill="{colour}" stroke="{colours.casing}" stroke-width="4" '
        f'font-weight="{weight}" paint-order="stroke" stroke-linejoin="round" text-anchor="{anchor}" '
        f'font-size="{size:g}"{extra}>{shown}</text>'
    )


def dash_attribute(dash: Dash) -> str:
    """The SVG attribute with a space before it; empty for a solid line."""
    return f' stroke-dasharray="{" ".join(f"{length:g}" for length in dash)}"' if dash else ""


def class_shape(shape: str, x: float, y: float, r: float, paint: str, name: str = "point") -> str:
    """One of CLASS_SHAPES around (x, y) with the CSS class `name`; `paint` is its fill and stroke."""
    if shape == "circle":
        return f'<circle class="{name}" cx="{x:.2f}" cy="{y:.2f}" r="{r}" {paint}/>'
    corners = " ".join(f"{x + r * dx:.2f},{y + r * dy:.2f}" for dx, dy in shape_corners(shape) or ())
    return f'<polygon class="{name}" points="{corners}" {paint}/>'


def shape_corners(shape: str) -> list[tuple[float, float]] | None:
    """The corners of one of CLASS_SHAPES for radius 1, y downwards; None for the circle."""
    return _SHAPES.get(shape)


def _round(corners: int, turn: float, inner: float = 1.2) -> list[tuple[float, float]]:
    """A regular polygon of radius 1.2, or a star when every second corner lies at `inner`."""
    count = corners if inner == 1.2 else 2 * corners
    angles = turn + 2 * np.pi * np.arange(count) / count
    radii = np.where(np.arange(count) % 2, inner, 1.2)
    return list(zip((radii * np.cos(angles)).tolist(), (radii * np.sin(angles)).tolist()))


def _cross(turn: float) -> list[tuple[float, float]]:
    arm = np.array([[0.4, -0.4], [1.25, -0.4], [1.25, 0.4]])
    angles = turn + np.pi / 2 * np.arange(4)
    arms = [arm @ np.array([[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]) for a in angles]
    return [(x, y) for x, y in np.concatenate(arms).tolist()]


_UP = -np.pi / 2
_SHAPES: dict[str, list[tuple[float, float]]] = {
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "triangle": _round(3, _UP),
    "diamond": _round(4, _UP),
    "star": _round(5, _UP, inner=0.55),
    "plus": _cross(0),
    "wedge": _round(3, -_UP),
    "hexagon": _round(6, _UP),
    "cross": _cross(np.pi / 4),
    "bar": [(-1.2, -0.5), (1.2, -0.5), (1.2, 0.5), (-1.2, 0.5)],
}
