"""The output plane as SVG: the same picture as the live one, for print and slides."""

from __future__ import annotations

from html import escape

import numpy as np

from certify.polytopes import Polytopes
from figures.palette import Palette, Theme, palette
from figures.polytope import BOUNDS, View, axis_names, polytope_view, rings, set_colours, turn
from figures.svg import FONT
from figures.words import three_digits
from geometry.norms import Array

LEGEND_LINE = 20.0


def polytope_svg(
    found: Polytopes, view: View | None = None, size: float = 560, theme: Theme = "light", turned: bool = False
) -> str:
    """True set grey, its hull dashed, outer polytopes in greens, the decision line red; a square of `size` px.

    Parameters
    ----------
    view : what to show; `polytope_view` of this one if not given. Unless turned, it is made square around its middle.
    turned : show f_i - f_j and f_i + f_j, each with its own scale
    """
    colours, inks = palette(theme), set_colours(theme)
    x0, x1, y0, y1 = polytope_view([found], turned) if view is None else view
    sides = np.array([x1 - x0, y1 - y0])
    sides = sides if turned else np.full(2, sides.max())
    corner = np.array([(x0 + x1 - sides[0]) / 2, (y0 + y1 + sides[1]) / 2])  # left, top
    scale = size / sides * [1, -1]
    bounds = [name for name in BOUNDS if name in found.outer]
    names = [*bounds, "true", "hull"]
    height = size + LEGEND_LINE * len(names) + 16

    def place(points: Array) -> str:
        moved = (points - corner) * scale
        return " ".join(f"{x:.2f},{y:.2f}" for x, y in np.clip(moved, -1e5, 1e5))

    sets = {**found.outer, "true": found.reached.polytope, "hull": found.reached.hull}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size:g} {height:g}" width="{size:g}" '
        f'height="{height:g}" font-family="{FONT}">',
        f"<title>Adversarial polytope, ε = {three_digits(found.eps)}</title>",
        f'<rect width="100%" height="100%" fill="{colours.ground}"/>',
        f'<clipPath id="plot"><rect width="{size:g}" height="{size:g}"/></clipPath><g clip-path="url(#plot)">',
    ]
    low, high = min(x0, y0) - sides.max(), max(x1, y1) + sides.max()
    for name in names:
        ink = inks[name]
        path = " ".join(f"M {place(turn(ring, turned))} Z" for ring in rings(sets[name]))
        dash = ' stroke-dasharray="6 4"' if ink["dash"] else ""
        parts.append(
            f'<path class="set" data-set="{name}" d="{path}" fill="{ink["fill"] or "none"}" fill-rule="evenodd" '
            f'stroke="{ink["line"]}" stroke-width="1.6"{dash}/>'
        )
    ends = turn(np.array([[low, low], [high, high]]), turned)
    parts.append(f'<polyline points="{place(ends)}" stroke="{colours.d_D}" stroke-width="2"/>')
    x, y = (turn(found.middle, turned) - corner) * scale
    parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="4" fill="{colours.ink}" stroke="{colours.casing}"/></g>')
    parts.append(f'<rect width="{size:g}" height="{size:g}" fill="none" stroke="{colours.faint}"/>')
    return "\n".join(
        [*parts, *_legend(found, names, size, colours, theme), *_axes(found, size, colours, turned), "</svg>"]
    )


def _legend(found: Polytopes, names: list[str], size: float, colours: Palette, theme: Theme) -> list[str]:
    inks, lines = set_colours(theme), []
    for row, name in enumerate(names):
        y, ink = size + 24 + LEGEND_LINE * row, inks[name]
        dash = ' stroke-dasharray="5 3"' if ink["dash"] else ""
        says = f"{ink['title']}: area {three_digits(found.areas[name])}, {three_digits(found.ratios[name])} × hull"
        lines.append(
            f'<rect x="6" y="{y - 11:g}" width="22" height="12" fill="{ink["fill"] or "none"}" '
            f'stroke="{ink["line"]}"{dash}/><text x="36" y="{y:g}" font-size="13" fill="{colours.ink}">'
            f"{escape(says)}</text>"
        )
    return lines


def _axes(found: Polytopes, size: float, colours: Palette, turned: bool) -> list[str]:
    names = axis_names(found.outputs, turned)
    return [
        f'<text x="{size - 6:g}" y="{size - 8:g}" font-size="13" text-anchor="end" fill="{colours.ink}">'
        f"{escape(names[0])} →</text>",
        f'<text x="8" y="18" font-size="13" fill="{colours.ink}">↑ {escape(names[1])}</text>',
    ]
