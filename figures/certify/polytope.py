"""The adversarial polytope and its outer bounds as JSON for the live picture: at one radius, or a film over many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from certify.polytopes.comparison import LAYERWISE, Polytopes
from certify.records import Bound, Style
from certify.rungs import RECORDS
from figures.certify.methods import LIGHTER, method_title
from figures.regions.overlays import Ball, Overlays, Role
from figures.style.palette import TRUE_SET, Palette, Theme, mix, palette
from figures.words import class_name, three_digits
from geometry.norms import Array
from geometry.ragged_arrays import Floats

TITLES = {LAYERWISE: "Layerwise box", "true": "true set", "hull": "convex hull"}  # of sets without a method's record
LAYERWISE_STYLE = Style("#BFE3C8", "2px,7px", "cross")
DARK_GREEN = "#0B4F2E"  # towards which bounds are mixed on a light background
DASHES = {  # Plotly's names of dashes: lengths of dashes and gaps in px
    "solid": (), "dot": (2, 4), "dash": (8, 5), "longdash": (15, 5), "dashdot": (8, 4, 2, 4),
    "longdashdot": (15, 4, 2, 4),
}  # fmt: skip
HULL_DASH = (6, 6)
WIDTHS = {"set": 1.7, "line": 2.4, "line_casing": 5.0}  # of outlines and of the decision line, in CSS pixels
MARGIN = 0.08  # around the sets, as a share of the view
FLAT = 1e-6  # up to this share of the longer side, the shorter one counts as zero
LOOSE = 8.0  # the view ignores bounds that are more than so many times as wide as the hull
MOST_VERTICES = 4000  # of the true set with a preimage to point at; it limits what a picture sends
FINE = 5e-4  # tolerance of a film's true set, as a share of the hull's width: half a pixel of 1000
THEMES: tuple[Theme, ...] = ("light", "dark")
View = tuple[float, float, float, float]  # x0, x1, y0, y1


def set_title(name: str) -> str:
    """The title of a set: the true set, its hull, or a method's outer bound."""
    return TITLES[name] if name in TITLES else method_title(name)


def bound_styles() -> dict[str, Style]:
    """The line styles of all outer bounds, loose to tight, in the order of drawing."""
    return {LAYERWISE: LAYERWISE_STYLE} | {
        name: record.style for name, record in RECORDS.items() if isinstance(record, Bound)
    }


