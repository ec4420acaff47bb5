"""The pictures of adversarial polytopes show the sets they are of, at every radius, also where those have no area."""

from __future__ import annotations

import csv
import io
import json
import math
from fractions import Fraction
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
import torch

from certify import METHODS, polytope_sweep, polytopes
from figures.certify.polytope import (
    bound_styles,
    input_overlays,
    outline,
    output_picture,
    picture_colours,
    polytope_film,
    polytope_view,
    rings,
    set_colours,
    turn,
)
from figures.certify.polytope_areas import area_figure, area_rows, areas_csv
from figures.certify.polytope_svg import polytope_svg
from figures.certify.polytope_words import Evidence, polytope_verdict
from figures.style.palette import contrast
from geometry import Plane
from models.networks.builders import random_network, tight_network
from tests.strategies import mlp

NETWORK = mlp([2, 30, 30, 3], 2)
X = np.array([0.2, 0.1])
SWEEP = list(polytope_sweep(NETWORK, X, [0, 0.1, 0.4], math.inf, (0, 2), ("layerwise", "interval", "fast-lin", "lp")))


def shoelace(ring: np.ndarray) -> float:
    """Twice the signed area is the sum over the sides of a closed ring (k, 2)."""
    return 0.5 * float(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]))


def drawn_area(numbers: list[list[float]]) -> float:
    """Of rings as a picture has them, holes negative."""
    return sum(shoelace(np.array(ring).reshape(-1, 2)) for ring in numbers)


def test_a_sweep_is_what_each_radius_alone_gives():
    for found in SWEEP:
        alone = polytopes(NETWORK, X, found.eps, math.inf, (0, 2), ("layerwise", "interval", "fast-lin", "lp"))
        assert found.areas == pytest.approx(alone.areas, rel=1e-6, abs=1e-12)
        assert found.margins == pytest.approx(alone.margins, rel=1e-6, abs=1e-12)
        np.testing.assert_allclose(found.middle, NETWORK(torch.from_numpy(X)[None])[0, [0, 2]].numpy(), atol=1e-12)


def test_areas_grow_with_eps_and_from_true_to_loose():
    for found in SWEEP:
        areas, slack = found.areas, 1e-9
        assert areas["true"] <= areas["hull"] + slack
        assert areas["hull"] <= areas["lp"] + slack <= areas["fast-lin"] + 1e-3 * areas["fast-lin"] + 2 * slack
        assert areas["interval"] <= areas["layerwise"] + slack
        assert found.margins["true"] >= found.margins["lp"] - slack
    for before, after in pairwise(SWEEP):
        assert all(before.areas[name] <= after.areas[name] + 1e-9 for name in before.areas)


@pytest.mark.parametrize("turned", [False, True])
def test_the_output_plane_shows_the_sets_and_whom_they_are_reached_by(turned):
    found = SWEEP[-1]
    scene = output_picture(found, turned)
    larger = 2 if turned else 1  # (a, b) -> (a - b, a + b) doubles areas
    for name in ("true", "hull", "fast-lin", "layerwise"):
        assert drawn_area(scene["sets"][name]) == pytest.approx(larger * found.areas[name], rel=1e-6)
    vertices = np.array(scene["vertices"]).reshape(-1, 4)
    reached = NETWORK(torch.from_numpy(vertices[:, 2:]))[:, [0, 2]].numpy()
    np.testing.assert_allclose(turn(reached, turned), vertices[:, :2], atol=1e-7)
    assert (np.abs(vertices[:, 2:] - X).max(axis=1) <= found.eps + 1e-8).all()
    assert scene["margins"]["true"] == found.margins["true"]
    x0, x1, y0, y1 = scene["view"]
    places = turn(shapely.get_coordinates(found.reached.hull), turned)
    assert (places >= [x0, y0]).all() and (places <= [x1, y1]).all()
    json.dumps(scene)


def test_holes_stay_open():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    assert sum(map(shoelace, rings(ring))) == pytest.approx(8)
    assert outline(shapely.Polygon()).shape == (0, 2)
    both = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(2, 2), (3, 3)])])
    assert np.isnan(outline(both)).any(axis=1).sum() == 1


def test_a_film_has_a_scene_per_radius_as_fine_as_a_screen_shows():
    scenes = json.loads(polytope_film(SWEEP))
    assert [scene["eps"] for scene in scenes] == [found.eps for found in SWEEP]
    for scene, found in zip(scenes[1:], SWEEP[1:]):
        assert drawn_area(scene["sets"]["true"]) == pytest.approx(found.areas["true"], rel=0.01)
        ball = np.array(scene["ball"]).reshape(-1, 2)
        assert abs(shoelace(ball)) == pytest.approx((2 * found.eps) ** 2, rel=1e-6)


