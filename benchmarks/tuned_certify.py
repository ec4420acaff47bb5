"""Workloads of the tuned constants in `certify`, but for those of exact searches, for `benchmarks.tuning`."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.radius import counted, question
from benchmarks.tuned import Run, Workload, processor_clock, random_cnn, random_network, shipped, trained, uniform
from certify import (
    blend,
    brightness_contrast,
    certified_radius,
    ladder,
    margins,
    outer_polytope,
    prove_over_plane,
)
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


def radii(*questions: tuple[str, str], points: int = 20, **options: Any) -> Run:
    """Radii of networks by name, each by a method; the result is how many margins a point takes."""
    networks = [(*question(name), method) for name, method in questions]

    def run() -> float:
        with counted() as counts:
            for network, x, method in networks:
                certified_radius(network, x[:points], math.inf, method, **options)
        return sum(counts) / (points * len(networks))

    return run


def doubtful_radii() -> Run:
    """Of points near a decision boundary, where a proof for float32 fails at any radius, and others by intervals."""
    network, x = trained(20, 30, 30, 10)
    classes = network.scores(torch.from_numpy(x)).argmax(1).numpy()
    here, there = x[:20], x[[int((classes != c).argmax()) for c in classes[:20]]]
    for _ in range(40):
        middle = (here + there) / 2
        same = network.scores(torch.from_numpy(middle)).argmax(1).numpy() == classes[:20]
        here, there = np.where(same[:, None], middle, here), np.where(same[:, None], there, middle)
    deep, images = question("mnist-cnn-linf-plain")

    def run() -> float:
        with counted() as counts:
            certified_radius(network, here, math.inf, "crown", covers="float32")
            certified_radius(deep, images[:20], math.inf, "interval")
        return sum(counts) / 40

    return run


def plane_proofs(*names: str) -> Run:
    """Brightness and contrast of a digit, and blends of three digits, by networks of the gallery."""
    networks = [shipped(name) for name in names]

    def run() -> None:
        for network, x in networks:
            prove_over_plane(network, brightness_contrast(x[7]), (0.5, 1.5, -0.3, 0.3))
        network, x = networks[0]
        prove_over_plane(network, blend(x[7], x[1], x[4]), (0, 0.5, 0, 0.5))

    return run


def tied_plane_proofs() -> Run:
    """Brightness and contrast where two scores are equal everywhere, and by small networks."""
    torch.manual_seed(0)
    last = nn.Linear(20, 2, dtype=torch.float64)
    last.weight.data[1], last.bias.data[1] = last.weight.data[0], last.bias.data[0]
    module = nn.Sequential(nn.Linear(10, 20, dtype=torch.float64), nn.ReLU(), last).requires_grad_(False)
    tied = as_network(module, (10,)), uniform(8, 10)
    networks = [tied, trained(784, 20, 10), trained(20, 30, 30, 10)]

    def run() -> None:
        for network, x in networks:
            box = (float(x.min()), float(x.max()))
            prove_over_plane(network, brightness_contrast(x[7], box), (0.8, 1.2, -0.1, 0.1))

    return run


KW_AND_CLUSTERS = ("mnist-fc1-linf-kw", "crown"), ("mnist-fc1-linf-plain", "fast-lin"), ("784-50-50-10", "crown")

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
    "certify.bounds.FIRST_RADIUS": Workload("radii", partial(radii, *KW_AND_CLUSTERS), (0.3, 0.5, 0.6, 0.8, 1.0)),
    "certify.bounds.SPARE": Workload(
        "radii", partial(radii, ("20-30-30-10", "fast-lip"), *KW_AND_CLUSTERS), (0, 2, 4, 8, 16)
    ),
    "certify.bounds.DOUBT": Workload("radii where no proof is sure", doubtful_radii, (1, 2, 3, 10)),
    "certify.regions.REFUSALS": Workload("regions of 20-[30]x8-10", nearest_regions, (0, 4, 64, 1000), 3),
    "certify.parametric.LEVELS": Workload(
        "proofs over planes of digits", partial(plane_proofs, "mnist-fc1-linf-plain", "mnist-fc1-linf-mmr"),
        (3, 4, 6), 3,
    ),
    "certify.parametric.LEVELS_OF_SMALL": Workload("proofs over planes", tied_plane_proofs, (0, 2, 3, 5), 3),
}  # fmt: skip
