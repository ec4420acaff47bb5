"""The output plane as an SVG: the live picture, for print and slides."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np

from certify.polytopes.comparison import Polytopes
from figures.certify.polytope import (
    WIDTHS,
    View,
    axis_names,
    bound_styles,
    polytope_view,
    rings,
    set_colours,
    shown_number,
    turn,
)
from figures.style.palette import Palette, Theme, palette
from figures.style.ticks import ticks
from figures.svg.guides import described
from figures.svg.shapes import FONT, dash_attribute
from figures.words import class_name, three_digits
from geometry.norms import Array

LEGEND_LINE = 20.0
LEFT, BELOW, TOP = 56.0, 46.0, 8.0  # margins of the plot, for ticks and names
MOST_LETTERS = 60  # in a line of the legend, and in an axis's name


def polytope_svg(
    sets: Polytopes,
    view: View | None = None,
    size: float = 560,
    theme: Theme = "light",
    turned: bool = False,
    class_names: tuple[str, str] | None = None,
    about: Mapping[str, str] | None = None,
) -> str:
    """True set grey, its hull dashed, outer polytopes in greens, the decision line red; the plot is `size` px wide.

    Parameters
    ----------
    view : the view; by default `polytope_view` of these sets. Unless turned, it is made square around its middle.
    turned : show f_i - f_j and f_i + f_j, each with its own scale
    class_names : of the two outputs
    about : metadata for the file's description
    """
    colours, inks = palette(theme), set_colours(theme)
    x0, x1, y0, y1 = polytope_view([sets], turned) if view is None else view
    sides = np.array([x1 - x0, y1 - y0])
    sides = sides if turned else np.full(2, sides.max())
    corner = np.array([(x0 + x1 - sides[0]) / 2, (y0 + y1 + sides[1]) / 2])  # left, top
    scale = size / sides * [1, -1]
    names = [*(name for name in bound_styles() if name in sets.outer), "true", "hull"]

    def place(points: Array) -> str:
        moved = (points - corner) * scale
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in np.clip(moved, -1e5, 1e5))

    geometries = {**sets.outer, "true": sets.reached.polytope, "hull": sets.reached.hull}
    plot = [f'<clipPath id="plot"><rect width="{size:g}" height="{size:g}"/></clipPath><g clip-path="url(#plot)">']
    for name in names:
        path = " ".join(f"M {place(turn(ring, turned))} Z" for ring in rings(geometries[name]))
        plot.append(
            f'<path class="set" data-set="{name}" d="{path}" fill="{inks[name]["fill"] or "none"}" '
            f'fill-rule="evenodd" {_outline(inks[name])}/>'
        )
    low, high = min(x0, y0) - sides.max(), max(x1, y1) + sides.max()
    ends = turn(np.array([[low, low], [high, high]]), turned)
    for colour, width in ((colours.casing, WIDTHS["line_casing"]), (colours.d_D, WIDTHS["line"])):
        plot.append(f'<polyline points="{place(ends)}" stroke="{colour}" stroke-width="{width:g}"/>')
    if len(sets.attacks.outputs):
        plot += [_cross((turn(point, turned) - corner) * scale, colours) for point in sets.attacks.outputs]
    x, y = (turn(sets.middle, turned) - corner) * scale
    plot.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4" fill="{colours.ink}" stroke="{colours.casing}"/></g>')
    window = (corner[0], corner[0] + sides[0], corner[1] - sides[1], corner[1])
    plot += _axes(window, size, axis_names(sets.outputs, turned, class_names), colours)
    legend, height = _legend(sets, names, class_names, colours, theme)
    whole = (LEFT + size + 12, TOP + size + BELOW + height + 12)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole[0]:g} {whole[1]:g}" width="{whole[0]:g}" '
            f'height="{whole[1]:g}" font-family="{FONT}">',
            *described(f"Adversarial polytope, ε = {three_digits(sets.eps)}", about or {}),
            f'<rect width="100%" height="100%" fill="{colours.ground}"/>',
            f'<g transform="translate({LEFT:g} {TOP:g})">', *plot, "</g>",
            f'<g transform="translate({LEFT - 6:g} {TOP + size + BELOW + 14:g})">', *legend, "</g>", "</svg>",
        ]
    )  # fmt: skip


def _outline(ink: Mapping[str, Any]) -> str:
    """The stroke attributes of a set's outline."""
    return f'stroke="{ink["line"]}" stroke-width="{WIDTHS["set"]:g}"{dash_attribute(ink["dash"])}'


