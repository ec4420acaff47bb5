"""Times of the enumeration of linear regions, next to the prototype's: `python -m benchmarks.regions [W1 ...]`.

Each workload runs in a process of its own: peak memory first, then both enumerations in turn, best of several.
Without the prototype next to the repository the ratio is left out; see `benchmarks.outside` for the CNN and the digits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.outside import digits, kw_network, prototype
from benchmarks.peak_memory import peak_bytes
from geometry import Plane, enumerate_regions
from geometry.regions.region_map import Window
from models.vectors.inputs import on_shares
from models.vectors.shipped import ACAS_XU, load_vector_network

REPEATS, PATIENCE = 60, 20.0  # runs of each, and seconds after which no other run begins


@dataclass(frozen=True)
class Workload:
    network: nn.Sequential
    window: Window
    plane: Plane


def mlp(*widths: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for into, out in pairwise(widths):
        layers += [nn.Linear(into, out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def default(build: Callable[[], nn.Sequential]) -> nn.Sequential:
    """PyTorch's initial weights, drawn in float32."""
    torch.manual_seed(0)
    return build().double()


def gaussian(network: nn.Sequential) -> nn.Sequential:
    """KW's random networks: weights N(0, 1/n), biases N(0, 1)."""
    network, generator = network.double(), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for layer in network:
            if isinstance(layer, nn.Linear):
                size = layer.weight.shape
                layer.weight.copy_(torch.randn(size, generator=generator, dtype=torch.float64) / size[1] ** 0.5)
                layer.bias.copy_(torch.randn(size[0], generator=generator, dtype=torch.float64))
    return network


def on_inputs(network: nn.Sequential) -> Workload:
    return Workload(network, (-3, 3, -3, 3), Plane.identity())


def on_slice(network: nn.Sequential, points: NDArray[np.float64]) -> Workload:
    """The square centred on the bounding box of a triangle, twice its longer side."""
    plane = Plane.through(*points)
    corners = plane.project(points)
    middle, half = (corners.min(axis=0) + corners.max(axis=0)) / 2, float(np.ptp(corners, axis=0).max())
    window = (middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half)
    return Workload(network, window, plane)


def random_slice(network: nn.Sequential, shape: tuple[int, ...] = (784,)) -> Workload:
    return on_slice(network, np.random.default_rng(0).random((3, *shape)))


def cnn() -> nn.Sequential:
    convolutions = [nn.Conv2d(1, 16, 4, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 4, 2, 1), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*convolutions, nn.Linear(1568, 100), nn.ReLU(), nn.Linear(100, 10))


def kw_on_digits() -> Workload:
    """KW's published CNN, or the gallery's, on the plane through the first 1, 4 and 7 of the digits."""
    x, y = digits()
    return on_slice(kw_network().double(), np.stack([x[np.flatnonzero(y == digit)[0]] for digit in (1, 4, 7)]))


def aircraft() -> Workload:
    """The shipped ACAS Xu network over all distances and directions, as the preset of Slices has it."""
    shipped = load_vector_network(ACAS_XU)
    inputs = shipped.card.inputs
    origin = inputs.shares([0.0, 0.0, -1.570796, 200.0, 185.0])
    origin[:2] = 0.0
    plane = Plane(origin, *np.eye(len(inputs))[:2])
    return Workload(on_shares(shipped.network, shipped.input_shape, inputs), (0.0, 1.0, 0.0, 1.0), plane)


WORKLOADS: dict[str, tuple[str, Callable[[], Workload]]] = {
    "W1": ("2-100-2", lambda: on_inputs(default(lambda: mlp(2, 100, 2)))),
    "W2": ("2-100-100-100-2, Gaussian", lambda: on_inputs(gaussian(mlp(2, 100, 100, 100, 2)))),
    "W6": ("2-[64]x6-2", lambda: on_inputs(default(lambda: mlp(2, *[64] * 6, 2)))),
    "W3": ("784-1024-10, slice", lambda: random_slice(default(lambda: mlp(784, 1024, 10)))),
    "W4": ("784-1024-512-10, slice", lambda: random_slice(default(lambda: mlp(784, 1024, 512, 10)))),
    "KW": ("KW's CNN, three digits", kw_on_digits),
    "W5": ("CNN 16-32-100, random, slice", lambda: random_slice(default(cnn), (1, 28, 28))),
    "ACAS Xu": ("5-[50]x6-5, distance, angle", aircraft),
    **{
        f"width {w}": (f"2-{w}-2", lambda w=w: on_inputs(gaussian(mlp(2, w, 2))))  # type: ignore[misc]
        for w in (50, 200, 800)
    },
    **{
        f"depth {d}": (f"2-[50]x{d}-2", lambda d=d: on_inputs(gaussian(mlp(2, *[50] * d, 2))))  # type: ignore[misc]
        for d in (1, 2, 4, 8)
    },
}


def dense_layers(work: Workload) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """The prototype's input: matrices and biases, the first restricted to the plane; None for convolutions."""
    layers = []
    for module in work.network:
        if isinstance(module, nn.Linear):
            layers.append((module.weight.detach().numpy(), module.bias.detach().numpy()))
        elif not isinstance(module, nn.ReLU):
            return None
    weight, bias = layers[0]
    frame = np.stack([work.plane.u.ravel(), work.plane.v.ravel()], axis=1)
    return [(weight @ frame, weight @ work.plane.origin.ravel() + bias), *layers[1:]]


def megabytes() -> float:
    return peak_bytes() / 2**20


def measure(name: str) -> dict[str, Any]:
    """Time and memory of one workload, in this process."""
    work = WORKLOADS[name][1]()
    started = time.perf_counter()
    regions = enumerate_regions(work.network, work.window, work.plane)
    first = time.perf_counter() - started
    measured: dict[str, Any] = {"regions": len(regions), "peak": megabytes()}
    baseline, layers = prototype("regions"), dense_layers(work)
    ours, theirs, begun = [first], [], time.perf_counter()
    for _ in range(REPEATS):
        started = time.perf_counter()
        enumerate_regions(work.network, work.window, work.plane)
        ours.append(time.perf_counter() - started)
        if baseline is not None and layers is not None and not name.startswith(("width", "depth")):
            started = time.perf_counter()
            baseline.enumerate_regions(layers, work.window)
            theirs.append(time.perf_counter() - started)
        if time.perf_counter() - begun > PATIENCE:
            break
    started = time.perf_counter()
    regions.classes  # noqa: B018
    measured |= {"best": min(ours), "prototype": min(theirs, default=None), "classes": time.perf_counter() - started}
    return measured


def main(names: list[str]) -> None:
    print(f"{'workload':<32}{'regions':>9}{'ours ms':>10}{'proto ms':>10}{'ratio':>7}{'peak MB':>9}{'classes ms':>12}")
    names = names or list(WORKLOADS)
    prototype("regions")  # here, so that the notes on missing files come before the table
    if "KW" in names:
        kw_on_digits()
    for name in names:
        command = [sys.executable, "-m", "benchmarks.regions", "--measure", name]
        measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        theirs = measured["prototype"]
        against = f"{1e3 * theirs:>10.1f}{measured['best'] / theirs:>7.2f}" if theirs else f"{'':>17}"
        print(
            f"{name:<9}{WORKLOADS[name][0]:<23.23}{measured['regions']:>9}{1e3 * measured['best']:>10.1f}{against}"
            f"{measured['peak']:>9.0f}{1e3 * measured['classes']:>12.0f}",
            flush=True,
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        main(sys.argv[1:])
