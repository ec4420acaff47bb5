"""The pictures of adversarial polytopes show the sets they are of, at every radius, also where those have no area."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely
import torch

from certify import METHODS, polytope_sweep, polytopes
from certify.polytopes.inner_polytope import outer_attacks
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
from figures.certify.polytope_words import ROLES, Evidence, ball_words, polytope_verdict, why_they_part
from figures.certify.relaxation import relaxation_figure
from figures.style.palette import contrast
from geometry import Plane, as_network, distances
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


def test_why_they_part_speaks_of_d_B():
    d_B = float(distances(NETWORK, X[None], math.inf).d_B[0])
    within, beyond = (polytopes(NETWORK, X, share * d_B, math.inf, (0, 2), ()) for share in (0.9, 1.1))
    assert "no unit switches" in why_they_part(Evidence(within), d_B)
    assert "switch" in why_they_part(Evidence(beyond), d_B) and "d_B" in why_they_part(Evidence(beyond), d_B)
    assert "inside the ball, so" in why_they_part(Evidence(beyond), d_B)
    assert "ball and plane" in why_they_part(Evidence(beyond, whole=False), d_B)
    assert "whole ball" in why_they_part(Evidence(within, whole=False), d_B)


def test_the_verdict_is_what_crosses_the_line():
    network = tight_network()  # f_1 - f_0 = t - |s|, and t - |s| - 2 eps in the worst case
    inside, beyond = (polytopes(network, [0.1, 0.55], eps, math.inf, None, ("interval", "lp")) for eps in (0.2, 0.3))
    proved = polytope_verdict(Evidence(inside, whole=True), 2)
    assert proved.kind == "proved" and "LP stays" in proved.reason and "Interval crosses" in proved.reason
    assert "class 0 overtake class 1" in proved.claim
    lost = polytope_verdict(Evidence(beyond, whole=True), 3)
    assert lost.kind == "attacked" and "Of the other classes" in lost.reason
    unproved = polytopes(network, [0.1, 0.55], 0.2, math.inf, None, ("interval",))
    assert "no bound here proves it" in polytope_verdict(Evidence(unproved, whole=True), 2).claim
    assert polytope_verdict(Evidence(unproved, whole=False), 2).kind == "open"
    tie = polytopes(network, [0.25, 0.25], 0.1, math.inf, None, ())
    assert polytope_verdict(Evidence(tie, whole=True), 2).kind == "tie"


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


MISSING = {"lp": "is still computed", "alpha-crown": "is still computed"}


def shown_value(text: str) -> Fraction:
    """The number that three digits name, exactly."""
    digits, _, power = text.replace("\u2009", "").replace("−", "-").partition("·10")
    exponent = int(power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")) or 0)
    return Fraction(digits) * Fraction(10) ** exponent


@pytest.mark.parametrize(("busy", "missing", "wanted", "unwanted"), [
    (True, MISSING, "The LP and α-CROWN are still computed.", "no bound here proves it"),
    (False, {"lp": "could not be computed: HiGHS broke off"}, "HiGHS broke off", "not known yet"),
    (False, {}, "no bound here proves it", "comput"),
])  # fmt: skip
def test_no_bound_is_said_to_fail_before_all_have_come(busy, missing, wanted, unwanted):
    found = polytopes(tight_network(), [0.1, 0.55], 0.2, math.inf, None, ("interval",))
    known = Evidence(found, True, missing, busy)
    said = polytope_verdict(known, 2)
    assert wanted in said.claim + said.reason and unwanted not in said.claim + said.reason
    assert said.kind == "proved" and known.role == "proved"  # the exact true set shows it


def test_without_any_bound_and_with_one_to_come_the_picture_of_a_plane_is_open():
    network, plane = mlp([5, 12, 3], 0), Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[3])
    found = polytopes(network, np.zeros(5), 1e-3, math.inf, (1, 2), (), plane=plane)
    waiting = Evidence(found, False, {"lp": "waits for its turn"}, True)
    assert waiting.kind == "open" and ball_words(waiting).endswith("not known yet")
    assert "The LP waits for its turn." in polytope_verdict(waiting, 3).reason
    assert "No bound is drawn." in polytope_verdict(Evidence(found, False), 3).reason


def test_attacks_in_the_whole_ball_count_though_the_plane_keeps_the_order():
    weight = torch.zeros(2, 5, dtype=torch.float64)
    weight[0, :2], weight[1, 4] = 1.0, 3.0  # f_0 = x_0 + x_1 + 1, f_1 = 3 x_4, which the plane does not move
    network = torch.nn.Sequential(torch.nn.Linear(5, 2)).double()
    with torch.no_grad():
        network[0].weight.copy_(weight)
        network[0].bias.copy_(torch.tensor([1.0, 0.0]))
    plane = Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[1])
    exact, x = as_network(network, (5,)), np.zeros(5)
    for eps, kind in ((0.3, "attacked"), (0.15, "open")):  # the least lead is 1 - 5 eps, in the plane 1 - 2 eps
        found = polytopes(exact, x, eps, math.inf, (0, 1), (), plane=plane)
        found = replace(found, attacks=outer_attacks(exact, x, eps, math.inf, (0, 1)))
        known = Evidence(found, whole=False)
        assert known.kind == kind and known.role == ROLES[kind]
        assert found.attacks.least_lead >= 1 - 5 * eps
    assert (
        "Attacks in the whole ball cross"
        in polytope_verdict(
            Evidence(replace(found, eps=0.3, attacks=outer_attacks(exact, x, 0.3, math.inf, (0, 1))), False), 2
        ).reason
    )


def test_what_rounding_hides_is_open_and_never_proved():
    network = tight_network()  # the least lead is t - |s| - 2 eps
    for eps, kind in ((0.225, "open"), (0.225 - 1e-9, "proved"), (0.225 + 1e-9, "attacked")):
        known = Evidence(polytopes(network, [0.1, 0.55], eps, math.inf, None, ()))
        assert known.kind == kind
        low, high = known.found.true_lead
        true = Fraction(0.55) - Fraction(0.1) - 2 * Fraction(eps)
        assert Fraction(low) <= true <= Fraction(high)


def test_in_l2_the_true_set_speaks_for_the_disc_that_its_polygon_holds():
    found = polytopes(tight_network(), [0.1, 0.55], 0.2, 2, None, ())
    said = polytope_verdict(Evidence(found), 2)
    assert said.kind == "proved" and "‖δ‖₂\u00a0≤\u00a00.199 makes" in said.claim
    assert "exactly" not in said.reason
    bounded = polytopes(tight_network(), [0.1, 0.55], 0.2, 2, None, ("fast-lin",))
    assert "≤\u00a00.200 makes" in polytope_verdict(Evidence(bounded), 2).claim


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


def test_a_units_bounds_are_shown_rounded_outwards():
    figure = relaxation_figure(-0.12345, 0.12341)
    assert {note.text for note in figure.layout.annotations} == {"ℓ = −0.124", "u = 0.124"}


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
