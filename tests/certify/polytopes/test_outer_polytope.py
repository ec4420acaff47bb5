"""Outer polytopes hold the true set, nest as they must, and meet it where nothing is unstable."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from torch import nn

from certify import METHODS, bounds, layerwise_box, margins, outer_polytope, support_values
from certify.bounds.methods.linear_program import LinearProgram, lagrangian, relaxed_set
from certify.bounds.methods.presolve import presolved
from certify.perturbation.perturbation import perturbation
from geometry import as_network, distances, reachable_set
from models.networks.builders import tight_network
from tests.strategies import (
    boxes,
    conv_networks,
    degenerate_mlps,
    mlp,
    mlps,
    norms,
    points,
    random_directions,
    unit_networks,
)

KINDS = {"generic": mlps(2, depth=2, width=8), "degenerate": degenerate_mlps(depth=2, width=6)}
QUICK = ["interval", "fast-lin", "crown", "crown-interval"]


def circle(count: int) -> np.ndarray:
    angles = 2 * math.pi * np.arange(count) / count
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def support(geometry, directions: np.ndarray) -> np.ndarray:
    """(m,) the largest <c, y> over a geometry."""
    return (directions @ shapely.get_coordinates(geometry).T).max(axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_true_set_within_hull_within_lp_within_each_other_method(kind):
    @given(KINDS[kind], norms(), st.floats(0, 1), st.booleans(), st.data())
    @settings(deadline=None, max_examples=20)
    def check(case, p, eps, boxed, data):
        x = data.draw(points((2,)))[0]
        box = data.draw(boxes(x[None])) if boxed else None
        pair = tuple(data.draw(st.permutations(range(as_network(case.network, (2,)).classes)))[:2])
        reached = reachable_set(case.network, x, eps, p, pair, box)
        size = 1 + np.abs(shapely.get_coordinates(reached.polytope)).max()
        assert reached.hull.buffer(1e-9 * size).covers(reached.polytope)
        found = {name: outer_polytope(case.network, x, eps, p, pair, name, box) for name in QUICK}
        for name, polygon in found.items():
            assert polygon.is_valid and polygon.exterior.is_ccw
            beyond = shapely.distance(shapely.points(shapely.get_coordinates(reached.hull)), polygon).max()
            assert beyond <= (1e-9 * size if boxed else 0), name  # the ball's cut with the box is exact to 1e-12
        if p == 2:
            return
        tight = outer_polytope(case.network, x, eps, p, pair, "lp", box)
        assert tight.buffer(1e-9 * size).covers(reached.hull)
        for name, polygon in found.items():
            outer = shapely.get_coordinates(tight)
            assert shapely.distance(shapely.points(outer), polygon).max() <= 1e-5 * size, name

    check()


@given(
    st.one_of(conv_networks(), unit_networks()),
    norms(),
    st.sampled_from([*QUICK, "alpha-crown"]),
    st.booleans(),
    st.data(),
)
@settings(deadline=None, max_examples=15)
def test_of_any_input_dimension_no_output_is_left_out(case, p, method, boxed, data):
    x = data.draw(points(case.input_shape))[0]
    box = data.draw(boxes(x[None])) if boxed else None
    lengths = 0.3 * np.linspace(0, 1, 200).reshape(-1, *[1] * x.ndim)
    inputs = x + lengths * random_directions(x.shape, p, 200)
    inputs = inputs if box is None else np.clip(inputs, *box)
    outputs = case.network(torch.from_numpy(inputs))[:, [1, 0]].numpy()
    polygon = outer_polytope(case.network, x, 0.3, p, (1, 0), method, box)
    assert shapely.distance(shapely.points(outputs), polygon).max() == 0
    again = outer_polytope(as_network(case.network, case.input_shape), x[None], 0.3, p, (1, 0), method, box)
    assert again.equals_exact(polygon, 1e-9)


@given(mlps(st.integers(1, 5), width=10), norms(), st.floats(0.1, 1), st.data())
@settings(deadline=None, max_examples=20)
def test_within_d_B_fast_lin_is_the_hull_in_every_direction_used(case, p, share, data):
    x = data.draw(points(case.input_shape))
    eps = share * min(distances(case.network, x, p).d_B[0], 5.0)
    lines = circle(24)
    with torch.no_grad():
        gradients = torch.autograd.functional.jacobian(lambda z: case.network(z)[0, :2], torch.from_numpy(x))
    outputs = case.network(torch.from_numpy(x))[0, :2].numpy()
    q = {1: math.inf, 2: 2, math.inf: 1}[p]
    rows = lines @ gradients.reshape(2, -1).numpy()
    exact = lines @ outputs + eps * np.linalg.norm(rows, q, axis=1)
    for method in ("fast-lin", "crown"):
        found = outer_polytope(case.network, x, eps, p, (0, 1), method, directions=24)
        scale = 1e-9 * (1 + np.abs(exact).max())
        np.testing.assert_allclose(support(found, lines), exact, rtol=0, atol=scale)
        np.testing.assert_allclose(support_values(case.network, x, eps, p, (0, 1), method, lines), exact, atol=scale)
    if x.shape[1] == 2:
        hull = reachable_set(case.network, x, eps, p, (0, 1)).hull
        np.testing.assert_allclose(support(hull, lines), exact, atol=2e-5 * (1 + np.abs(exact).max()))


def plain_lp(network: nn.Sequential, x, eps: float, p: float, box, directions: np.ndarray) -> np.ndarray:
    """The largest <direction, f> of KW's linear program, written out: variables x, t (l1 only), then z and a per layer.

    On the tightest known bounds of the hidden units.
    """
    known = [
        bounds(network, x[None], eps, p, name, box) for name in METHODS if name != "lp" and p in METHODS[name].norms
    ]
    linear = [module for module in network if isinstance(module, nn.Linear)]
    hidden = linear[:-1]
    d, widths = len(x), [len(layer.bias) for layer in hidden]
    first = 2 * d if p == 1 else d
    total = first + 2 * sum(widths)
    low, high = np.full(total, -np.inf), np.full(total, np.inf)
    low[:d], high[:d] = (
        (x - eps, x + eps) if box is None else (np.maximum(x - eps, box[0]), np.minimum(x + eps, box[1]))
    )
    A_ub, b_ub, A_eq, b_eq = [], [], [], []

    def row(entries):
        found = np.zeros(total)
        for place, value in entries:
            found[place] += value
        return found

    if p == 1:
        for k in range(d):
            A_ub += [row([(k, 1), (d + k, -1)]), row([(k, -1), (d + k, -1)])]
            b_ub += [x[k], -x[k]]
        A_ub.append(row([(d + k, 1) for k in range(d)]))
        b_ub.append(eps)
    below, place = list(range(d)), first
    for k, layer in enumerate(hidden):
        lower = torch.stack([one[k][0] for one in known]).amax(0)[0].numpy()
        upper = torch.stack([one[k][1] for one in known]).amin(0)[0].numpy()
        weight, bias = layer.weight.numpy(), layer.bias.numpy()
        after = []
        for j in range(widths[k]):
            z, a = place + 2 * j, place + 2 * j + 1
            after.append(a)
            A_eq.append(row([(z, 1), *((i, -w) for i, w in zip(below, weight[j]))]))
            b_eq.append(bias[j])
            low[z], high[z] = lower[j] - 1e-12, upper[j] + 1e-12
            if lower[j] >= 0 or upper[j] <= 0:
                A_eq.append(row([(a, 1), (z, -1.0 if lower[j] >= 0 else 0.0)]))
                b_eq.append(0)
                continue
            low[a], slope = 0, upper[j] / (upper[j] - lower[j])
            A_ub += [row([(z, 1), (a, -1)]), row([(a, 1), (z, -slope)])]
            b_ub += [0, -slope * lower[j]]
        below, place = after, place + 2 * widths[k]
    found = []
    for direction in directions:
        solved = linprog(
            -row(list(zip(below, direction @ linear[-1].weight.numpy()[:2]))),
            A_ub=np.array(A_ub) if A_ub else None,
            b_ub=b_ub or None,
            A_eq=np.array(A_eq),
            b_eq=b_eq,
            bounds=list(zip(low, high)),
        )
        found.append(direction @ linear[-1].bias.numpy()[:2] - solved.fun)
    return np.array(found)


@pytest.mark.parametrize("p", [1, math.inf])
@pytest.mark.parametrize("boxed", [False, True])
def test_the_linear_programs_polygon_has_scipys_support(p, boxed):
    rng = np.random.default_rng(int(p == 1) + 2 * boxed)
    for seed, widths in enumerate(([2, 8, 8, 2], [5, 10, 3], [3, 6, 6, 6, 2])):
        network, x = mlp(widths, seed), rng.uniform(-1, 1, widths[0])
        box = (x - rng.uniform(0, 0.3, len(x)), x + rng.uniform(0, 0.3, len(x))) if boxed else None
        found = outer_polytope(network, x, 0.4, p, (0, 1), "lp", box, tolerance=1e-7)
        lines = circle(7)
        exact = plain_lp(network, x, 0.4, p, box, lines)
        scale = 1 + np.abs(exact).max()
        np.testing.assert_allclose(support(found, lines), exact, rtol=0, atol=2e-6 * scale)
        values = support_values(network, x, 0.4, p, (0, 1), "lp", lines, box)
        np.testing.assert_allclose(values, exact, rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("p", [1, math.inf])
def test_a_presolved_program_has_the_same_optima(p):
    network = as_network(mlp([3, 20, 20, 20, 2], 4), (3,))
    ball = perturbation(torch.tensor([[0.2, 0.1, -0.3]], dtype=torch.float64), 0.05, p, None, (3,))
    whole = relaxed_set(network, ball, METHODS["lp"].run.hidden(network, ball), 0)
    fewer = presolved(whole)
    small = fewer.relaxed
    assert len(small.lower) < len(whole.lower) / 3
    programs = LinearProgram(whole), LinearProgram(small)
    for seed in range(10):
        weights = np.random.default_rng(seed).normal(size=20)
        one, other = (program.functional(weights, 0.5) for program in programs)
        cost = whole.activations[-1][0].T @ weights
        duals = fewer.duals(cost, programs[1].duals(small.activations[-1][0].T @ weights))
        assert lagrangian(whole, cost, 0.5, duals) == pytest.approx(one, abs=1e-7)
        assert one == pytest.approx(other, abs=1e-7)
        assert programs[1].optimum() @ weights + 0.5 == pytest.approx(other, abs=1e-7)


@pytest.mark.parametrize("method", QUICK)
def test_the_polygon_says_what_the_margin_says(method):
    """It lies on one side of f_0 = f_1 exactly where the margin is positive, if that direction is among those used."""
    for seed in range(10):
        network, x = mlp([2, 20, 20, 2], seed), np.array([[0.2, 0.1]])
        label = int(network(torch.from_numpy(x)).argmax())
        for eps in (0.01, 0.1, 0.5):
            margin = float(margins(network, x, [label], eps, 2, method)[0, 1 - label])
            polygon = outer_polytope(network, x, eps, 2, None, method)
            gap = np.diff(shapely.get_coordinates(polygon), axis=1) * (1 if label else -1)
            assert gap.min() == pytest.approx(margin, abs=1e-9)


def test_the_layerwise_box_is_interval_arithmetic_and_bounds_the_interval_polygon():
    network, x = mlp([2, 50, 50, 3], 0), np.array([[0.1, 0.2]])
    lower, upper = (side[0, [0, 2]].numpy() for side in bounds(network, x, 0.1, math.inf, "interval")[-1])
    found = layerwise_box(network, x, 0.1, math.inf, (0, 2))
    np.testing.assert_allclose(found.bounds, [*lower, *upper], rtol=1e-9)
    polygon = outer_polytope(network, x, 0.1, math.inf, (0, 2), "interval")
    np.testing.assert_allclose(polygon.bounds, found.bounds, rtol=1e-9)
    assert found.buffer(1e-9).covers(polygon)


def test_tights_network_is_bounded_exactly_although_two_units_are_unstable():
    """Tight, Appendix A: |s| < eps < t, and Fast-Lin's margin t - |s| - 2 eps is the true one."""
    network, x, eps = tight_network().double(), np.array([0.1, 2.0]), 0.5
    reached = reachable_set(network, x, eps, math.inf)
    assert set(reached.switching) == {0, 1}
    true, outer = reached.polytope, outer_polytope(network, x, eps, math.inf, None, "fast-lin")
    gaps = [np.diff(shapely.get_coordinates(one), axis=1).min() for one in (true, outer)]
    assert gaps == pytest.approx([2.0 - 0.1 - 2 * eps] * 2, abs=1e-9)


