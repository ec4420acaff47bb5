"""Workloads of the tuned constants in `certify`, but for those of exact searches, for `benchmarks.tuning`."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import torch

from benchmarks.tuned import Run, Workload, processor_clock, random_cnn, random_network, trained, uniform
from certify import ladder, margins, outer_polytope
from certify.exact.region_search import RegionSearch
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry import as_network
from geometry.network.network import Network
from models.networks.builders import random_network as kw_network


def margins_of(network: Network, method: str, batch: int, *radii: float) -> Run:
    x = torch.from_numpy(uniform(batch, *network.input_shape)).float()
    labels = network.to(torch.float32).scores(x.flatten(1)).argmax(1)

    def run() -> None:
        for eps in radii:
            margins(network, x, labels, eps, math.inf, method)

    return run


def mlp_margins(method: str, batch: int, *radii: float) -> Run:
    return margins_of(random_network(784, 512, 512, 512, 10, dtype=torch.float32), method, batch, *radii)


def cnn_margins(method: str, batch: int) -> Run:
    return margins_of(random_cnn(torch.float32), method, batch, 0.01)


def linear_programs() -> Run:
    """Outer polytopes of KW's network in small balls, where few units are unstable, and in large ones."""
    network = as_network(kw_network().double().requires_grad_(False), (2,))

    def run() -> None:
        for eps in (0.05, 0.1, 0.25):
            outer_polytope(network, np.zeros(2), eps, math.inf, None, "lp", tolerance=1e-2)

    return run


def climbs() -> Run:
    """The ladder up to the first proof of one point, of small networks and larger ones."""
    points = [trained(784, 20, 10), trained(20, 30, 30, 10)]

    def run() -> None:
        with processor_clock():
            for network, x in points:
                for _ in ladder(network, x[:1], math.inf, time_limit=3.0):
                    pass

    return run


def nearest_regions() -> Run:
    """Of a network so deep that bounds for all patterns are large."""
    widths = (20, *[30] * 8, 10)
    network, x = trained(*widths)
    points, basis = checked_points(network, x[:1], None, 2, None), row_space(network)

    def run() -> None:
        bracket = Bracket(points.point(0))
        RegionSearch(bracket, RegionsByPattern(network, bracket.x, basis)).run(200)

    return run


def columns() -> Run:
    """All units by CROWN, and few functionals by CROWN-interval."""
    runs = [mlp_margins("crown", 4, 0.003, 0.01), mlp_margins("crown-interval", 8, 0.003, 0.01)]

    def run() -> None:
        for each in runs:
            each()

    return run


CERTIFY: dict[str, Workload] = {
    "certify.WORTH_TRYING": Workload("ladders of two networks", climbs, (0.0, 0.06, 1.0, 100.0), 3),
    "certify.bounds.NUMBERS_AT_ONCE": Workload("CROWN, 784-[512]x3-10", partial(mlp_margins, "crown", 4, 0.01)),
    "certify.bounds.NEARLY_ALL": Workload(
        "CROWN, at three eps", partial(mlp_margins, "crown", 2, 0.003, 0.006, 0.01), (0.2, 0.4, 0.6, 1.0)
    ),
    "certify.bounds.WORTH_CHOOSING": Workload("CROWN, and CROWN-interval", columns, (1, 16, 256, 10_000)),
    "certify.bounds.PATCH_WASTE": Workload("Fast-Lin, a CNN", partial(cnn_margins, "fast-lin", 4)),
    "certify.bounds.IN_CACHE": Workload("intervals, 128 points", partial(mlp_margins, "interval", 128, 0.01)),
    "certify.bounds.WORTH_PRESOLVING": Workload(
        "the LP's polytope of KW's network", linear_programs, (0.0, 0.1, 0.5, 1.0), 3
    ),
    "certify.regions.REFUSALS": Workload("regions of 20-[30]x8-10", nearest_regions, (0, 4, 64, 1000), 3),
}
