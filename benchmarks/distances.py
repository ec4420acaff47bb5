"""Times of the simplex certificate, min(d_B, d_D), next to the prototype's: `python -m benchmarks.distances`.

Networks with PyTorch's initial weights, points uniform in [0, 1], milliseconds per point, one thread unless told
otherwise; best of several interleaved runs. Ours computes in float64, the prototype in the dtype named. `distances` is
the time of exact d_B and d_D. The paper's times are those of Singla & Feizi (2019), Table 1. Without the prototype
next to the repository its columns are left out.
"""

from __future__ import annotations

import argparse
import ast
import math
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import regions
from benchmarks.outside import left_out, prototype_file
from geometry import as_network, distances, simplex_certificate

NETWORKS: dict[str, tuple[list[int], float | None]] = {  # widths, and the paper's milliseconds
    "784-1024-10": ([784, 1024, 10], None),
    "784-1024-512-10": ([784, 1024, 512, 10], None),
    "784-[1024]x3-10": ([784, *[1024] * 3, 10], 3.7),
    "784-[1024]x4-10": ([784, *[1024] * 4, 10], 6.3),
    "3072-[1024]x7-10": ([3072, *[1024] * 7, 10], 38.7),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=list(NETWORKS), metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--batches", nargs="*", type=int, default=[1, 16])
    parser.add_argument("--norms", nargs="*", type=float, default=[2.0, math.inf], help="2 or inf")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each line")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    baseline = prototype()
    print(f"{'':18}{'norm':>5}{'batch':>6}{'certificate':>13}{'distances':>11}{'paper':>7}", end="")
    print(f"{'float64':>10}{'ratio':>7}{'float32':>9}{'ratio':>7}{'difference':>12}" if baseline else "")
    for name in options.networks:
        widths, paper = NETWORKS[name]
        torch.manual_seed(0)
        module = mlp(widths)
        x = torch.rand(max(options.batches), widths[0])
        for p in options.norms:
            for batch in options.batches:
                columns = line(baseline, module, x[:batch], p, paper, options.seconds)
                print(f"{name:18}{p:5g}{batch:6}{columns}", flush=True)


def line(
    baseline: SimpleNamespace | None, module: nn.Sequential, x: Tensor, p: float, paper: float | None, seconds: float
) -> str:
    network = as_network(module, tuple(x.shape[1:]))
    runs: list[Callable[[], Any]] = [lambda: simplex_certificate(network, x, p), lambda: distances(network, x, p)]
    if baseline is not None:
        runs += [theirs(baseline, module, x, p, dtype) for dtype in (torch.float64, torch.float32)]
    times = [1e3 * best / len(x) for best in best_times(runs, seconds)]
    text = f"{times[0]:13.2f}{times[1]:11.2f}{'' if paper is None else paper:>7}"
    if baseline is not None:
        d_B, d_D, _ = runs[2]()
        expected = torch.minimum(d_B, d_D)
        difference = float(((torch.from_numpy(runs[0]()) - expected).abs() / expected).max())
        text += f"{times[2]:10.2f}{times[2] / times[0]:7.2f}{times[3]:9.2f}{times[3] / times[0]:7.2f}{difference:12.1e}"
    return text


@torch.no_grad()
def theirs(
    baseline: SimpleNamespace, module: nn.Sequential, x: Tensor, p: float, dtype: torch.dtype
) -> Callable[[], Any]:
    """The prototype, with its weights prepared beforehand, as ours are."""
    layers = baseline.build(mlp_like(module, dtype), ishape=tuple(x.shape[1:]), dtype=dtype)
    baseline.prep(layers)
    points = x.to(dtype)
    return torch.no_grad()(lambda: baseline.pruned(layers, points, p))


def mlp(widths: list[int]) -> nn.Sequential:
    return regions.mlp(*widths).eval().requires_grad_(False)


def mlp_like(module: nn.Sequential, dtype: torch.dtype) -> nn.Sequential:
    linear = [layer for layer in module if isinstance(layer, nn.Linear)]
    copy = mlp([linear[0].in_features, *(layer.out_features for layer in linear)]).to(dtype)
    copy.load_state_dict(module.state_dict())
    return copy


def best_times(runs: list[Callable[[], object]], seconds: float) -> list[float]:
    """Each function's fastest run in seconds, after a warm-up; the functions run in turn until `seconds` are over."""
    for run in runs:
        run()
    best = [math.inf] * len(runs)
    end = time.perf_counter() + seconds
    while math.isinf(best[0]) or time.perf_counter() < end:
        for i, run in enumerate(runs):
            start = time.perf_counter()
            run()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def prototype() -> SimpleNamespace | None:
    """The prototype's imports and functions, or None without its folder; the rest of the file is a benchmark."""
    path = prototype_file("simplex_distances")
    if not path.exists():
        left_out(f"the comparison with the prototype {path.name}")
        return None
    sys.path.append(str(path.parent))
    source = ast.parse(path.read_text(encoding="utf-8"))
    source.body = [node for node in source.body if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef))]
    names: dict[str, Any] = {}
    exec(compile(source, str(path), "exec"), names)
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


if __name__ == "__main__":
    main()
