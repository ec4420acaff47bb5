"""Workloads of the tuned constants of exact searches, for `benchmarks.tuning`."""

from __future__ import annotations

import math
import time
from functools import partial

from benchmarks.tuned import Run, Workload, processor_clock, shipped, trained
from certify import minimal_perturbation, verify
from certify.attacks import attacked
from certify.exact.bisection import bisect, smallest_ball
from certify.exact.branch_and_bound import BranchAndBound
from certify.exact.region_search import RegionSearch
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.network.network import Network
from geometry.norms import Array, Norm

LIMIT, LONG_LIMIT = 0.6, 4.0  # seconds of searches that do not close, of small networks and of larger ones
SMALL, WIDE, DEEP = (784, 20, 10), (784, 50, 10), (60, 40, 40, 40, 10)


def brackets(widths: tuple[int, ...], p: Norm, count: int) -> list[tuple[Bracket, RegionsByPattern]]:
    """Brackets of a network's first points, with a witness."""
    network, x = trained(*widths)
    points, basis = checked_points(network, x[:count], None, p, None), row_space(network) if p == 2 else None
    pairs = []
    for i in range(count):
        bracket = Bracket(points.point(i))
        bracket.offer(attacked(bracket.point, "deepfool").points.reshape(1, -1).numpy())
        pairs.append((bracket, RegionsByPattern(network, bracket.x, basis)))
    return pairs


def minima(*cases: tuple[tuple[int, ...], Norm, slice], limit: float = 20.0) -> Run:
    """Minimal perturbations of some points, and the gaps that a time limit leaves."""
    parts = [(*_points(widths, some), p) for widths, p, some in cases]

    def run() -> float:
        with processor_clock():
            results = [
                result for network, x, p in parts for result in minimal_perturbation(network, x, p, time_limit=limit)
            ]
        return sum(1 - result.lower / result.upper for result in results if not result.optimal)

    return run


def _points(widths: tuple[int, ...], some: slice) -> tuple[Network, Array]:
    network, x = trained(*widths)
    return network, x[some]


def stopped() -> Run:
    """Searches that the time limit ends: of a network that is not small, of a small one, and one with few units."""
    cases = (((784, 100, 10), math.inf, 0), (DEEP, 1, 0), ((100, 30, 30, 30, 10), math.inf, 1))
    return minima(*((widths, p, slice(i, i + 1)) for widths, p, i in cases), limit=LIMIT)


def stopped_late() -> Run:
    """Searches of two networks of the gallery, whose regions take long."""
    networks = [shipped("mnist-fc1-linf-mmr"), shipped("mnist-cnn-linf-mmr-at")]

    def run() -> float:
        with processor_clock():
            results = [
                minimal_perturbation(network, x[:1], math.inf, box=(0, 1), time_limit=LONG_LIMIT)[0]
                for network, x in networks
            ]
        return sum(1 - result.lower / result.upper for result in results)

    return run


def verdicts() -> Run:
    """Just inside and outside the minimal perturbation."""
    cases = []
    for p in (2, math.inf):
        network, x = trained(*SMALL)
        for i in range(2):
            least = minimal_perturbation(network, x[i : i + 1], p)[0].upper
            labels = checked_points(network, x[i : i + 1], None, p, None).labels
            cases += [(network, x[i : i + 1], labels, p, factor * least) for factor in (0.9, 0.99, 1.01)]

    def run() -> None:
        for network, x, labels, p, eps in cases:
            verify(network, x, labels, eps, p)

    return run


def region_search() -> Run:
    def run() -> None:
        for widths, p in ((DEEP, math.inf), ((784, 50, 50, 10), 2)):
            for bracket, by_pattern in brackets(widths, p, 1):
                RegionSearch(bracket, by_pattern).run(1000)

    return run


def bisection(p: Norm = math.inf) -> Run:
    def run() -> None:
        with processor_clock():
            for bracket, by_pattern in brackets(DEEP, p, 1):
                bisect(bracket, by_pattern)

    return run


def balls() -> Run:
    network, x = shipped("mnist-fc1-linf-mmr")
    points = checked_points(network, x[:2], None, math.inf, (0, 1))

    def run() -> float:
        found = 0.0
        for i in range(2):
            bracket = Bracket(points.point(i))
            bracket.offer(attacked(bracket.point, "deepfool").points.reshape(1, -1).numpy())
            smallest_ball(bracket, "pgd", bracket.upper / 10, bracket.upper)
            found += bracket.upper
        return found

    return run


