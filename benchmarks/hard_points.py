"""Forty points that bounds and attacks leave open: `python -m benchmarks.hard_points [--limit SECONDS] [CASE ...]`.

Of four networks of the gallery the first ten test digits that no bound proves (in l2 SDP-CROWN is one) and no attack
changes. It prints how many `verify` decides within the limit, and the time of all ten. The same at another commit, on a
machine as idle, tells whether exact searches have become better.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.outside import digits
from certify import attack, verify
from certify.bounds.proof import proved
from certify.perturbation.points import checked_points
from geometry.network.network import Network, as_network
from geometry.norms import Array, Norm
from models.gallery import load_shipped

CASES: dict[str, tuple[str, Norm, float]] = {
    "at": ("mnist-fc1-linf-at", math.inf, 0.03),
    "mmr-at": ("mnist-fc1-linf-mmr-at", math.inf, 0.1),
    "l2-at": ("mnist-fc1-l2-at", 2, 0.5),
    "l2-plain": ("mnist-fc1-linf-plain", 2, 0.3),
}
POINTS, LIMIT = 10, 12.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", default=[*CASES], help=f"of {', '.join(CASES)} (default: all)")
    options.add_argument("--limit", type=float, default=LIMIT, help="seconds per point")
    chosen = options.parse_args()
    if unknown := set(chosen.names) - set(CASES):
        options.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    torch.set_num_threads(1)
    print(f"{'network':<24}{'norm':>6}{'eps':>7}{'points':>8}{'decided':>9}{'s':>8}  by")
    for name in chosen.names:
        network_name, p, eps = CASES[name]
        network = as_network(load_shipped(network_name).network.double(), (1, 28, 28))
        x, y = hard(network, p, eps)
        verdicts = verify(network, x, y, eps, p, time_limit=chosen.limit)
        decided = Counter(verdict.method for verdict in verdicts if verdict.status != "unknown")
        seconds = sum(verdict.seconds for verdict in verdicts)
        ways = ", ".join(f"{way} {count}" for way, count in decided.most_common())
        print(f"{network_name:<24}{p:>6}{eps:>7}{len(x):>8}{decided.total():>9}{seconds:>8.1f}  {ways}", flush=True)


def hard(network: Network, p: Norm, eps: float) -> tuple[Array, NDArray[np.int64]]:
    """The first POINTS digits that neither bounds prove nor PGD changes, and their labels."""
    x, y = digits()
    found: list[int] = []
    for i in range(len(x)):
        if len(found) == POINTS:
            break
        points = checked_points(network, x[i : i + 1], y[i : i + 1], p, None).in_float64()
        if any(proved(points, eps, name)[0] for name in ("crown", "sdp-crown" if p == 2 else "alpha-crown")):
            continue
        if not attack(network, points.x, points.labels, "pgd", eps=eps, p=p).success[0]:
            found.append(i)
    return x[found], y[found]


if __name__ == "__main__":
    main()
