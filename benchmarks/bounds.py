"""Times of the bounds, next to the prototype's: `python -m benchmarks.bounds [M1 ...]`.

Networks M1-M4 (784-1024-10, 784-1024-512-10, 784-[1024]x3-10, a small CNN) with PyTorch's initial weights, float32,
l-infinity, eps = .01, margins of the predicted class; best of several interleaved runs. Both get the network converted,
with their caches of its weights filled. Without the prototype next to the repository the ratio is left out.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from types import ModuleType

import torch
from torch import Tensor, nn

from benchmarks import regions
from benchmarks.outside import first_digits, prototype
from benchmarks.peak_memory import peak_bytes
from certify import margins
from geometry import as_network
from geometry.network.network import Network

METHODS = {"interval": "ibp", "fast-lin": "fastlin", "crown": "crown", "crown-interval": "crown-ibp"}
EPS = 0.01


def mlp(*widths: int) -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), *regions.mlp(*widths))


NETWORKS: dict[str, Callable[[], nn.Sequential]] = {
    "M1": lambda: mlp(784, 1024, 10),
    "M2": lambda: mlp(784, 1024, 512, 10),
    "M3": lambda: mlp(784, 1024, 1024, 1024, 10),
    "M4": regions.cnn,
}


def best_times(runs: list[Callable[[], object]], seconds: float) -> list[float]:
    """Each function's fastest run in ms; the functions run in turn until `seconds` are over."""
    best = [math.inf] * len(runs)
    end, rounds = time.perf_counter() + seconds, 0
    while rounds < 3 or time.perf_counter() < end:
        for i, run in enumerate(runs):
            start = time.perf_counter()
            run()
            best[i] = min(best[i], 1e3 * (time.perf_counter() - start))
        rounds += 1
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), metavar="M1..M4")
    parser.add_argument("--batches", nargs="*", type=int, default=[1, 16, 128])
    parser.add_argument("--threads", nargs="*", type=int, default=[1, torch.get_num_threads()])
    parser.add_argument("--seconds", type=float, default=2.0, help="for each line")
    options = parser.parse_args()
    baseline = prototype("bounds")
    print(f"{'':24}{'threads':>8}{'batch':>6}{'ms':>10}{'prototype':>11}{'ratio':>7}{'difference':>12}")
    for name in options.networks:
        torch.manual_seed(0)
        module = NETWORKS[name]().eval().requires_grad_(False)
        network = as_network(module, (1, 28, 28))
        for threads in options.threads:
            torch.set_num_threads(threads)
            for count in options.batches:
                for method in METHODS:
                    line(baseline, module, network, name, threads, count, method, options.seconds)
    print(f"peak memory {peak_bytes() / 1e9:.2f} GB, the prototype's included")


def line(
    baseline: ModuleType | None,
    module: nn.Sequential,
    network: Network,
    name: str,
    threads: int,
    count: int,
    method: str,
    seconds: float,
) -> None:
    x = first_digits(count)
    labels = module(x).argmax(1)
    runs: list[Callable[[], Tensor]] = [lambda: margins(network, x, labels, EPS, math.inf, method)]
    if baseline is not None:
        layers, (c, _) = baseline.build(module), baseline.spec(module, x)

        def theirs() -> Tensor:
            if method == "interval":
                return baseline.ibp(layers, x, EPS, math.inf, c)
            return baseline.bounds(layers, x, EPS, math.inf, c, METHODS[method])[0]

        runs.append(theirs)
    times = best_times(list(runs), seconds)
    text = f"{name + ' ' + method:24}{threads:8}{count:6}{times[0]:10.2f}"
    if baseline is not None:
        ours = runs[0]().flatten()[(torch.arange(network.classes) != labels[:, None]).flatten()]
        reference = runs[1]().flatten()
        difference = float(((ours - reference).abs() / reference.abs().max()).max())
        text += f"{times[1]:11.2f}{times[1] / times[0]:7.2f}{difference:12.1e}"
    print(text, flush=True)


if __name__ == "__main__":
    main()