def test_directions_that_nearly_lie_on_an_axis_lose_nothing_in_an_l2_ball_with_a_box():
    """cos(90 degrees) is 6e-17 in floats: one coordinate takes the whole length, and the other must not undo that."""
    network, x = nn.Sequential(nn.Linear(2, 2, bias=False)).double().requires_grad_(False), np.zeros((1, 2))
    network[0].weight.copy_(torch.eye(2))
    lines = np.array([[6e-17, 1.0], [1.0, -1e-16], [1e-9, -1.0], [0.0, 1.0]])
    for method in QUICK:
        found = support_values(network, x, 0.5, 2, None, method, lines, box=(-1, 1))
        np.testing.assert_allclose(found, 0.5, rtol=1e-12)


def test_radius_zero_is_a_point_but_for_rounding():
    network, x = mlp([3, 20, 20, 2], 3), np.array([0.1, 0.2, 0.3])
    output = shapely.Point(network(torch.from_numpy(x)[None])[0].tolist())
    for method in METHODS:
        polygon = outer_polytope(network, x, 0, METHODS[method].norms[-1], None, method)
        assert polygon.covers(output) and polygon.hausdorff_distance(output) < 1e-7


def test_an_adversarially_scaled_network_does_not_lose_its_outputs():
    """Large weights that cancel: rounding is as large as the true set, and the polygon grows by it."""
    network = mlp([2, 30, 30, 2], 1)
    with torch.no_grad():
        network[2].weight.mul_(1e8)
        network[4].weight.mul_(1e-8)
    x = np.array([0.3, 0.1])
    outputs = network(torch.from_numpy(x + 1e-6 * random_directions((2,), math.inf, 400))).numpy()
    for method in QUICK:
        polygon = outer_polytope(network, x, 1e-6, math.inf, None, method)
        assert shapely.distance(shapely.points(outputs), polygon).max() == 0, method


