"""The search for a radius on margins written down as formulas, whose roots are known or found by plain bisection."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from certify.bounds.radius_search import Start, largest_radii

Curve = Callable[[float], float]  # a margin by the radius
TOLERANCES = (1e-10, 1e-4)

FALLING: dict[str, Curve] = {
    "straight": lambda e: 1 - e,
    "parabola": lambda e: 2 - e - 3 * e**2,
    "far beyond the scale": lambda e: 1 - (e / 1e5) ** 2,
    "far below the scale": lambda e: 1 - 1e7 * e,
    "much steeper there": lambda e: 1 - e - 1e6 * e**5,
    "levelling off": lambda e: 1 / (1 + e) - 0.01,
    "with kinks": lambda e: 1 - e - sum(max(0.0, e - k / 50) for k in range(50)) / 3,
    "with a jump": lambda e: 1.0 if e < 0.3141592653589793 else -5.0,
    "with a jump after a slope": lambda e: 1 - e - (3 if e >= 0.577 else 0),
    "flat, then steep": lambda e: 1 - max(0.0, e - 0.9) * 1e4,
    "a triple root": lambda e: (0.4 - e) ** 3,
    "without end": lambda e: 1 - e if e < 2 else -math.inf,
    "undefined beyond": lambda e: 1 - e if e < 0.8 else math.nan,
}


class Points:
    """Points whose margins are formulas; it records at which radii each was evaluated, and which were proved."""

    def __init__(self, *curves: Sequence[Curve]) -> None:
        self.curves = curves
        self.proved: list[list[float]] = [[] for _ in curves]
        self.failed: list[list[float]] = [[] for _ in curves]

    def margins(self, samples: Tensor, eps: Tensor) -> Tensor:
        assert len(samples.unique()) == len(samples) > 0
        rows = []
        for i, e in zip(samples.tolist(), eps.tolist()):
            values = [curve(e) for curve in self.curves[i]]
            (self.proved if all(value > 0 for value in values) else self.failed)[i].append(e)
            rows.append(values)
        return torch.tensor(rows, dtype=torch.float64)

    def search(self, tolerance: float, slope: float = -1.0, proved: float = 0.0, farthest: float = math.inf) -> Tensor:
        """As if the margins without perturbation were known, and each had this slope there."""
        margins = torch.tensor([[curve(0.0) for curve in curves] for curves in self.curves], dtype=torch.float64)
        return self.search_from(margins, tolerance, slope, proved, farthest)

    def search_from(
        self, margins: Tensor, tolerance: float, slope: float = -1.0, proved: float = 0.0, farthest: float = math.inf
    ) -> Tensor:
        of_points = torch.ones(len(self.curves), dtype=torch.float64)
        start = Start(margins, torch.full_like(margins, slope), of_points, of_points * proved, of_points * farthest)
        return largest_radii(self.margins, start, tolerance)

    def evaluations(self, i: int) -> int:
        return len(self.proved[i]) + len(self.failed[i])


def root(curves: Sequence[Curve]) -> float:
    """Where the first of falling margins is no longer positive: plain bisection of floats."""
    low, high = 0.0, 1e8
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if all(curve(middle) > 0 for curve in curves) else (low, middle)
    return low


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("name", FALLING)
def test_a_radius_was_proved_and_one_within_the_tolerance_was_not(name, tolerance):
    points = Points([FALLING[name]])
    radius = points.search(tolerance).item()
    assert radius == max(points.proved[0])
    assert 0 < min(points.failed[0]) - radius <= tolerance * min(points.failed[0])
    assert radius == pytest.approx(root([FALLING[name]]), rel=tolerance)


@given(
    st.lists(st.sampled_from(sorted(FALLING)), min_size=1, max_size=4), st.floats(-1e3, 0), st.sampled_from(TOLERANCES)
)
@settings(deadline=None, max_examples=200)
def test_of_several_margins_the_first_to_fail_counts_whatever_slopes_are_expected(names, slope, tolerance):
    curves = [FALLING[name] for name in names]
    points = Points(curves)
    radius = points.search(tolerance, slope).item()
    assert radius == pytest.approx(root(curves), rel=tolerance) and radius == max(points.proved[0])


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 10), st.floats(0, 10)), min_size=1, max_size=5))
@settings(deadline=None, max_examples=200)
def test_parabolas_take_few_evaluations(coefficients):
    curves: list[Curve] = [lambda e, a=a, b=b, c=c: a * (1 - (b + 0.1) * e - c * e**2) for a, b, c in coefficients]
    points = Points(curves)
    radius = points.search(1e-10).item()
    assert radius == pytest.approx(root(curves), rel=1e-10) and points.evaluations(0) <= 12


def test_only_points_that_are_not_finished_are_evaluated():
    names = sorted(FALLING)
    together = Points(*[[FALLING[name]] for name in names])
    radii = together.search(1e-10)
    for i, name in enumerate(names):
        alone = Points([FALLING[name]])
        assert alone.search(1e-10).item() == radii[i]
        assert together.evaluations(i) == alone.evaluations(0)
    assert len({together.evaluations(i) for i in range(len(names))}) > 3


@pytest.mark.parametrize("name", FALLING)
def test_the_worst_case_is_that_of_bisection_and_a_few_more(name):
    points = Points([FALLING[name]])
    points.search(1e-10)
    assert points.evaluations(0) <= math.log2(1e10) + 15


def test_a_point_without_a_positive_margin_is_not_evaluated():
    points = Points([lambda e: 1 - e, lambda e: -1 - e], [lambda e: 1 - e, lambda e: 0.0], [lambda e: math.nan] * 2)
    assert (points.search(1e-10) == 0).all() and not any(points.evaluations(i) for i in range(3))


def test_what_cannot_be_proved_even_without_perturbation_has_radius_zero_after_a_few_evaluations():
    """The margin is positive, but less than its rounding error."""
    points = Points([lambda e: -1e-20 - e])
    assert points.search_from(torch.tensor([[1e-20]], dtype=torch.float64), 1e-10).item() == 0
    assert 0.0 in points.failed[0] and points.evaluations(0) <= 10


def test_a_box_that_is_proved_as_a_whole_has_an_infinite_radius():
    points = Points([lambda e: 5 - e])
    assert points.search(1e-10, farthest=4.0).item() == math.inf and max(points.proved[0]) == 4.0
    assert Points([lambda e: 5 - e]).search(1e-10, farthest=6.0).item() == pytest.approx(5)


def test_a_margin_that_never_fails_is_followed_to_the_end_of_the_range():
    points = Points([lambda e: 1.0])
    assert points.search(1e-10, slope=0.0).item() >= 1e150 and points.evaluations(0) <= 15


def test_below_what_is_proved_already_nothing_is_evaluated():
    points = Points([lambda e: 1 - e], [lambda e: 1 - 10 * e])
    radii = points.search(1e-10, proved=0.5)
    assert radii[0].item() == pytest.approx(1, rel=1e-10) and radii[1].item() == 0
    assert min(points.proved[0] + points.failed[0] + points.failed[1]) >= 0.5


def test_margins_that_rise_again_have_one_of_their_radii():
    points = Points([lambda e: math.cos(7 * e) + 0.5 - e / 10])
    radius = points.search(1e-10).item()
    assert radius == max(points.proved[0]) and points.curves[0][0](radius * (1 + 1e-9)) < 0
