"""Checks of the sentences of the tour of Polytope."""

from __future__ import annotations

import math
from functools import cache
from typing import get_args

import numpy as np
import shapely

from certify import outer_polytope
from certify.polytopes.comparison import Polytopes, polytopes
from figures.certify.polytope import bound_colour, bound_styles, output_picture, turn
from figures.style.palette import Theme, from_hex
from geometry import ball_on_plane
from geometry.plane import Plane
from models import load_preset
from pages.polytope.presets import PRESETS
from pages.teaching.steps import Sentence, Step
from tests.oracles import activation_patterns, distances_by_jacobian, preactivation_rows
from tests.tour_claims.scene import Check, Scene, of, within

ROUNDING = 1e-9
DRAWN = ("fast-lin", "crown", "lp")


@cache
def _sets(step_id: int, eps: float, methods: tuple[str, ...]) -> Polytopes:
    here = _HERE[step_id]
    return polytopes(here.network, here.pin, eps, here.p, (0, 1), methods)


_HERE: dict[int, Scene] = {}


def sets(step: Step, eps: float | None = None) -> Polytopes:
    _HERE[id(step)] = of(step)
    drawn = step.link["bounds"]
    methods = () if drawn == "none" else tuple(drawn.split(","))
    return _sets(id(step), of(step).eps if eps is None else eps, methods)


def outputs(step: Step, eps: float | None = None) -> np.ndarray:
    """What torch makes of many inputs of the ball."""
    here = of(step)
    return here.logits(within(here.pin, here.eps if eps is None else eps, here.p, 20_000))


def leads(step: Step, points: np.ndarray) -> np.ndarray:
    """By how much the point's own class is ahead at outputs."""
    middle = of(step).logits(of(step).pin)[0]
    own = int(middle.argmax())
    return points[:, own] - points[:, 1 - own]


def _square(step: Step, _: Sentence) -> None:
    here = of(step)
    ball = ball_on_plane(here.pin, here.eps, here.p, Plane.identity())
    assert math.isclose(ball.area, (2 * here.eps) ** 2, rel_tol=1e-9) and here.p == math.inf


def _grey(step: Step, _: Sentence) -> None:
    """Every output is in it, and every vertex of it is the output of an input in the ball."""
    here, found = of(step), sets(step)
    room = found.reached.polytope.buffer(1e-7)
    shapely.prepare(room)
    assert shapely.contains_xy(room, outputs(step)).all()
    scene = output_picture(found)
    for f_i, f_j, s, t in np.array(scene["vertices"]).reshape(-1, 4)[::7]:
        x = np.array([s, t])
        assert abs(x - here.pin).max() <= here.eps * (1 + 1e-6)
        assert np.allclose(here.logits(x)[0], [f_i, f_j], atol=1e-6)


def _still(step: Step, _: Sentence) -> None:
    here = of(step)
    assert here.eps < distances_by_jacobian(here.module, here.pin, here.p)[0]
    patterns = activation_patterns(here.module, within(here.pin, here.eps, here.p))
    assert (patterns == patterns[0]).all()


def _parallelogram(step: Step, _: Sentence) -> None:
    found = sets(step).reached.polytope
    corners = np.asarray(shapely.convex_hull(found).exterior.coords)[:-1]
    assert math.isclose(found.area, found.convex_hull.area, rel_tol=1e-6)
    here = of(step)
    signs = np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]])
    images = here.logits(here.pin + here.eps * signs)
    assert np.allclose(images[0] + images[2], images[1] + images[3])
    assert all(np.linalg.norm(images - corner, axis=1).min() < 1e-9 for corner in corners if len(corners) == 4)


def _touching(step: Step, sentence: Sentence) -> None:
    count = int(sentence.values["directions"])
    angles = 2 * np.pi * np.arange(count) / count
    directions = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    here, found = of(step), sets(step)
    reach = here.logits(here.pin + here.eps * np.array([[1, 1], [1, -1], [-1, -1], [-1, 1]])) @ directions.T
    for name, polygon in found.outer.items():
        corners = shapely.get_coordinates(polygon) @ directions.T
        assert np.allclose(corners.max(axis=0), reach.max(axis=0), atol=1e-7)
        asked = outer_polytope(here.network, here.pin, here.eps, here.p, (0, 1), name)
        assert math.isclose(asked.area, polygon.area, rel_tol=1e-9)  # so many are what is asked for by itself


def _left_between(step: Step, _: Sentence) -> None:
    found = sets(step)
    for polygon in found.outer.values():
        assert polygon.area > found.reached.hull.area


def _switching(step: Step, _: Sentence) -> None:
    here = of(step)
    patterns = activation_patterns(here.module, within(here.pin, here.eps, here.p))
    assert (patterns.any(axis=0) & ~patterns.all(axis=0)).any()


def _folded(step: Step, _: Sentence) -> None:
    found = sets(step).reached
    assert found.polytope.area < 0.99 * found.hull.area


def _hull(step: Step, _: Sentence) -> None:
    """It holds all outputs, and its corners are outputs: no smaller convex set does."""
    found = sets(step).reached
    assert shapely.contains_xy(found.hull.buffer(1e-7), outputs(step)).all()
    corners = shapely.get_coordinates(found.hull)
    assert shapely.distance(shapely.points(corners), found.polytope).max() < 1e-9


def _bounded(step: Step, _: Sentence) -> None:
    for polygon in sets(step).outer.values():
        assert shapely.contains_xy(polygon.buffer(1e-7), outputs(step)).all()


def _polygons(step: Step, _: Sentence) -> None:
    for polygon in sets(step).outer.values():
        assert math.isclose(polygon.area, polygon.convex_hull.area, rel_tol=1e-6)


