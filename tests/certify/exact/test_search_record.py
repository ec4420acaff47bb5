"""The record of a region search: it is the search's own, and what it says of regions is true."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog
from shapely import Point, Polygon

from certify import minimal_perturbation
from certify.exact.minimal_perturbation import offer_attacks
from certify.exact.region_search import RegionSearch
from certify.exact.search_record import SearchRecord, recorded_search
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry import enumerate_regions, region_at
from geometry.halfplanes import clip_all, window_polygon
from models import mlp

NORMS = (1, 2, math.inf)
PINS = (np.array([0.3, 0.2]), np.array([-0.5, 0.6]))
MANY = 2000  # regions: these searches end before


def network(widths: tuple[int, ...] = (2, 6, 5, 2), seed: int = 0):
    return mlp(widths, seed=seed).double()


def recorded(x: np.ndarray, p, **options) -> SearchRecord:
    return recorded_search(network(), x, p, max_regions=MANY, time_limit=60, **options)


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("x", PINS)
def test_the_last_bounds_are_those_of_the_minimal_perturbation(x, p):
    record = recorded(x, p)
    (exact,) = minimal_perturbation(network(), x[None], p, time_limit=60)
    assert record.optimal and exact.optimal
    assert record.end.upper == pytest.approx(exact.upper, rel=3e-5)
    assert record.end.lower == pytest.approx(exact.lower, rel=3e-5)


def test_more_inputs_than_two_are_searched_too():
    module, x = mlp((4, 5, 3), seed=2).double(), np.array([0.1, -0.2, 0.3, 0.4])
    record = recorded_search(module, x, 2, max_regions=MANY, time_limit=60)
    (exact,) = minimal_perturbation(module, x[None], 2, time_limit=60)
    assert record.optimal
    assert record.end.upper == pytest.approx(exact.upper, rel=3e-5)


@pytest.mark.parametrize("p", NORMS)
def test_bounds_only_narrow_and_a_witness_attains_the_upper_one(p):
    record = recorded(PINS[0], p)
    bounds = [record.start, *(step.bounds for step in record.steps), record.end]
    for before, after in pairwise(bounds):
        assert before.lower <= after.lower <= after.upper <= before.upper
    for bound in bounds:
        assert bound.witness is not None
        assert np.linalg.norm(bound.witness - record.x, p) <= bound.upper
        assert region_at(network(), bound.witness).predicted != record.label


def test_an_observed_search_is_the_same_search():
    class Nobody:
        def opened(self, *_):
            pass

    ends = []
    for observer in (None, Nobody()):
        bracket = Bracket(checked_points(network(), PINS[0][None], None, 2, None))
        offer_attacks(bracket)
        search = RegionSearch(bracket, RegionsByPattern(bracket.network, bracket.x), observer)
        search.run()
        ends.append((bracket.lower, bracket.upper, search.searched))
    assert ends[0] == ends[1]
    record = recorded(PINS[0], 2)
    assert (record.end.lower, record.end.upper, len(record.steps)) == ends[0]


def inner_point(record: SearchRecord, pattern: np.ndarray) -> np.ndarray | None:
    """The middle of the largest disc in a region, by a linear program; None if it has no area."""
    halfspaces = record.halfspaces(pattern)
    if halfspaces is None:
        return None
    normals, offsets = halfspaces
    A = np.hstack([-normals, np.linalg.norm(normals, axis=1)[:, None]])
    solved = linprog([0, 0, -1], A, offsets, bounds=[(-50, 50), (-50, 50), (0, 1)])
    return solved.x[:2] if solved.success and solved.x[2] > 1e-9 else None


@pytest.mark.parametrize("p", NORMS)
def test_each_opened_region_is_the_region_of_its_pattern_and_opened_once(p):
    record = recorded(PINS[0], p)
    patterns = [step.pattern.tobytes() for step in record.steps]
    assert len(set(patterns)) == len(patterns)
    assert (record.steps[0].pattern == region_at(network(), record.x).pattern).all()
    inner = [(step.pattern, inner_point(record, step.pattern)) for step in record.steps]
    for pattern, point in inner:
        assert point is None or (region_at(network(), point).pattern == pattern).all()
    assert sum(point is not None for _, point in inner) > len(inner) / 2


def test_regions_are_opened_in_the_order_of_their_distance():
    record = recorded(PINS[1], 2)
    distances = [step.distance for step in record.steps]
    assert all(after >= before * (1 - 1e-6) for before, after in pairwise(distances))
    for step in record.steps:
        halfspaces = record.halfspaces(step.pattern)
        assert halfspaces is not None
        polygon = clip_all(window_polygon((-60, 60, -60, 60)), *halfspaces)
        if len(polygon) > 2 and Polygon(polygon).area > 1e-9:
            assert step.distance == pytest.approx(Polygon(polygon).distance(Point(record.x)), rel=1e-5, abs=1e-7)


def test_every_region_nearer_than_the_proved_distance_was_opened():
    record = recorded(PINS[0], 2)
    s, t = record.x
    r = 1.01 * record.end.upper
    regions = enumerate_regions(network(), (s - r, s + r, t - r, t + r))
    opened = {step.pattern.tobytes() for step in record.steps}
    near = [
        i
        for i in range(len(regions))
        if Polygon(regions.polygon(i)).distance(Point(record.x)) < record.end.lower * (1 - 1e-6)
    ]
    assert len(near) > 3
    assert all(regions.pattern(i).tobytes() in opened for i in near)


def test_what_waits_is_not_opened_yet_and_the_next_one_waited():
    record = recorded(PINS[0], 2)
    opened: set[bytes] = set()
    for step, after in pairwise(record.steps):
        opened.add(step.pattern.tobytes())
        waiting = [pattern.tobytes() for pattern in step.waiting]
        assert not opened & set(waiting) and len(set(waiting)) == len(waiting)
        assert after.pattern.tobytes() in waiting or len(waiting) == 24


def test_limits_end_the_search_with_bounds_that_hold():
    whole, part = recorded(PINS[0], 2), recorded_search(network(), PINS[0], 2, max_regions=3)
    assert len(part.steps) == 3 and not part.optimal
    assert part.end.lower <= whole.end.upper <= part.end.upper
    nothing = recorded_search(network(), PINS[0], 2, time_limit=0)
    assert nothing.steps == () and nothing.end.lower == 0


def test_a_point_of_another_class_than_its_label_has_distance_zero():
    label = 1 - region_at(network(), PINS[0]).predicted
    record = recorded(PINS[0], 2, label=label)
    assert record.end.lower == record.end.upper == 0 and record.steps == ()


def test_one_unit_in_two_inputs_has_halfspaces_of_both():
    module, x = mlp((2, 1, 2), seed=1).double(), np.array([0.4, -0.3])
    record = recorded_search(module, x, 2)
    halfspaces = record.halfspaces(record.steps[0].pattern)
    assert halfspaces is not None
    normals, offsets = halfspaces
    weight, bias = module[0].weight.detach().numpy(), module[0].bias.detach().numpy()
    sign = 1 if weight[0] @ x + bias[0] > 0 else -1
    np.testing.assert_allclose(normals, sign * weight / np.linalg.norm(weight))
    np.testing.assert_allclose(offsets, sign * bias / np.linalg.norm(weight))


def test_limits_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="max_regions must be at least 1"):
        recorded_search(network(), PINS[0], 2, max_regions=0)