def planes() -> Run:
    return minima(((2, 60, 60, 10), 2, slice(0, 4)), ((2, 60, 60, 10), math.inf, slice(0, 4)))


def branching() -> Run:
    """Balls a little smaller than the minimal perturbation."""
    cases = []
    for widths, p in ((DEEP, math.inf), ((784, 50, 50, 10), 2)):
        network, x = trained(*widths)
        cases.append((widths, p, 0.97 * minimal_perturbation(network, x[:1], p)[0].upper))

    def run() -> None:
        for widths, p, radius in cases:
            for bracket, by_pattern in brackets(widths, p, 1):
                BranchAndBound(bracket, radius, by_pattern).run()

    return run


def round_balls() -> Run:
    """Balls in l2 which SDP-CROWN alone doesn't prove: three digits at two networks of the gallery."""
    cases = []
    for name, i, radius in (
        ("mnist-fc1-l2-at", 6, 0.5),
        ("mnist-fc1-l2-at", 20, 0.5),
        ("mnist-fc1-linf-plain", 18, 0.3),
    ):
        network, x = shipped(name)
        point = checked_points(network, x[i : i + 1], None, 2, None)
        cases.append((point, radius, RegionsByPattern(network, Bracket(point).x, row_space(network))))

    def run() -> float:
        with processor_clock():
            searches = [BranchAndBound(Bracket(point), radius, by_pattern) for point, radius, by_pattern in cases]
            for search in searches:
                search.run(time.perf_counter() + LONG_LIMIT)
        return sum(-min(search.bound, 0) for search in searches)

    return run


ONE = slice(0, 1)
SMALL_AND_WIDE = partial(minima, (SMALL, 2, ONE), (SMALL, math.inf, ONE), (WIDE, math.inf, ONE))
ROUND = "balls of the gallery's networks in l2"
STOPPED = "gaps that a time limit leaves"
EXACT: dict[str, Workload] = {
    f"certify.exact.{name}": work
    for name, work in {
        "FIRST_REGIONS": Workload("minima of 784-20-10, 784-50-10", SMALL_AND_WIDE, (0, 12, 200, 800), 3),
        "SEARCHABLE": Workload("minima of 784-20-10, 784-50-10", SMALL_AND_WIDE, (0, 10_000, 100_000), 3),
        "SEARCH_SHARE": Workload(STOPPED, stopped, (0.0, 0.1, 0.5), 2),
        "FIRST_SHARE": Workload(STOPPED, stopped_late, (0.0, 0.25), 2),
        "BRANCH_SHARE": Workload(STOPPED, stopped, (0.3, 0.95), 2),
        "LONG_SHARE": Workload(STOPPED, stopped_late, (0.6, 0.8), 2),
        "SEARCHED_FIRST": Workload("verdicts of 784-20-10", verdicts, (0, 50, 1000), 3),
        "STABLE_AFTER": Workload("1000 regions of two networks", region_search, (20, 100, 500, 10_000), 3),
        "FIRST_SECONDS": Workload("bisection of 60-[40]x3-10", bisection, (0.03, 0.1, 1.0, 3.0), 3),
        "SECONDS_GROWTH": Workload("bisection of 60-[40]x3-10", bisection, (1.1, 2.0, 4.0), 3),
        "LEAST_SHARE": Workload("bisection of 60-[40]x3-10", bisection, (1 / 1000, 1 / 16, 1 / 4), 3),
        "GRID": Workload("PGD in balls", balls, (4, 24), 2),
        "ROUNDS": Workload("PGD in balls", balls, (1, 2, 5), 2),
        "FIRST_ZOOM": Workload("minima of 2-60-60-10", planes, (1 / 64, 1 / 32, 1 / 4, 1.0), 3),
        "WINDOW_GROWTH": Workload("minima of 2-60-60-10", planes, (2, 3, 8, 16), 3),
        "ROOT_STEPS": Workload("balls of two networks", branching, (1, 30, 100), 3),
        "CHILD_STEPS": Workload("balls of two networks", branching, (1, 4, 8), 3),
        "COUPLED_ROOT_STEPS": Workload(ROUND, round_balls, (5, 60), 2),
        "COUPLED_CHILD_STEPS": Workload(ROUND, round_balls, (1, 2, 8), 2),
        "COUPLED_GAIN": Workload(ROUND, round_balls, (0.001, 0.1), 2),
        "ASCENT_RATE": Workload("balls of two networks", branching, (0.03, 0.3, 1.0), 3),
    }.items()
}
