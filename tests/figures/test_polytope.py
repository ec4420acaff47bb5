"""The pictures of adversarial polytopes show the sets they are of, at every radius, also where those have no area."""

from __future__ import annotations

import csv
import io
import json
import math
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
import torch

from certify import METHODS, polytope_sweep, polytopes
from figures.palette import contrast
from figures.polytope import (
    BOUNDS,
    input_overlays,
    outline,
    output_picture,
    picture_colours,
    polytope_film,
    polytope_view,
    rings,
    role,
    set_colours,
    turn,
)
from figures.polytope_areas import area_figure, area_rows, areas_csv
from figures.polytope_svg import polytope_svg
from figures.polytope_words import polytope_verdict, why_they_part
from figures.relaxation import relaxation_figure
from geometry import Plane, distances
from models.networks import random_network, tight_network
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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_set_has_a_colour_and_tight_bounds_are_darker(theme):
    colours = set_colours(theme)
    assert {*METHODS, "layerwise", "true", "hull"} <= set(colours)
    lines = [colours[name]["line"] for name in BOUNDS if name in (*METHODS, "layerwise")]
    brightness = [contrast(line, "#000000") for line in lines]
    assert brightness == sorted(brightness, reverse=True)
    assert colours["hull"]["dash"] and colours["hull"]["fill"] is None
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
    overlays = input_overlays(found, (0.2, 0.1))
    assert overlays.balls[0].role == ("attacked" if found.margins["true"] <= 0 else overlays.balls[0].role)
    assert abs(shoelace(overlays.balls[0].outline)) == pytest.approx((2 * found.eps) ** 2, rel=1e-6)
    assert input_overlays(SWEEP[0], (0.2, 0.1)).balls[0].role == "proved"
    assert role(polytopes(NETWORK, X, 0.1, math.inf, (0, 2), ())) in ("attacked", "d_B")


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
    rows = list(csv.DictReader(io.StringIO(areas_csv(SWEEP))))
    assert len(rows) == sum(len(found.areas) for found in SWEEP)
    assert float(rows[-1]["area"]) == SWEEP[-1].areas["lp"]


def test_why_they_part_speaks_of_d_B():
    d_B = float(distances(NETWORK, X[None], math.inf).d_B[0])
    within, beyond = (polytopes(NETWORK, X, share * d_B, math.inf, (0, 2), ()) for share in (0.9, 1.1))
    assert "no unit switches" in why_they_part(within, d_B)
    assert "switch" in why_they_part(beyond, d_B) and "d_B" in why_they_part(beyond, d_B)
    assert "inside the ball, so" in why_they_part(beyond, d_B)
    assert "ball and plane" in why_they_part(beyond, d_B, whole=False)
    assert "whole ball" in why_they_part(within, d_B, whole=False)


def test_the_verdict_is_what_crosses_the_line():
    network = tight_network()  # f_1 - f_0 = t - |s|, and t - |s| - 2 eps in the worst case
    inside, beyond = (polytopes(network, [0.1, 0.55], eps, math.inf, None, ("interval", "lp")) for eps in (0.2, 0.3))
    proved = polytope_verdict(inside, 2, whole=True)
    assert proved.kind == "proved" and "LP stays" in proved.reason and "Interval crosses" in proved.reason
    assert "class 0 overtake class 1" in proved.claim
    lost = polytope_verdict(beyond, 3, whole=True)
    assert lost.kind == "attacked" and "Of the other classes" in lost.reason
    unproved = polytopes(network, [0.1, 0.55], 0.2, math.inf, None, ("interval",))
    assert "no bound here proves it" in polytope_verdict(unproved, 2, whole=True).claim
    assert polytope_verdict(unproved, 2, whole=False).kind == "open"
    tie = polytopes(network, [0.25, 0.25], 0.1, math.inf, None, ())
    assert polytope_verdict(tie, 2, whole=True).kind == "tie"


@pytest.mark.parametrize("lower, upper", [(-1.0, 2.0), (-2.0, 0.5), (0.5, 1.5), (-2.0, -1.0), (0.0, 0.0)])
def test_the_relaxations_lines_hold_the_unit_between_them(lower, upper):
    figure = relaxation_figure(lower, upper, slope=0.1, reached=np.linspace(lower, upper, 5))
    z = np.linspace(lower, upper, 50)
    graph = np.maximum(z, 0.1 * z)
    lines = [trace for trace in figure.data if trace.name in ("Fast-Lin", "CROWN")]
    assert len(lines) == (4 if lower < 0 < upper else 0)
    for above, below in zip(lines[::2], lines[1::2]):
        assert (np.interp(z, above.x, above.y) >= graph - 1e-12).all()
        assert (np.interp(z, below.x, below.y) <= graph + 1e-12).all()


def test_relaxations_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="lower <= upper"):
        relaxation_figure(1.0, 0.0)
    with pytest.raises(ValueError, match="lines are drawn for"):
        relaxation_figure(-1.0, 1.0, ("interval",))


def test_every_method_has_a_name_and_tights_network_is_decided():
    found = polytopes(tight_network(), [0.1, 2.0], 0.5, math.inf, None, tuple(METHODS))
    assert found.margins["fast-lin"] == pytest.approx(found.margins["true"], abs=1e-6)
    assert set(output_picture(found)["sets"]) == {*METHODS, "true", "hull"}
