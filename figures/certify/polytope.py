"""The adversarial polytope and its outer bounds as a live picture draws them: one radius, or a film over many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from certify.bounds.records import Bound, Style
from certify.polytopes.comparison import LAYERWISE, Polytopes
from certify.rungs import RECORDS
from figures.certify.methods import method_title
from figures.regions.overlays import Ball, Overlays, Role
from figures.style.palette import TRUE_SET, Palette, Theme, mix, palette
from figures.words import class_name, three_digits
from geometry.norms import Array
from geometry.ragged_arrays import Floats

TITLES = {LAYERWISE: "Layerwise box", "true": "true set", "hull": "convex hull"}  # of sets that are no method's
LAYERWISE_STYLE = Style("#BFE3C8", "2px,7px", "cross")
DASHES = {  # in pixels, drawn and left out in turn; of Plotly's names
    "solid": (), "dot": (2, 4), "dash": (8, 5), "longdash": (15, 5), "dashdot": (8, 4, 2, 4),
    "longdashdot": (15, 4, 2, 4),
}  # fmt: skip
HULL_DASH = (6, 6)
WIDTHS = {"set": 1.7, "line": 2.4, "line_casing": 5.0}  # of outlines and of the decision line, in CSS pixels
MARGIN = 0.08  # of the picture around what it shows
FLAT = 1e-6  # of its longer side, up to which a set is a line
LOOSE = 8.0  # a bound so many times as wide as the hull does not decide how far the view reaches
MOST_VERTICES = 4000  # of the true set that answer the mouse
FINE = 5e-4  # of its width, how closely a film's true set is drawn
THEMES: tuple[Theme, ...] = ("light", "dark")
View = tuple[float, float, float, float]  # x0, x1, y0, y1


def set_title(name: str) -> str:
    """What people call a set: the true one, its hull, or a method's bound of it."""
    return TITLES[name] if name in TITLES else method_title(name)


def bound_styles() -> dict[str, Style]:
    """Of all outer bounds, loose to tight: the order in which they are drawn."""
    return {LAYERWISE: LAYERWISE_STYLE} | {
        name: record.style for name, record in RECORDS.items() if isinstance(record, Bound)
    }


