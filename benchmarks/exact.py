"""Times of the exact minimal perturbation: in l2 next to the prototype's search, and in all norms.

    python -m benchmarks.exact [--limit SECONDS]

Networks are trained for 150 steps on random clusters, as the prototype's are. Both searches start from the same upper
bound; what `minimal_perturbation` prepares once per network is not counted. Times are the best of three, in
milliseconds, median and largest over the points.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import ModuleType

import numpy as np
import torch
from torch import nn

from benchmarks.outside import prototype
from certify import minimal_perturbation
from certify.attacks import attack
from certify.exact.region_search import RegionSearch
from certify.perturbation.points import checked_points
from certify.regions.bracket import Bracket
from certify.regions.by_pattern import RegionsByPattern, row_space
from geometry.network.network import as_network
from geometry.norms import Array

SEARCHED = ([784, 20, 10], [784, 50, 10], [784, 20, 20, 10], [784, 50, 50, 10])
POINTS = 5


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--limit", type=float, default=10.0, help="seconds per point")
    limit = options.parse_args().limit
    torch.set_num_threads(1)
    older = prototype("region_search")
    for widths in SEARCHED:
        _against_prototype(widths, older, limit)
    for widths in ([2, 100, 100, 2], [784, 20, 10]):
        network, x = trained(widths)
        for p in (1, 2, math.inf):
            results = minimal_perturbation(network, x[:POINTS], p, time_limit=limit)
            times = [1e3 * result.seconds for result in results]
            solved = sum(result.optimal for result in results)
            print(
                f"{'-'.join(map(str, widths))} l{p:g}: {_spread(times)}, {solved} of {len(results)} optimal", flush=True
            )


def _against_prototype(widths: list[int], older: ModuleType | None, limit: float) -> None:
    network, x = trained(widths)
    converted = as_network(network, (widths[0],))
    points = checked_points(converted, x, None, 2, None)
    by_pattern = RegionsByPattern(converted, x[0], row_space(converted))
    labels = network(torch.from_numpy(x)).argmax(1).numpy()
    upper = attack(converted, x, labels, "deepfool", p=2).points.numpy()
    ours, theirs = [], []
    for i in range(POINTS):

        def search(i: int = i) -> Bracket:
            until = time.perf_counter() + limit
            bracket = Bracket(points.point(i))
            bracket.offer(upper[i][None])
            RegionSearch(bracket, by_pattern.at(x[i])).run(until=until)
            return bracket

        ours.append(_best(search))
        if older is not None:
            layers = [m for m in network if isinstance(m, nn.Linear)]
            weights, biases = [m.weight.numpy() for m in layers], [m.bias.numpy() for m in layers]
            distance = float(np.linalg.norm(upper[i] - x[i])) * (1 + 1e-9)
            theirs.append(_best(partial(older.geocert, weights, biases, x[i], distance, tmax=limit)))
    line = f"{'-'.join(map(str, widths))} region search: {_spread(ours)}"
    if theirs:
        line += f"; prototype {_spread(theirs)}; ratio {statistics.median(t / o for t, o in zip(theirs, ours)):.2f}"
    print(line, flush=True)


def trained(widths: list[int]) -> tuple[nn.Sequential, Array]:
    """A network and (n, inputs) points: ten noisy prototypes, or two classes of the plane."""
    torch.manual_seed(0)
    if widths[0] == 2:
        x = torch.rand(60, 2) * 2 - 1
        y = ((3 * x[:, 0]).sin() + 0.8 * x[:, 1] > 0).long()
    else:
        centres, y = torch.rand(10, widths[0]), torch.randint(0, 10, (1000,))
        x = (0.35 * centres[y] + 0.65 * torch.rand(1000, widths[0])).clamp(0, 1)
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        modules += [nn.Linear(inputs, outputs), nn.ReLU()]
    network = nn.Sequential(*modules[:-1])
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(150):
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        optimizer.step()
    return network.double().requires_grad_(False), x.double().numpy()


def _best(run: Callable[[], object]) -> float:
    """Milliseconds of the fastest of three runs, or of the first if that takes more than a second."""
    times: list[float] = []
    while len(times) < 3 and sum(times) < 1e3:
        started = time.perf_counter()
        run()
        times.append(1e3 * (time.perf_counter() - started))
    return min(times)


def _spread(times: list[float]) -> str:
    return f"{statistics.median(times):.1f} ms (max {max(times):.1f})"


if __name__ == "__main__":
    main()