def output_picture(sets: Polytopes, turned: bool = False, role: Role = "d_B") -> dict[str, Any]:
    """The output plane at one radius, as JSON; with `turned`, in the coordinates of `turn`.

    Returns
    -------
    eps, margins by name, ratios by name as text, "role" of the ball as given, the "view", "middle": the point's own
    outputs; "sets": the rings of each by name; "attacks": outputs of attacks in the whole ball; "vertices" of the true
    set, each as (f_i, f_j, s, t) with an input (s, t) that reaches it; "ball" in (s, t).
    """
    vertices = np.unique(shapely.get_coordinates(sets.reached.polytope), axis=0)
    vertices = vertices[:: max(1, -(-len(vertices) // MOST_VERTICES))]
    inputs, outputs = sets.reached.preimages(vertices) if len(vertices) else (vertices, vertices)
    return _scene(sets, 0.0, turned, role) | {"vertices": _numbers(np.column_stack([turn(outputs, turned), inputs]))}


def polytope_film(sweep: Sequence[Polytopes], turned: bool = False, roles: Sequence[Role] | None = None) -> bytes:
    """`output_picture` at many radii, ascending, as JSON: without vertices, and simplified to FINE."""
    ball_roles: Sequence[Role] = ["d_B"] * len(sweep) if roles is None else roles
    scenes = [_scene(sets, FINE, turned, role) for sets, role in zip(sweep, ball_roles, strict=True)]
    return json.dumps(scenes, separators=(",", ":")).encode()


def turn(outputs: Array, turned: bool = True) -> Array:
    """(m, 2) f_i, f_j -> f_i - f_j, f_i + f_j.

    Trained networks of two classes have f_j near -f_i, so their sets are slivers. These axes, each with its own scale,
    show them wide. The decision line becomes the vertical through 0.
    """
    return outputs @ np.array([[1.0, 1.0], [-1.0, 1.0]]) if turned else outputs


def axis_names(outputs: tuple[int, int], turned: bool = False, names: tuple[str, str] | None = None) -> tuple[str, str]:
    """The titles of the two axes; `names` are those of the two classes."""
    first, second = names or map(class_name, outputs)
    return (f"{first} − {second}", f"{first} + {second}") if turned else (f"output of {first}", f"output of {second}")


def shown_number(name: str, value: float) -> str:
    """An area or a ratio of a set: a bound's is rounded up."""
    return three_digits(value, up=name not in ("true", "hull"))


def _scene(sets: Polytopes, fineness: float, turned: bool, role: Role) -> dict[str, Any]:
    hull = sets.reached.hull
    true = shapely.simplify(sets.reached.polytope, fineness * width(hull))
    geometries: dict[str, BaseGeometry] = {**sets.outer, "true": true, "hull": hull}
    return {
        "eps": sets.eps,
        "sets": {name: [_numbers(turn(ring, turned)) for ring in rings(part)] for name, part in geometries.items()},
        "ratios": {name: shown_number(name, ratio) for name, ratio in sets.ratios.items()},
        "margins": {name: _finite(margin) for name, margin in sets.margins.items()},
        "middle": _numbers(turn(sets.middle, turned)),
        "role": role,
        "attacks": _numbers(turn(sets.attacks.outputs, turned)),
        "view": _numbers(polytope_view([sets], turned)),
        "ball": _numbers(_thinned(outline(sets.reached.ball))),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _numbers(values: ArrayLike) -> list[float]:
    """All numbers as one list, rounded to nine digits."""
    return [float(f"{value:.9g}") for value in np.asarray(values, np.float64).ravel()]


def _thinned(corners: Floats) -> Floats:
    """Every eighth corner of a circle's outline, closed; shorter outlines as they are."""
    return corners if len(corners) < 100 else np.concatenate([corners[:-1:8], corners[:1]])


def set_colours(theme: Theme) -> dict[str, dict[str, Any]]:
    """By set: title, colours of line and fill (None without a fill), and the line's dashes in pixels."""
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
    """Lengths of dashes and gaps in pixels, of a Plotly dash: a name or a list of pixels."""
    return DASHES[name] if name in DASHES else tuple(int(part.removesuffix("px")) for part in name.split(","))


def bound_colour(name: str, theme: Theme) -> str:
    """Green, from light (loose) to dark (tight), with a contrast of 3:1 or more against the background of the theme."""
    towards, share = ("#FFFFFF", LIGHTER) if theme == "dark" else (DARK_GREEN, 0.5)
    return mix(bound_styles()[name].colour, towards, share)


def picture_colours() -> dict[Theme, dict[str, Any]]:
    """Colours and widths of every theme: only the browser knows which theme it shows."""
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
    """A view of all true sets and of the bounds up to LOOSE times as wide as the hull."""
    shown = [sets.reached.hull for sets in sweep if not sets.reached.hull.is_empty]
    for sets in sweep:
        shown += [bound for bound in sets.outer.values() if width(bound) <= LOOSE * width(sets.reached.hull)]
    corners = [shapely.get_coordinates(part) for part in shown] or [sets.middle[None] for sets in sweep]
    places = turn(np.concatenate(corners), turned)
    low, high = places.min(axis=0), places.max(axis=0)
    widest = float((high - low).max()) or 1e-3 * (1 + float(np.abs(places).max()))
    padding = np.where(high - low > FLAT * widest, MARGIN * (high - low), MARGIN * widest)
    if not turned:
        padding[:] = MARGIN * widest
    (x0, y0), (x1, y1) = low - padding, high + padding
    return float(x0), float(x1), float(y0), float(y1)


def width(geometry: BaseGeometry) -> float:
    """The longer side of the bounding box."""
    if geometry.is_empty:
        return 0.0
    x0, y0, x1, y1 = geometry.bounds
    return float(max(x1 - x0, y1 - y0))


def rings(geometry: BaseGeometry) -> list[Floats]:
    """All rings and lines of a geometry, (k, 2) each; holes have the opposite orientation."""
    lines: list[Floats] = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            oriented = shapely.orient_polygons(part)
            lines += [shapely.get_coordinates(ring) for ring in (oriented.exterior, *oriented.interiors)]
        else:
            lines.append(shapely.get_coordinates(part))
    return [line for line in lines if len(line)]


def outline(geometry: BaseGeometry) -> Floats:
    """(k, 2) all rings and lines of a geometry, a row of NaN between them."""
    gaps = [np.vstack([ring, [[np.nan, np.nan]]]) for ring in rings(geometry)]
    return np.concatenate(gaps)[:-1] if gaps else np.zeros((0, 2))


def input_overlays(
    sets: Polytopes,
    role: Role,
    pin: tuple[float, float],
    points: Array | None = None,
    labels: NDArray[np.integer] | None = None,
) -> Overlays:
    """The overlays of the input plane: pin, ball and data. `role` is the ball's, from `polytope_words.Evidence`."""
    ball = Ball(role, outline(sets.reached.ball), f"ε = {three_digits(sets.eps)}")
    overlays = Overlays(pin=pin, balls=(ball,))
    if points is None:
        return overlays
    return replace(overlays, points=points, labels=np.empty(0, np.int64) if labels is None else labels)
