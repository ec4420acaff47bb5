"""The pictures of adversarial polytopes show the sets they are of, at every radius, also where those have no area."""

from __future__ import annotations

import csv
import io
import math
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
import shapely
import torch

from certify import METHODS, polytope_sweep, polytopes
from figures.polytope import input_figure, input_overlays, outline, polytope_figure, polytope_view, sweep_figure
from figures.polytope_areas import area_figure, area_rows, areas_csv, why_they_part
from figures.relaxation import relaxation_figure
from geometry import Plane, distances
from models.networks import random_network, tight_network
from tests.strategies import mlp

NETWORK = mlp([2, 30, 30, 3], 2)
X = np.array([0.2, 0.1])
SWEEP = list(polytope_sweep(NETWORK, X, [0, 0.1, 0.4], math.inf, (0, 2), ("layerwise", "interval", "fast-lin", "lp")))


def drawn_area(trace: go.Scatter) -> float:
    """By the shoelace formula over all rings, holes negative."""
    points, total = np.column_stack([np.array(trace.x, float), np.array(trace.y, float)]), 0.0
    cuts = np.flatnonzero(np.isnan(points[:, 0]))
    for ring in np.split(points, cuts):
        ring = ring[~np.isnan(ring[:, 0])]
        total += 0.5 * float(np.sum(ring[:-1, 0] * ring[1:, 1] - ring[1:, 0] * ring[:-1, 1]))
    return total


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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_output_plane_shows_the_sets_and_whom_they_are_reached_by(theme):
    found = SWEEP[-1]
    attacks = found.middle[None] + [[0.1, 0.2]]
    figure = polytope_figure(found, attacks, theme=theme)
    areas = {trace.name.split(":")[0]: drawn_area(trace) for trace in figure.data if ":" in trace.name}
    assert areas["true set"] == pytest.approx(found.areas["true"], rel=1e-6)
    assert areas["Fast-Lin"] == pytest.approx(found.areas["fast-lin"], rel=1e-6)
    order = [trace.name.split(":")[0] for trace in figure.data[:4]]
    assert order == ["Layerwise box", "Interval", "Fast-Lin", "LP"]  # loose below tight
    (vertices,) = (trace for trace in figure.data if trace.name == "vertices")
    reached = NETWORK(torch.from_numpy(np.array(vertices.customdata)))[:, [0, 2]].numpy()
    np.testing.assert_allclose(reached, np.column_stack([vertices.x, vertices.y]), atol=1e-9)
    assert (np.abs(np.array(vertices.customdata) - X).max(axis=1) <= found.eps + 1e-12).all()
    (crosses,) = (trace for trace in figure.data if trace.name == "attacks")
    np.testing.assert_allclose(np.column_stack([crosses.x, crosses.y]), attacks)
    (line,) = (trace for trace in figure.data if trace.name.count("class") == 2)
    assert list(line.x) == list(line.y)


def test_holes_stay_open():
    ring = shapely.box(0, 0, 3, 3).difference(shapely.box(1, 1, 2, 2))
    corners = outline(ring)
    assert drawn_area(go.Scatter(x=corners[:, 0], y=corners[:, 1])) == pytest.approx(8)
    assert outline(shapely.Polygon()).shape == (0, 2)
    both = shapely.GeometryCollection([shapely.box(0, 0, 1, 1), shapely.LineString([(2, 2), (3, 3)])])
    assert np.isnan(outline(both)).any(axis=1).sum() == 1


def test_the_view_holds_the_true_set_and_leaves_out_what_is_far_too_loose():
    network = random_network(seed=0)
    (found,) = polytope_sweep(network, [0.0, 0.0], [0.1], math.inf, methods=("interval", "crown"))
    x0, x1, y0, y1 = polytope_view([found])
    shown = shapely.box(x0, y0, x1, y1)
    assert shown.covers(found.reached.hull) and shown.covers(found.outer["crown"])
    assert not shown.covers(found.outer["interval"])
    at_zero = polytope_view(SWEEP[:1])
    assert at_zero[0] < at_zero[1] and at_zero[2] < at_zero[3]


def test_a_sweep_of_frames_has_one_per_radius_with_the_same_traces():
    figure = sweep_figure(SWEEP)
    assert len(figure.frames) == len(figure.layout.sliders[0].steps) == len(SWEEP)
    assert {len(frame.data) for frame in figure.frames} == {len(figure.data)}
    with pytest.raises(ValueError, match="at least one"):
        sweep_figure([])


def test_the_input_plane_shows_ball_and_switching_units():
    found = SWEEP[-1]
    figure = input_figure(found)
    assert drawn_area(figure.data[0]) == pytest.approx((2 * found.eps) ** 2, rel=1e-6)
    assert {trace.name.split(":")[0] for trace in figure.data[1:]} <= {"layer 1", "layer 2"}
    counted = sum(int(trace.name.split()[2]) for trace in figure.data[1:])
    assert counted == len(set(found.reached.unit_lines()[1]))
    overlays = input_overlays(found, (0.2, 0.1))
    assert overlays.balls[0].role == ("attacked" if found.margins["true"] <= 0 else overlays.balls[0].role)
    assert input_figure(SWEEP[0]).data and input_overlays(SWEEP[0], (0.2, 0.1)).balls[0].role == "proved"


def test_an_image_network_is_shown_on_its_plane():
    network = mlp([5, 12, 3], 0)
    plane = Plane(np.zeros(5), np.eye(5)[0], np.eye(5)[3])
    found = polytopes(network, np.zeros(5), 0.5, 2, (1, 2), ("crown",), plane=plane)
    assert found.outer["crown"].covers(found.reached.hull)
    assert input_figure(found).layout.xaxis.title.text == "s"
    assert polytope_figure(found).data


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
    assert len(polytope_figure(found).data) == len(METHODS) + 6
