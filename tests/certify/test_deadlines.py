"""Time limits and stops: little work between two checks of the clock, and nothing unfinished counts as proved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from certify import (
    attack,
    bounds,
    certified_radius,
    detection,
    index_counts,
    ladder,
    lp_gap,
    minimal_perturbation,
    outer_polytope,
    robust_error,
    sorted_radii,
    verify,
)
from certify.bounds.tightness import tightness
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.region_search import RegionSearch
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern
from geometry import Plane, as_network, distances, enumerate_regions
from geometry.computation.cancellation import CancelledError, CancelScope
from tests.certify.exact.exact_oracle import minimal_distance
from tests.certify.work_meter import WorkMeter
from tests.slow import others_slow
from tests.strategies import Case, mlp, mlps, norms, points

MOST = 6e9  # operations between two looks, whatever the size: about .2 s on one core
BUSY = 60.0  # seconds that what takes less than one may take on a machine that does much else
SMALLEST, SHARE, MACHINE = 0.5, 0.1, 3  # seconds, share of the limit; and how much slower a busy machine may be


def convolutional() -> nn.Sequential:
    torch.manual_seed(0)
    first, second = nn.Conv2d(1, 16, 4, 2, 1), nn.Conv2d(16, 32, 4, 2, 1)
    dense = nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), *dense).double()


NETWORKS: dict[str, Callable[[], Any]] = {
    "wide": lambda: as_network(mlp([784, 1024, 1024, 10], 0), (784,)),
    "deep": lambda: as_network(mlp([784, *[256] * 9, 10], 0), (784,)),
    "convolutional": lambda: as_network(convolutional(), (1, 28, 28)),
}
_made: dict[str, Any] = {}


def network_of(name: str) -> Any:
    if name not in _made:
        _made[name] = NETWORKS[name]()
    return _made[name]


def images(network: Any, count: int) -> tuple[Any, Any]:
    x = np.random.default_rng(0).random((count, *network.input_shape))
    return x, network.scores(torch.from_numpy(x)).argmax(1).numpy()


def limited(work: Callable[..., Any]) -> Callable[..., None]:
    """For methods without a limit of their own: limits around them hold."""

    def run(network: Any, x: Any, y: Any, cancelled: Callable[[], bool]) -> None:
        with suppress(CancelledError), CancelScope(cancelled):
            work(network, x, y)

    return run


def plane(network: Any, x: Any, y: Any, cancelled: Callable[[], bool]) -> None:
    with suppress(CancelledError):
        enumerate_regions(network, (-3, 3, -3, 3), Plane.through(*x[:3]), cancelled=cancelled)


EPS = 0.05
FEW: dict[str, Callable[[Any, Any, Any, Callable[[], bool]], Any]] = {
    "verify": lambda net, x, y, stop: verify(net, x[:2], y[:2], EPS, math.inf, cancelled=stop),
    "minimal perturbation": lambda net, x, y, stop: minimal_perturbation(net, x[:2], 1, cancelled=stop),
    "Carlini-Wagner": limited(lambda net, x, y: attack(net, x, y, "cw", p=2)),
    "robust error": lambda net, x, y, stop: list(
        robust_error(net, x, y, [EPS], math.inf, methods=("crown",), chunk=len(x), cancelled=stop)
    ),
}
MORE: dict[str, Callable[[Any, Any, Any, Callable[[], bool]], Any]] = {
    **FEW,
    "minimal l2 perturbation in a box": lambda net, x, y, stop: minimal_perturbation(
        net, x[:1], 2, box=(0, 1), cancelled=stop
    ),
    "ladder": lambda net, x, y, stop: list(ladder(net, x[:1], 2, cancelled=stop, time_limit=3)),
    "DeepFool": limited(lambda net, x, y: attack(net, x, y, "deepfool", p=2, box=(0, 1))),
    "PGD": limited(lambda net, x, y: attack(net, x, y, "pgd", eps=EPS)),
    "linear-region": limited(lambda net, x, y: attack(net, x[:20], y[:20], "linear-region", p=1)),
    "alpha-CROWN": limited(lambda net, x, y: bounds(net, x[:4], EPS, math.inf, "alpha-crown")),
    "LP": limited(lambda net, x, y: bounds(net, x[:1], EPS, math.inf, "lp")),
    "radius": limited(lambda net, x, y: certified_radius(net, x, 2, "crown", box=(0, 1))),
    "outer polytope": limited(lambda net, x, y: outer_polytope(net, x[0], EPS, math.inf, (0, 1), "lp")),
    "tightness": limited(lambda net, x, y: tightness(net, x, y, EPS, math.inf, "crown")),
    "distances": limited(lambda net, x, y: distances(net, x, 2, box=(0, 1))),
    "detection": lambda net, x, y, stop: list(detection(net, x, [EPS], math.inf, chunk=len(x), cancelled=stop)),
    "LP and dual": lambda net, x, y, stop: list(lp_gap(net, x, y, EPS, math.inf, chunk=len(x), cancelled=stop)),
    "index sets": lambda net, x, y, stop: list(index_counts(net, x, [EPS], math.inf, chunk=len(x), cancelled=stop)),
    "sorted radii": lambda net, x, y, stop: list(sorted_radii(net, x, y, 2, chunk=len(x), cancelled=stop)),
    "regions of a plane": plane,
}


def measured(name: str, work: str, count: int, looks: int) -> WorkMeter:
    network = network_of(name)
    x, y = images(network, count)
    meter = WorkMeter(looks)
    with meter:
        MORE[work](network, x, y, meter.look)
    meter.end()
    return meter


@pytest.mark.parametrize("work", FEW)
@pytest.mark.parametrize("name", ["wide", "convolutional"])
def test_between_two_looks_at_the_clock_there_is_little_work(name, work):
    meter = measured(name, work, 400, 40)
    assert meter.looks > 1 and meter.longest <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("work", MORE)
@pytest.mark.parametrize("name", NETWORKS)
def test_between_two_looks_at_the_clock_there_is_little_work_on_any_network(name, work):
    meter = measured(name, work, 3000, 150)
    assert meter.looks > 1 and meter.longest <= MOST


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.0, 8.0])
@pytest.mark.parametrize("work", MORE)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_stop_is_answered_in_time(name, work, seconds):
    network = network_of(name)
    x, y = images(network, 1000)
    until = time.perf_counter() + seconds
    MORE[work](network, x, y, lambda: time.perf_counter() > until)
    assert time.perf_counter() - until <= MACHINE * max(SMALLEST, SHARE * seconds)


@pytest.mark.parametrize("p", [1, 2, math.inf])
def test_a_time_limit_is_kept_on_a_wide_network(p):
    network = network_of("wide")
    x, y = images(network, 1)
    began = time.perf_counter()
    (verdict,) = verify(network, x, y, 0.3 if p == math.inf else 3.0, p, time_limit=0.3)
    assert time.perf_counter() - began <= BUSY
    assert verdict.status != "robust"


class StopAfter:
    """Wants to stop from its `looks`-th look on."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


