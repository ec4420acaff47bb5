"""Margins that a certified radius evaluates, and its time: `python -m benchmarks.radius [--points N]`.

Networks of the gallery on digits, and a small one on clusters, in l-infinity. Margins and milliseconds are means over
the points; the time is of the processor, on one core, and includes what the search starts from: the decision distances
and the simplex certificate. `certify.costs.MARGINS` is about the number of margins at the tolerance in use.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from benchmarks.tuned import shipped, trained
from certify import certified_radius
from certify.bounds.proof import proved_margins
from certify.bounds.radius import TOLERANCE
from geometry.network.network import Network
from geometry.norms import Array

QUESTIONS = [
    ("mnist-fc1-linf-kw", 50, ("interval", "fast-lin", "crown", "crown-interval", "fast-lip", "best-of-cheap")),
    ("mnist-fc1-linf-plain", 50, ("interval", "fast-lin", "crown")),
    ("mnist-cnn-linf-kw", 10, ("interval", "fast-lin", "crown")),
    ("784-50-50-10", 50, ("interval", "fast-lin", "crown")),
    ("20-30-30-10", 5, ("alpha-crown", "lp")),
]
TOLERANCES = (TOLERANCE, 1e-4)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Within this block the list gets an entry for every evaluation: of how many points the margins are."""
    counts: list[int] = []

    def counting(network: Any, ball: Any, *others: Any) -> Tensor:
        counts.append(len(ball))
        return proved_margins(network, ball, *others)

    with patch("certify.bounds.radius.proved_margins", counting):
        yield counts


def question(name: str) -> tuple[Network, Array]:
    """A network, and points to certify."""
    return trained(*map(int, name.split("-"))) if name[0].isdigit() else shipped(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1000, help="of each network, at most")
    options = parser.parse_args()
    torch.set_num_threads(1)
    headings = "".join(f"{f'margins, {tolerance:.0e}':>17}{'ms':>8}" for tolerance in TOLERANCES)
    print(f"{'':36}{'points':>7}{headings}")
    for name, most, methods in QUESTIONS:
        network, x = question(name)
        x = x[: min(most, options.points)]
        for method in methods:
            values = (measured(network, x, method, tolerance) for tolerance in TOLERANCES)
            columns = "".join(f"{margins:17.2f}{ms:8.1f}" for margins, ms in values)
            print(f"{name:21}{method:15}{len(x):7}{columns}", flush=True)


def measured(network: Network, x: Array, method: str, tolerance: float) -> tuple[float, float]:
    """Margins and milliseconds of a point."""
    certified_radius(network, x[:1], math.inf, method, tolerance=tolerance)  # fills caches
    began = time.process_time()
    with counted() as counts:
        certified_radius(network, x, math.inf, method, tolerance=tolerance)
    return sum(counts) / len(x), 1e3 * (time.process_time() - began) / len(x)


if __name__ == "__main__":
    main()
