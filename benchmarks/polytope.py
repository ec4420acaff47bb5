"""Adversarial polytopes: times at one eps on KW's Fig. 6 network and of fifty thousand regions, and Fig. 6's ratios.

    python -m benchmarks.polytope [--networks N]

Times are process CPU milliseconds, the best of several; l-infinity around the origin, as in KW's Fig. 6.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from certify import outer_polytope, polytopes
from certify.bounds.methods import DEFAULT_METHODS
from certify.polytopes.comparison import ON_SCREEN
from geometry import as_network, reachable_set
from geometry.network.network import Network
from models.networks.builders import random_network

ORIGIN = np.zeros(2)
METHODS = (*DEFAULT_METHODS, "lp")
RADII = (0.05, 0.1, 0.25)
MANY = 50_000  # regions


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--networks", type=int, default=10, help="random networks for the ratios")
    count = options.parse_args().networks
    torch.set_num_threads(1)
    network = as_network(random_network().double().requires_grad_(False), (2,))
    for eps in RADII:
        _step(network, eps)
    _many_regions()
    _ratios(count)


def _step(network: Network, eps: float) -> None:
    """Times of the sets that a picture shows at one eps."""
    parts = {"true set and hull": _best(lambda: reachable_set(network, ORIGIN, eps, math.inf).hull)}
    for method in METHODS:
        parts[method] = _best(
            partial(outer_polytope, network, ORIGIN, eps, math.inf, None, method, tolerance=ON_SCREEN)
        )
    listed = ", ".join(f"{name} {took:.1f}" for name, took in parts.items())
    print(f"eps {eps}: {sum(parts.values()):.0f} ms ({listed})", flush=True)


def _many_regions() -> None:
    """A ball so large that it meets MANY regions."""
    network = as_network(random_network((2, 200, 200, 2), seed=1).double().requires_grad_(False), (2,))
    eps = 1.0
    while (regions := len(reachable_set(network, ORIGIN, eps, 2))) < MANY:
        eps *= 1.1
    whole = _best(lambda: reachable_set(network, ORIGIN, eps, 2).hull)
    print(f"l2 ball of {regions} regions (2-200-200-2, eps {eps:.2f}): true set and hull {whole:.0f} ms", flush=True)


def _ratios(count: int) -> None:
    """Areas relative to the hull's, median over random networks (KW Fig. 6)."""
    names = ("true", "layerwise", *METHODS)
    for eps in RADII:
        ratios_of_networks = []
        for seed in range(count):
            network = random_network(seed=seed).double().requires_grad_(False)
            ratios_of_networks.append(polytopes(network, ORIGIN, eps, math.inf, None, ("layerwise", *METHODS)).ratios)
        medians = {name: statistics.median(ratios[name] for ratios in ratios_of_networks) for name in names}
        print(
            f"eps {eps}, area / hull: " + ", ".join(f"{name} {value:.3g}" for name, value in medians.items()),
            flush=True,
        )


def _best(run: Callable[[], object], repeats: int = 5, longest: float = 3.0) -> float:
    times: list[float] = []
    while len(times) < repeats and sum(times) < 1e3 * longest:
        started = time.process_time()
        run()
        times.append(1e3 * (time.process_time() - started))
    return min(times)


if __name__ == "__main__":
    main()