@given(mlps(2, depth=2, width=4), norms(), st.integers(1, 400), st.data())
@settings(deadline=None, max_examples=6)
def test_wherever_a_search_is_stopped_what_it_says_is_true(case: Case, p, looks, data):
    x = data.draw(points(case.input_shape, 1))
    label = int(case.network(torch.from_numpy(x)).argmax(1)[0])
    exact = minimal_distance(case.network, x[0], label, p)
    (found,) = minimal_perturbation(case.network, x, p, cancelled=StopAfter(looks))
    assert found.lower <= exact * (1 + 1e-6) and found.upper >= exact * (1 - 1e-6)
    for eps in (0.5 * exact, 2 * exact):
        if math.isfinite(eps):
            (verdict,) = verify(case.network, x, [label], eps, p, cancelled=StopAfter(looks))
            assert verdict.status in ("unknown", "robust" if eps < exact else "vulnerable")


@pytest.mark.parametrize(("seed", "p", "looks"), others_slow([(0, 1, 1), (1, 2, 3), (3, math.inf, 7)], quick=[0]))
def test_searches_that_are_stopped_again_and_again_lose_no_region_and_no_domain(seed, p, looks):
    network = mlp([3, 3, 3, 3], seed)
    x = np.random.default_rng(seed).normal(size=3)
    label = int(network(torch.from_numpy(x[None])).argmax(1)[0])
    exact, exactly = minimal_distance(network, x, label, p), as_network(network, (3,))
    asked = checked_points(exactly, x[None], [label], p, None)
    bracket = Bracket(asked)
    search = RegionSearch(bracket, RegionsByPattern(exactly, x))
    for attempt in range(300):
        with CancelScope(StopAfter(looks + attempt), partial=True):
            search.run()
        assert bracket.lower <= exact * (1 + 1e-6)
        if bracket.optimal:
            break
    assert bracket.optimal and bracket.upper == pytest.approx(exact, rel=2e-5)
    for radius, safe in ((0.9 * exact, True), (1.1 * exact, False)):
        branching = BranchAndBound(Bracket(asked), radius, RegionsByPattern(exactly, x))
        answers = set()
        for attempt in range(200):
            with CancelScope(StopAfter(looks + 3 * attempt), partial=True):
                answers.add(branching.run())
            if safe in answers:
                break
        assert answers <= {None, safe} and safe in answers


def test_after_a_stop_points_that_are_left_are_not_looked_at():
    network = as_network(mlp([2, 8, 3], 0), (2,))
    x = np.random.default_rng(0).normal(size=(50, 2))
    verdicts = verify(network, x, np.zeros(50, int), 0.1, 2, cancelled=lambda: True)
    assert {verdict.status for verdict in verdicts} == {"unknown"}
    assert all(found.lower == 0 for found in minimal_perturbation(network, x, 2, cancelled=lambda: True))


def test_limits_around_each_other_all_hold():
    with pytest.raises(CancelledError), CancelScope(lambda: True), CancelScope():
        bounds(mlp([2, 4, 2], 0), np.zeros((1, 2)), 0.1, 2, "crown")
    with pytest.raises(CancelledError), CancelScope(deadline=time.perf_counter()):
        bounds(mlp([2, 4, 2], 0), np.zeros((1, 2)), 0.1, 2, "crown")


PARTIAL: dict[str, Callable[..., Any]] = {
    "verify": lambda net, x, y, **how: verify(net, x, y, 0.1, 2, **how),
    "minimal perturbation": lambda net, x, y, **how: minimal_perturbation(net, x, 2, **how),
    "ladder": lambda net, x, y, **how: list(ladder(net, x, 2, methods=["crown", "exact"], **how)),
    "robust error": lambda net, x, y, **how: list(robust_error(net, x, y, [0.1], 2, **how)),
}


@pytest.mark.parametrize("asked", PARTIAL)
def test_who_asks_to_stop_gets_a_partial_result_and_who_is_cancelled_around_it_an_error(asked):
    network = as_network(mlp([2, 12, 3], 0), (2,))
    x, y = images(network, 1)
    PARTIAL[asked](network, x, y, cancelled=lambda: True)
    with pytest.raises(CancelledError), CancelScope(lambda: True):
        PARTIAL[asked](network, x, y)