def output_picture(found: Polytopes, turned: bool = False, role: Role = "d_B") -> dict[str, Any]:
    """The output plane at one radius, as JSON; in the coordinates of `turn`, if `turned`.

    Returns
    -------
    eps, margins by name, ratios by name as text, "role" of the ball as given, "view" to look at, "middle" the point's
    own outputs; "sets", the rings of each by name; "attacks", outputs of attacks in the whole ball; "vertices" of the
    true set, each as (f_i, f_j, s, t) with an input (s, t) that reaches it; "ball" in (s, t).
    """
    vertices = np.unique(shapely.get_coordinates(found.reached.polytope), axis=0)
    vertices = vertices[:: max(1, -(-len(vertices) // MOST_VERTICES))]
    inputs, outputs = found.reached.preimages(vertices) if len(vertices) else (vertices, vertices)
    return _scene(found, 0.0, turned, role) | {"vertices": _numbers(np.column_stack([turn(outputs, turned), inputs]))}


def polytope_film(sweep: Sequence[Polytopes], turned: bool = False, roles: Sequence[Role] | None = None) -> bytes:
    """`output_picture` at many radii, ascending, without vertices and as fine as a screen shows, as JSON."""
    known: Sequence[Role] = ["d_B"] * len(sweep) if roles is None else roles
    scenes = [_scene(found, FINE, turned, role) for found, role in zip(sweep, known, strict=True)]
    return json.dumps(scenes, separators=(",", ":")).encode()


def turn(outputs: Array, turned: bool = True) -> Array:
    """(m, 2) f_i, f_j -> f_i - f_j, f_i + f_j.

    Trained networks of two classes have f_j near -f_i: their sets are slivers, which these axes, each with a scale of
    its own, open up. The decision line becomes the vertical through 0.
    """
    return outputs @ np.array([[1.0, 1.0], [-1.0, 1.0]]) if turned else outputs


def axis_names(outputs: tuple[int, int], turned: bool = False, names: tuple[str, str] | None = None) -> tuple[str, str]:
    """What the two axes are; `names` are what the two classes are called."""
    first, second = names or map(class_name, outputs)
    return (f"{first} − {second}", f"{first} + {second}") if turned else (f"output of {first}", f"output of {second}")


def shown_number(name: str, value: float) -> str:
    """An area or a ratio of a set: a bound's is never shown smaller than it is."""
    return three_digits(value, up=name not in ("true", "hull"))


def _scene(found: Polytopes, fineness: float, turned: bool, role: Role) -> dict[str, Any]:
    hull = found.reached.hull
    true = shapely.simplify(found.reached.polytope, fineness * width(hull))
    sets: dict[str, BaseGeometry] = {**found.outer, "true": true, "hull": hull}
    return {
        "eps": found.eps,
        "sets": {name: [_numbers(turn(ring, turned)) for ring in rings(one)] for name, one in sets.items()},
        "ratios": {name: shown_number(name, ratio) for name, ratio in found.ratios.items()},
        "margins": {name: _finite(margin) for name, margin in found.margins.items()},
        "middle": _numbers(turn(found.middle, turned)),
        "role": role,
        "attacks": _numbers(turn(found.attacks.outputs, turned)),
        "view": _numbers(polytope_view([found], turned)),
        "ball": _numbers(_thinned(outline(found.reached.ball))),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _numbers(values: Any) -> list[float]:
    """All numbers in a row, in nine digits."""
    return [float(f"{value:.9g}") for value in np.asarray(values, np.float64).ravel()]


def _thinned(corners: Floats) -> Floats:
    """Of a circle's outline every eighth corner, and the first again."""
    return corners if len(corners) < 100 else np.concatenate([corners[:-1:8], corners[:1]])


def set_colours(theme: Theme) -> dict[str, dict[str, Any]]:
    """By name of a set: title, colour of the line and of the fill (None for none), and the line's dashes in pixels."""
    colours = palette(theme)
    drawn = (*bound_styles(), "true", "hull")
    return {name: {"title": set_title(name), **_ink(name, colours, theme)} for name in drawn}


def _ink(name: str, colours: Palette, theme: Theme) -> dict[str, Any]:
    if name == "hull":
        return {"line": colours.ink, "fill": None, "dash": HULL_DASH}
    if name == "true":
        return {"line": mix(TRUE_SET, colours.ink, 0.45), "fill": mix(TRUE_SET, colours.ground, 0.25), "dash": ()}
    line = bound_colour(name, theme)
    return {"line": line, "fill": mix(line, colours.ground, 0.72), "dash": dashes(bound_styles()[name].dash)}


def dashes(name: str) -> tuple[int, ...]:
    """Pixels drawn and left out in turn, of a dash that Plotly knows by name or by pixels."""
    return DASHES[name] if name in DASHES else tuple(int(part.removesuffix("px")) for part in name.split(","))


def bound_colour(name: str, theme: Theme) -> str:
    """Green, from light (loose) to dark (tight), each at least 3:1 against the ground of its theme."""
    towards, share = ("#FFFFFF", 0.2) if theme == "dark" else ("#0B4F2E", 0.5)
    return mix(bound_styles()[name].colour, towards, share)


def picture_colours() -> dict[Theme, dict[str, Any]]:
    """What the live picture needs of every theme: only the browser knows which one it shows."""
    return {
        theme: {
            "sets": set_colours(theme),
            "ink": palette(theme).ink,
            "faint": palette(theme).faint,
            "ground": palette(theme).ground,
            "line": palette(theme).d_D,
            "casing": palette(theme).casing,
            "attacked": palette(theme).attacked,
            "proved": palette(theme).proved,
            "d_B": palette(theme).ink,
            "widths": WIDTHS,
        }
        for theme in THEMES
    }


def polytope_view(sweep: Sequence[Polytopes], turned: bool = False) -> View:
    """A view on all true sets and on the bounds that are not so loose that nothing else would be seen."""
    shown = [found.reached.hull for found in sweep if not found.reached.hull.is_empty]
    for found in sweep:
        shown += [one for one in found.outer.values() if width(one) <= LOOSE * width(found.reached.hull)]
    corners = [shapely.get_coordinates(one) for one in shown] or [found.middle[None] for found in sweep]
    places = turn(np.concatenate(corners), turned)
    low, high = places.min(axis=0), places.max(axis=0)
    widest = float((high - low).max()) or 1e-3 * (1 + float(np.abs(places).max()))
    room = np.where(high - low > FLAT * widest, MARGIN * (high - low), MARGIN * widest)
    if not turned:
        room[:] = MARGIN * widest
    (x0, y0), (x1, y1) = low - room, high + room
    return float(x0), float(x1), float(y0), float(y1)


def width(geometry: BaseGeometry) -> float:
    """Of the bounding box, the longer side."""
    if geometry.is_empty:
        return 0.0
    x0, y0, x1, y1 = geometry.bounds
    return float(max(x1 - x0, y1 - y0))


def rings(geometry: BaseGeometry) -> list[Floats]:
    """All rings and lines of a geometry, (k, 2) each; holes run the other way round."""
    found: list[Floats] = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            oriented = shapely.orient_polygons(part)
            found += [shapely.get_coordinates(ring) for ring in (oriented.exterior, *oriented.interiors)]
        else:
            found.append(shapely.get_coordinates(part))
    return [ring for ring in found if len(ring)]


def outline(geometry: BaseGeometry) -> Floats:
    """(k, 2) all rings and lines of a geometry, a row of NaN between them."""
    gaps = [np.vstack([ring, [[np.nan, np.nan]]]) for ring in rings(geometry)]
    return np.concatenate(gaps)[:-1] if gaps else np.zeros((0, 2))


def input_overlays(
    found: Polytopes, role: Role, pin: tuple[float, float], points: Array | None = None, labels: Any = None
) -> Overlays:
    """Pin, ball and data over a region_view; `role` is the ball's, by `figures.certify.polytope_words.Evidence`."""
    data = {} if points is None else {"points": points, "labels": labels}
    ball = Ball(role, outline(found.reached.ball), f"ε = {three_digits(found.eps)}")
    return Overlays(pin=pin, balls=(ball,), **data)
