"""Times of the ladder's methods next to the expected ones: `python -m benchmarks.ladder`.

Each method alone, in seconds, for one point; then the whole ladder. Only the order matters: the cost model in
`certify.costs` is good enough if a method that takes ten times as long as another is expected to.
"""

from __future__ import annotations

import time

import numpy as np
import torch

from benchmarks.regions import default, mlp
from certify import affordable, ladder
from certify.rungs import expected_seconds
from geometry import as_network

NETWORKS = ((2, 30, 30, 2), (784, 20, 10), (784, 50, 50, 10), (784, 256, 256, 10))
LIMIT = 5.0  # seconds of the exact search


def main() -> None:
    torch.set_num_threads(1)
    for widths in NETWORKS:
        network = as_network(default(lambda w=widths: mlp(*w)), widths[:1])  # type: ignore[misc]
        x = np.random.default_rng(0).random((1, widths[0]))
        for name in affordable(network, 2):
            began = time.perf_counter()
            list(ladder(network, x, 2, methods=[name], time_limit=LIMIT))
            took = time.perf_counter() - began
            expected = expected_seconds(network, name, 2, LIMIT)
            print(f"{'-'.join(map(str, widths)):<18}{name:<18}{took:>9.3f} s, expected {expected:>9.3f} s", flush=True)
        began = time.perf_counter()
        ran = dict.fromkeys(rung.name for rung in ladder(network, x, 2, time_limit=LIMIT))
        print(f"{'':<18}the ladder: {time.perf_counter() - began:.2f} s, {', '.join(ran)}", flush=True)


if __name__ == "__main__":
    main()