@pytest.mark.parametrize(
    "question, complaint",
    [
        ({"method": "magic"}, "method must be one of"),
        ({"method": "lp"}, "lp knows the norms"),
        ({"outputs": None}, "3 outputs: name the two"),
        ({"outputs": (2, 2)}, "different"),
        ({"outputs": (0, 3)}, r"0\.\.2"),
        ({"eps": -1.0}, "eps must be"),
        ({"eps": math.nan}, "eps must be"),
        ({"eps": [0.1, 0.2]}, "one number"),
        ({"p": 3}, "norms"),
        ({"box": (1, 2)}, "outside the box"),
        ({"directions": 2}, "at least 3"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"x": [[0.0, 0.0], [1.0, 1.0]]}, "does not fit"),
        ({"x": [math.nan, 0.0]}, "NaN"),
    ],
)
def test_questions_that_make_no_sense_are_refused(question, complaint):
    asked = {"x": [0.0, 0.0], "eps": 0.1, "p": 2, "outputs": (0, 1), "method": "crown"} | question
    with pytest.raises(ValueError, match=complaint):
        outer_polytope(mlp([2, 5, 3], 0), **asked)


@pytest.mark.parametrize("method", ["interval", "fast-lin", "crown"])
def test_outputs_that_overflow_are_refused_not_an_empty_polygon(method):
    network = mlp([2, 4, 4, 2], 1)
    for module in network[::2]:
        module.weight.mul_(1e150)
    with pytest.raises(ValueError, match="too large for float64"):
        outer_polytope(network, np.array([0.3, 0.4]), 0.1, math.inf, (0, 1), method)
