"""The exact image of a ball: nothing reached is missing, nothing else is in it, whatever the network."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import affine_transform
from torch import nn

from geometry import Plane, adversarial_polytope, as_network, distances, enumerate_regions, reachable_set, region_at
from geometry.box import as_box
from geometry.planar.ball import SEGMENTS
from tests.strategies import Case, boxes, conv_networks, degenerate_mlps, mlp, mlps, norms, points, random_directions

KINDS = {"generic": mlps(2), "degenerate": degenerate_mlps()}
INSCRIBED = math.cos(math.pi / SEGMENTS)  # the radius of the disc inside the polygon that stands for it


def outputs_of(network: nn.Module, x: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    with torch.no_grad():
        return network(torch.from_numpy(x))[:, list(pair)].numpy()


def perturbed(x: np.ndarray, eps: float, p: float, box, n: int = 400) -> np.ndarray:
    """(n, *shape) inputs of the ball around one point, half of them on its surface."""
    lengths = np.where(np.arange(n) % 2 == 0, 1, np.random.default_rng(1).random(n)).reshape(-1, *[1] * x.ndim)
    found = x + eps * (INSCRIBED if p == 2 else 1) * lengths * random_directions(x.shape, p, n)
    return found if box is None else np.clip(found, *box)


def check_reached(network, reached, x, eps, p, box, pair, plane: Plane, tolerance: float) -> None:
    """Every vertex of the set is the output of an input in ball and box."""
    vertices = shapely.get_coordinates(reached.polytope)
    inputs, images = reached.preimages(vertices)
    assert np.abs(images - vertices).max(initial=0) <= tolerance
    legal = plane.embed(inputs)
    assert np.abs(outputs_of(network, legal, pair) - vertices).max(initial=0) <= tolerance
    away = (legal - x).reshape(len(legal), -1)
    assert np.linalg.norm(away, p, axis=1).max(initial=0) <= eps + 1e-9 * (1 + eps)
    if box is not None:
        limits = as_box(box, x.shape)
        assert (legal >= limits.lo - 1e-9).all() and (legal <= limits.hi + 1e-9).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_output_lies_in_the_set_and_every_vertex_is_reached(kind):
    @given(KINDS[kind], norms(), st.floats(0, 2), st.booleans(), st.data())
    @settings(deadline=None, max_examples=60)
    def check(case, p, eps, boxed, data):
        x = data.draw(points((2,)))[0]
        box = data.draw(boxes(x[None])) if boxed else None
        classes = as_network(case.network, (2,)).classes
        pair = tuple(data.draw(st.permutations(range(classes)))[:2])
        reached = reachable_set(case.network, x, eps, p, pair, box)
        outputs = outputs_of(case.network, perturbed(x, eps, p, box), pair)
        tolerance = 1e-9 * (1 + np.abs(outputs).max())
        assert shapely.distance(shapely.points(outputs), reached.polytope).max() <= tolerance
        assert shapely.distance(shapely.points(outputs), reached.hull).max() <= tolerance
        check_reached(case.network, reached, x, eps, p, box, pair, Plane.identity(), tolerance)

    check()


@given(conv_networks(), norms(), st.floats(0.05, 1), st.booleans(), st.data())
@settings(deadline=None, max_examples=15)
def test_of_an_image_network_the_ball_is_cut_by_the_plane(case, p, eps, boxed, data):
    corners = data.draw(points(case.input_shape, 3))
    plane = Plane.through(*np.random.default_rng(data.draw(st.integers(0, 999))).uniform(-1, 1, corners.shape))
    x = plane.embed(data.draw(points((2,))))[0]
    box = data.draw(boxes(x[None])) if boxed else None
    reached = reachable_set(case.network, x, eps, p, (0, 2), box, plane)
    around = plane.project(x[None]) + eps * random_directions((2,), 2, 400) * np.linspace(0, 1, 400)[:, None]
    inputs = plane.embed(around)
    within = np.linalg.norm((inputs - x).reshape(400, -1), p, axis=1) <= eps * (INSCRIBED if p == 2 else 1)
    if box is not None:
        within &= as_box(box, x.shape).contains(inputs)
    outputs = outputs_of(case.network, np.concatenate([x[None], inputs[within]]), (0, 2))
    tolerance = 1e-8 * (1 + np.abs(outputs).max())
    assert shapely.distance(shapely.points(outputs), reached.polytope).max() <= tolerance
    check_reached(case.network, reached, x, eps, p, box, (0, 2), plane, tolerance)


def piecewise(*rows: tuple[float, float, float, float, float], last: list[float] | None = None) -> nn.Sequential:
    """f = sum of (c_0, c_1) max(0, a s + b t + d) over rows (a, b, d, c_0, c_1), plus `last`."""
    table = torch.tensor(rows, dtype=torch.float64)
    first, second = nn.Linear(2, len(rows), dtype=torch.float64), nn.Linear(len(rows), 2, dtype=torch.float64)
    with torch.no_grad():
        first.weight.copy_(table[:, :2])
        first.bias.copy_(table[:, 2])
        second.weight.copy_(table[:, 3:].T)
        second.bias.copy_(torch.tensor(last or [0.0, 0.0]))
    return nn.Sequential(first, nn.ReLU(), second).requires_grad_(False)


S = ((1, 0, 10, 1, 0), (0, 1, 10, 0, 1))  # s and t themselves, plus ten


def test_a_network_that_changes_nothing_gives_the_ball_itself():
    network = piecewise(*S, last=[-10.0, -10.0])
    assert adversarial_polytope(network, [0.5, 0.0], 1, math.inf).equals_exact(
        shapely.box(-0.5, -1, 1.5, 1).normalize(), 1e-12, normalize=True
    )
    diamond = shapely.Polygon([(1, 0), (0, 1), (-1, 0), (0, -1)])
    assert adversarial_polytope(network, [[0.0, 0.0]], 1, 1).symmetric_difference(diamond).area < 1e-12
    disc = adversarial_polytope(network, [0.0, 0.0], 1, 2)
    assert math.pi * (1 - 1e-4) < disc.area < math.pi
    assert disc.hausdorff_distance(shapely.Point(0, 0).buffer(1, 1000)) <= 2e-5


def test_a_fold_lays_one_half_over_the_other():
    fold = piecewise((1, 0, 0, 1, 0), (-1, 0, 0, 1, 0), (0, 1, 10, 0, 1), last=[0.0, -10.0])  # (|s|, t)
    found = adversarial_polytope(fold, [0.25, 0.0], 1, math.inf)
    assert found.symmetric_difference(shapely.box(0, -1, 1.25, 1)).area < 1e-12


def test_a_strip_bent_round_a_square_leaves_a_hole():
    turns = ((1, 0, 0, 1, 0), (1, 0, -2, -1, 1), (1, 0, -4, -1, -1), (1, 0, -6, 1, -1), (0, 1, 10, 0.3, 0.1))
    found = adversarial_polytope(piecewise(*turns, last=[-3.0, -1.0]), [4.0, 0.0], 4, math.inf, box=([0, 0], [8, 1]))
    outline = [(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]
    shift = np.array([0.3, 0.1])
    sides = [
        shapely.Polygon([a, b, tuple(b + shift), tuple(a + shift)])
        for a, b in zip(np.array(outline), np.array(outline)[1:])
    ]
    assert found.symmetric_difference(shapely.union_all(sides)).area < 1e-10
    assert len(found.interiors) == 1


def test_where_the_image_has_no_area_it_is_a_line_or_a_point():
    bent = piecewise((1, 0, 10, 1, 0), (1, 0, 0, 0, 1), (-1, 0, 0, 0, 1), last=[-10.0, 0.0])  # (s, |s|)
    found = adversarial_polytope(bent, [0.0, 0.0], 1, math.inf)
    assert found.symmetric_difference(shapely.LineString([(-1, 1), (0, 0), (1, 1)])).length < 1e-9
    straight = adversarial_polytope(bent, [2.0, 0.0], 1, 2)
    assert straight.geom_type == "LineString" and straight.length == pytest.approx(math.sqrt(8))
    constant = piecewise((1, 0, -100, 1, 1), last=[1.0, 2.0])
    assert adversarial_polytope(constant, [0.0, 0.0], 1, 1).equals(shapely.Point(1, 2))
    flag = piecewise((1, 0, 10, 1, 0), (0, 1, 0, 0, 1), (1, 0, 0, 0, -1), last=[-10.0, 0.0])  # flat for s, t < 0
    found = adversarial_polytope(flag, [0.0, 0.0], 1, math.inf, box=([-1, -1], [0.0, 1]))
    assert found.symmetric_difference(shapely.box(-1, 0, 0, 1)).area < 1e-10


def test_a_segment_that_sticks_out_is_kept():
    flag = piecewise((1, 0, 10, 1, 0), (1, 1, 0, 0, 1), (-1, 0, 0, 0, -1), (1, 0, 0, 0, 1), last=[-10.0, 0.0])
    x, eps = np.array([0.0, 0.0]), 1.0
    found = reachable_set(flag, x, eps, math.inf)
    outputs = outputs_of(flag, perturbed(x, eps, math.inf, None, 4000), (0, 1))
    assert shapely.distance(shapely.points(outputs), found.polytope).max() < 1e-9


def test_radius_zero_and_boxes_without_width():
    case = Case(mlp([2, 20, 20, 3], 1), (2,))
    x = np.array([0.3, -0.2])
    point = adversarial_polytope(case.network, x, 0, 2, (2, 0))
    assert point.geom_type == "Point"
    np.testing.assert_allclose([point.x, point.y], outputs_of(case.network, x[None], (2, 0))[0], atol=1e-12)
    line = adversarial_polytope(case.network, x, 1, 2, (2, 0), box=([-5, -0.2], [5, -0.2]))
    assert line.geom_type == "LineString" and len(line.coords) > 5
    along = np.stack([np.linspace(-0.7, 1.3, 500), np.full(500, -0.2)], axis=1)
    reached = outputs_of(case.network, along, (2, 0))
    assert shapely.distance(shapely.points(reached), line).max() < 1e-9
    assert adversarial_polytope(case.network, x, 1, 2, (2, 0), box=(x, x)).geom_type == "Point"


def test_within_d_B_it_is_the_affine_image_of_the_ball():
    network, x = mlp([2, 30, 30, 2], 5), np.array([[0.4, 0.1]])
    for p in (1, 2, math.inf):
        eps = 0.99 * distances(network, x, p).d_B[0]
        found = reachable_set(network, x, eps, p)
        region = region_at(network, x[0])
        (a, b), (c, d) = region.V[-1]
        image = affine_transform(found.ball, [a, b, c, d, *region.a[-1]])
        assert len(found) == 1 and len(found.switching) == 0 and len(found.unit_lines()[0]) == 0
        assert found.polytope.symmetric_difference(image).area < 1e-12
        beyond = reachable_set(network, x, 1.01 * eps / 0.99, p)
        assert len(beyond) > 1 and len(beyond.switching) > 0


def test_a_larger_map_serves_every_smaller_radius():
    network, x = mlp([2, 30, 30, 2], 7), np.array([0.1, 0.1])
    regions = enumerate_regions(network, (-0.5, 0.7, -0.5, 0.7))
    before = None
    for eps in (0, 0.1, 0.3, 0.6):
        shared = reachable_set(network, x, eps, 2, regions=regions)
        own = reachable_set(network, x, eps, 2)
        assert shared.polytope.symmetric_difference(own.polytope).area < 1e-12
        assert set(shared.switching) == set(own.switching)
        if before is not None:
            assert before.difference(shared.polytope.buffer(1e-9)).area < 1e-12
        before = shared.polytope
    with pytest.raises(ValueError, match="leaves the window"):
        reachable_set(network, x, 0.7, 2, regions=regions)


def test_units_switch_along_their_lines():
    network = mlp([2, 10, 10, 2], 3)
    reached = reachable_set(network, [0.0, 0.0], 1, 2)
    segments, units = reached.unit_lines()
    assert set(units) <= set(reached.switching)
    middles = segments.mean(axis=1)
    z = torch.cat(as_network(network, (2,)).preactivations(torch.from_numpy(middles))[:-1], 1).numpy()
    assert np.abs(z[np.arange(len(units)), units]).max() < 1e-9
    assert (np.linalg.norm(segments, axis=2) <= 1 + 1e-9).all()


def test_many_regions_on_few_lines():
    """Two units in the last hidden layer, mostly one of them off: thousands of flat images on two lines."""
    network = mlp([2, 60, 60, 2, 2], 11)
    x, eps = np.array([0.0, 0.0]), 3.0
    reached = reachable_set(network, x, eps, math.inf)
    outputs = outputs_of(network, perturbed(x, eps, math.inf, None, 4000), (0, 1))
    assert shapely.distance(shapely.points(outputs), reached.polytope).max() < 1e-9
    check_reached(network, reached, x, eps, math.inf, None, (0, 1), Plane.identity(), 1e-9)


def test_a_plane_that_misses_the_ball_reaches_nothing():
    network = mlp([3, 5, 2], 0)
    plane = Plane(np.zeros(3), np.eye(3)[0], np.eye(3)[1])
    assert adversarial_polytope(network, [0.0, 0.0, 5.0], 1, 2, plane=plane).is_empty
    assert adversarial_polytope(network, [0.0, 0.0, 5.0], 0, 2, plane=plane).is_empty


@pytest.mark.parametrize(
    "question, complaint",
    [
        ({"eps": -1}, "radius"),
        ({"eps": math.nan}, "radius"),
        ({"p": 3}, "p must be"),
        ({"x": [0.0, 0.0, 0.0]}, "one point of shape"),
        ({"x": [[0.0, 0.0], [1.0, 1.0]]}, "one point of shape"),
        ({"x": [math.nan, 0.0]}, "NaN"),
        ({"outputs": None}, "3 outputs: name the two"),
        ({"outputs": (1, 1)}, "different"),
        ({"outputs": (0, 3)}, r"0\.\.2"),
        ({"outputs": (-1, 0)}, r"0\.\.2"),
        ({"outputs": (0, 1, 2)}, "two classes"),
        ({"outputs": (0.0, 1)}, "two classes"),
        ({"outputs": 1}, "two classes"),
        ({"box": (1, 2)}, "outside the box"),
        ({"max_regions": 5}, "more than 5 regions"),
    ],
)
def test_questions_that_make_no_sense_are_refused(question, complaint):
    network = mlp([2, 20, 3], 0)
    asked = {"x": [0.0, 0.0], "eps": 2.0, "p": 2, "outputs": (0, 1)} | question
    with pytest.raises(ValueError, match=complaint):
        reachable_set(network, **asked)


def test_a_map_of_a_larger_ball_serves_a_smaller_one_where_a_box_cuts_both():
    """The corner that the box cuts at x itself is rounded differently for each radius."""
    network, x = mlp([4, 8, 2], 3), np.array([0.0, 1.0, 0.0, 0.5])
    plane = Plane.through(x, x + np.array([0.3, -0.2, 0.1, 0.1]), x + np.array([0.1, -0.4, 0.3, -0.1]))
    large = reachable_set(network, x, 0.3, math.inf, None, (0.0, 1.0), plane)
    for eps in np.linspace(0.001, 0.3, 40):
        alone = reachable_set(network, x, float(eps), math.inf, None, (0.0, 1.0), plane)
        shared = reachable_set(network, x, float(eps), math.inf, None, (0.0, 1.0), plane, regions=large.regions)
        assert shared.polytope.area == pytest.approx(alone.polytope.area, rel=1e-6, abs=1e-12)