def _axes(window: View, size: float, names: tuple[str, str], colours: Palette) -> list[str]:
    """Ticks and names of the axes, with the common offset of the labels after the name."""
    x0, x1, y0, y1 = window
    (across, base_x), (upwards, base_y) = (ticks(low, high, size / 90) for low, high in ((x0, x1), (y0, y1)))
    drawn = [f'<rect width="{size:g}" height="{size:g}" fill="none" stroke="{colours.faint}"/>']
    for value, label in across:
        x = (value - x0) / (x1 - x0) * size
        drawn.append(_line(x, size, x, size + 5, colours.faint))
        drawn.append(_text(label, x, size + 18, colours, "middle"))
    for value, label in upwards:
        y = (y1 - value) / (y1 - y0) * size
        drawn.append(_line(-5, y, 0, y, colours.faint))
        drawn.append(_text(label, -8, y + 4, colours, "end"))
    drawn.append(_text(f"{_short(names[0])} → {base_x}", 0, size + 36, colours))
    drawn.append(_text(f"↑ {_short(names[1])} {base_y}", 8, 18, colours))
    return drawn


def _line(x0: float, y0: float, x1: float, y1: float, colour: str, width: float = 1) -> str:
    ends = f'x1="{x0:.2f}" y1="{y0:.2f}" x2="{x1:.2f}" y2="{y1:.2f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width:g}"/>'


def _cross(place: Array, colours: Palette) -> str:
    x, y = place
    return "".join(_line(x - 4, y - 4 * side, x + 4, y + 4 * side, colours.attacked, 2) for side in (-1, 1))


def _legend(
    sets: Polytopes, names: list[str], class_names: tuple[str, str] | None, colours: Palette, theme: Theme
) -> tuple[list[str], float]:
    """The rows of the legend, and their height."""
    inks = set_colours(theme)
    i, j = class_names or (class_name(sets.outputs[0]), class_name(sets.outputs[1]))
    rows = [
        (
            f'<rect x="0" y="-11" width="34" height="12" fill="{inks[name]["fill"] or "none"}" '
            f"{_outline(inks[name])}/>",
            f"{inks[name]['title']}: area {shown_number(name, sets.areas[name])}, "
            f"{shown_number(name, sets.ratios[name])} × hull",
        )
        for name in names
    ]
    rows.append((_line(0, -5, 34, -5, colours.d_D, WIDTHS["line"]), f"{i} = {j}"))
    if len(sets.attacks.outputs):
        rows.append((_cross(np.array([17.0, -5.0]), colours), "attacks in the whole ball"))
    shown, y = [], 0.0
    for sample, text in rows:
        shown.append(f'<g transform="translate(0 {y:g})">{sample}</g>')
        for line in wrap(text, MOST_LETTERS) or [""]:
            shown.append(_text(line, 42, y, colours))
            y += LEGEND_LINE
    return shown, y


def _text(words: str, x: float, y: float, colours: Palette, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="13" text-anchor="{anchor}" fill="{colours.ink}" '
        f'stroke="{colours.ground}" stroke-width="3" paint-order="stroke">{escape(words)}</text>'
    )


def _short(words: str) -> str:
    """The text in one line; a long one is cut in the middle."""
    half = MOST_LETTERS // 2
    return words if len(words) <= MOST_LETTERS else f"{words[: half - 1]}…{words[-half:]}"