def _darker(step: Step, _: Sentence) -> None:
    found = sets(step)
    by_area = sorted(found.outer, key=lambda name: -found.outer[name].area)
    assert by_area == [name for name in bound_styles() if name in found.outer]
    for theme in get_args(Theme):
        brightness = [sum(from_hex(bound_colour(name, theme))) for name in by_area]
        assert brightness == sorted(brightness, reverse=True)


def _multiples(step: Step, _: Sentence) -> None:
    found = sets(step)
    said = output_picture(found)["ratios"]
    for name, polygon in found.outer.items():
        assert math.isclose(
            float(said[name]), polygon.area / shapely.convex_hull(found.reached.polytope).area, rel_tol=5e-3
        )


def _red_line(step: Step, _: Sentence) -> None:
    """It is drawn where the first output less the second is 0, also when the axes are turned."""
    line = np.array([[-1.0, -1.0], [2.0, 2.0]])
    assert (turn(line, turned=True)[:, 0] == 0).all()
    assert (leads(step, line) == 0).all()


def _kept(step: Step, _: Sentence) -> None:
    found = sets(step)
    assert (leads(step, shapely.get_coordinates(found.reached.polytope)) > 0).all()
    assert (leads(step, outputs(step)) > 0).all()


def _only_lp(step: Step, _: Sentence) -> None:
    least = {name: leads(step, shapely.get_coordinates(one)).min() for name, one in sets(step).outer.items()}
    assert set(least) == set(DRAWN)
    assert least["fast-lin"] < 0 and least["crown"] < 0 and least["lp"] > 0


def _then_lost(step: Step, sentence: Sentence) -> None:
    open_, lost = sets(step, sentence.values["open"]), sets(step, sentence.values["lost"])
    for one in open_.outer.values():
        assert leads(step, shapely.get_coordinates(one)).min() < 0
    assert (leads(step, shapely.get_coordinates(open_.reached.polytope)) > 0).all()
    assert (leads(step, outputs(step, sentence.values["open"])) > 0).all()
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 401)] * 2), axis=-1).reshape(-1, 2)
    here = of(step)
    assert leads(step, here.logits(here.pin + sentence.values["lost"] * grid)).min() < 0  # an input that changes it
    assert set(open_.outer) == set(lost.outer) == set(DRAWN)


def _all_three(step: Step, sentence: Sentence) -> None:
    found = sets(step)
    true = leads(step, shapely.get_coordinates(found.reached.polytope)).min()
    assert set(found.outer) == set(DRAWN)
    for one in found.outer.values():
        assert leads(step, shapely.get_coordinates(one)).min() > 0.9 * true > 0
    data = load_preset("kw-robust").dataset
    assert len(data.x) == sentence.values["points"]
    assert np.linalg.norm(data.x - of(step).pin, axis=1).min() < 1e-3


def _upright(step: Step, _: Sentence) -> None:
    assert step.link["axes"] == "turned"
    _red_line(step, _)


def _before(step: Step, _: Sentence) -> None:
    preset = PRESETS["before"]
    assert preset.title == "Fig. 7, before" and preset.bounds == DRAWN
    here = Scene(
        Step("", "polytope", {"network": "shipped", "data": preset.values["data"], "p": "inf", "eps": str(preset.eps),
             "pin": ",".join(map(str, preset.values["pin"])), "bounds": ",".join(preset.bounds)}, ())
    )  # fmt: skip
    assert step.link["pin"] == here.link["pin"] and step.link["eps"] == here.link["eps"]
    _kept(here.step, _)
    _only_lp(here.step, _)


def _exact_margin(step: Step, sentence: Sentence) -> None:
    here, found = of(step), sets(step)
    z = preactivation_rows(here.module, within(here.pin, here.eps, here.p))
    switching = (z.min(axis=0) < 0) & (z.max(axis=0) > 0)
    assert (int(switching.sum()), len(switching)) == (sentence.values["unstable"], sentence.values["units"])
    true = leads(step, shapely.get_coordinates(found.reached.polytope)).min()
    assert math.isclose(leads(step, shapely.get_coordinates(found.outer["fast-lin"])).min(), true, rel_tol=1e-9)


def _elsewhere(step: Step, _: Sentence) -> None:
    found = sets(step)
    assert found.outer["fast-lin"].area > 1.01 * found.reached.hull.area


def _intervals_lose(step: Step, _: Sentence) -> None:
    least = {name: leads(step, shapely.get_coordinates(one)).min() for name, one in sets(step).outer.items()}
    assert [name for name, lead in least.items() if lead <= 0] == ["interval"]
    assert len(least) == 3


CHECKS: dict[str, Check] = {
    "the inputs are a square": _square,
    "the grey set is what inputs reach": _grey,
    "nothing switches below d_B": _still,
    "the image is a parallelogram": _parallelogram,
    "bounds touch in every direction asked": _touching,
    "what is left lies between directions": _left_between,
    "units switch in the ball": _switching,
    "the image is not convex": _folded,
    "the hull is the least convex set": _hull,
    "no output passes a bound": _bounded,
    "bounds are convex polygons": _polygons,
    "tighter bounds are darker": _darker,
    "numbers are multiples of the hull": _multiples,
    "the red line is where outputs are equal": _red_line,
    "the true set keeps the class": _kept,
    "only the LP proves it": _only_lp,
    "then open, then lost": _then_lost,
    "all three prove it, far from the line": _all_three,
    "turned axes: the line is upright": _upright,
    "before: only the LP proves it": _before,
    "unstable units, exact margin": _exact_margin,
    "Fast-Lin's polygon is larger elsewhere": _elsewhere,
    "only intervals lose the proof": _intervals_lose,
}