def lines_of() -> list[str]:
    return [name for name in bound_styles() if name in (*METHODS, "layerwise")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_set_has_a_colour_and_tight_bounds_are_darker(theme):
    colours = set_colours(theme)
    assert {*METHODS, "layerwise", "true", "hull"} <= set(colours)
    lines = [colours[name]["line"] for name in bound_styles() if name in (*METHODS, "layerwise")]
    brightness = [contrast(line, "#000000") for line in lines]
    assert brightness == sorted(brightness, reverse=True)
    assert colours["hull"]["dash"] and colours["hull"]["fill"] is None
    ground = picture_colours()[theme]["ground"]
    assert all(contrast(line, ground) >= 3 for line in lines)
    dashes = [colours[name]["dash"] for name in (*lines_of(), "hull")]
    assert len(set(dashes)) == len(dashes)  # told apart without colour
    assert set(picture_colours()) == {"light", "dark"}


@pytest.mark.parametrize("turned", [False, True])
def test_the_svg_holds_every_set_once(turned):
    for found in SWEEP:
        root = ElementTree.fromstring(polytope_svg(found, turned=turned))
        drawn = [path.get("data-set") for path in root.iter("{http://www.w3.org/2000/svg}path")]
        assert drawn == ["layerwise", "interval", "fast-lin", "lp", "true", "hull"]


def test_the_view_holds_the_true_set_and_leaves_out_what_is_far_too_loose():
    network = random_network(seed=0)
    (found,) = polytope_sweep(network, [0.0, 0.0], [0.1], math.inf, methods=("interval", "crown"))
    x0, x1, y0, y1 = polytope_view([found])
    shown = shapely.box(x0, y0, x1, y1)
    assert shown.covers(found.reached.hull) and shown.covers(found.outer["crown"])
    assert not shown.covers(found.outer["interval"])
    at_zero = polytope_view(SWEEP[:1])
    assert at_zero[0] < at_zero[1] and at_zero[2] < at_zero[3]


def test_the_input_plane_says_what_is_known_of_the_ball():
    found = SWEEP[-1]
    overlays = input_overlays(found, Evidence(found).role, (0.2, 0.1))
    assert overlays.balls[0].role == ("attacked" if found.margins["true"] <= 0 else "proved")
    assert abs(shoelace(overlays.balls[0].outline)) == pytest.approx((2 * found.eps) ** 2, rel=1e-6)


def test_an_image_network_is_shown_on_its_plane():
    network = mlp([5, 12, 3], 0)
    plane = Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[3])
    found = polytopes(network, np.zeros(5), 0.5, 2, (1, 2), ("crown",), plane=plane)
    assert found.outer["crown"].covers(found.reached.hull)
    assert output_picture(found)["sets"]["true"]


def test_areas_as_curves_rows_and_csv_are_those_of_the_sets():
    figure = area_figure(SWEEP, 0.1)
    curve = next(trace for trace in figure.data if trace.name == "Fast-Lin")
    assert list(curve.y)[1:] == [found.areas["fast-lin"] for found in SWEEP[1:]]
    ratio = next(trace for trace in area_figure(SWEEP, ratios=True).data if trace.name == "convex hull")
    assert list(ratio.y)[1:] == [1, 1]
    assert [row["set"] for row in area_rows(SWEEP[1])][:2] == ["true set", "convex hull"]
    text = areas_csv(SWEEP, {"network": "tests', 2 inputs", "norm": "linf"})
    assert text.startswith("# network: tests'")
    rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert len(rows) == sum(len(found.areas) for found in SWEEP)
    assert float(rows[-1]["area [outputs squared]"]) == SWEEP[-1].areas["lp"]


def test_every_method_has_a_name_and_tights_network_is_decided():
    methods = tuple(name for name in METHODS if math.inf in METHODS[name].norms)
    found = polytopes(tight_network(), [0.1, 2.0], 0.5, math.inf, None, methods)
    assert found.margins["fast-lin"] == pytest.approx(found.margins["true"], abs=1e-6)
    assert set(output_picture(found)["sets"]) == {*methods, "true", "hull"}


def shown_value(text: str) -> Fraction:
    """The number that three digits name, exactly."""
    digits, _, power = text.replace("\u2009", "").replace("−", "-").partition("·10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    return Fraction(digits) * Fraction(10) ** exponent


def exactly(value: float) -> Fraction:
    """The shortest decimal that names a float64, which is what three digits are of."""
    return Fraction(repr(float(value)))


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_numbers_of_bounds_are_rounded_away_from_what_they_claim(p):
    bounds = ("interval", "fast-lin", "crown") + (() if p == 2 else ("lp",))
    for eps in (0.0123456, 0.1234567, 0.3):
        found = polytopes(NETWORK, X, eps, p, (0, 2), bounds)
        picture = output_picture(found)
        for row, name in zip(area_rows(found), found.areas):
            if name in ("true", "hull"):
                assert abs(shown_value(row["area"]) / exactly(found.areas[name]) - 1) <= Fraction(1, 199)
                continue
            assert shown_value(row["area"]) >= exactly(found.areas[name])
            assert shown_value(row["× hull"]) >= exactly(found.ratios[name])
            assert shown_value(picture["ratios"][name]) >= exactly(found.ratios[name])
            assert shown_value(row["least margin"]) <= exactly(found.margins[name])
        verdict = polytope_verdict(Evidence(found), 2)
        shown = shown_value(verdict.claim.split("≤\u00a0")[1].split(" ")[0])
        assert shown <= exactly(eps) if verdict.kind == "proved" else shown >= exactly(eps)


def test_the_svg_says_where_it_comes_from_and_holds_long_names():
    names = ("a name of sixty letters, as a folder of images may well have", "a_name<&>" * 7)
    root = ElementTree.fromstring(polytope_svg(SWEEP[1], class_names=names, about={"network": names[1]}))
    spoken = "".join(text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text"))
    assert names[0] in spoken and "a_name<&>" in spoken
    assert next(root.iter("{http://www.w3.org/2000/svg}desc")).text == f"network: {names[1]}"
    dashes = [
        path.get("stroke-dasharray")
        for path in root.iter("{http://www.w3.org/2000/svg}path")
        if path.get("data-set") not in (None, "true")
    ]
    assert len(set(dashes)) == len(dashes) == 5
