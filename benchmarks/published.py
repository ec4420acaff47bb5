"""Networks that others made, one row a file: `python -m benchmarks.published [FOLDER]`.

Operators, seconds to read the file, the largest difference from what onnxruntime computes (of the largest output), the
regions on a square around the centre of the plane through the first three inputs, CROWN's least margin over these
inputs, and a verdict about the first. The inputs are those beside an ONNX file, `NAME.logits.npz`, or uniform ones.
Without the folder there is nothing to measure.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from benchmarks.outside import SHARED, left_out
from certify import margins, verify
from geometry import Plane, as_network, enumerate_regions
from models.files.network_files import readings

SIDE = 0.05  # of the square, in distances of the first two inputs
MOST_REGIONS = 20_000
EPS, SECONDS = 0.005, 10.0  # in l-infinity, relative to the inputs' range; for one verdict


def inputs(path: Path, shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """(n, *shape), and (n, outputs) what onnxruntime computes of them, if that is known."""
    stored = path.with_suffix(".logits.npz")
    if path.suffix != ".onnx" or not stored.exists():
        return np.random.default_rng(0).uniform(0, 1, (5, *shape)), None
    with np.load(stored) as arrays:
        x = arrays["x"].astype(np.float64).reshape(-1, *shape)
        return x, arrays["y"].astype(np.float64).reshape(len(x), -1)


def operators(network: nn.Module) -> str:
    leaves = Counter(type(module).__name__ for module in network.modules() if not list(module.children()))
    return ", ".join(f"{count} {name}" for name, count in sorted(leaves.items()))


def measure(path: Path) -> None:
    started = time.perf_counter()
    read = readings(path)[0]
    loading, network = time.perf_counter() - started, read.network.double().requires_grad_(False)
    x, expected = inputs(path, read.input_shape)
    converted = as_network(network, read.input_shape)
    print(f"\n{path.name}: {operators(network)}\n  read in {loading:.2f} s", end="")
    if expected is not None:
        difference = np.abs(converted(torch.from_numpy(x)).numpy() - expected).max() / np.abs(expected).max()
        print(f"; differs by {difference:.1e} of the largest output", end="")
    flat = x.reshape(len(x), -1)
    if flat.shape[1] > 1:
        plane = Plane.through(*x[:3])
        corners = plane.project(x[:3])
        (s, t), half = corners.mean(axis=0), SIDE / 2 * float(np.linalg.norm(flat[1] - flat[0]))
        started = time.perf_counter()
        regions = enumerate_regions(
            converted, (s - half, s + half, t - half, t + half), plane, max_regions=MOST_REGIONS
        )
        seconds, (s0, s1, _, _) = time.perf_counter() - started, regions.window
        cut = " (as many as the limit lets)" if regions.truncated else ""
        print(f"\n  {len(regions):,} regions on a square of side {s1 - s0:.3g}{cut} in {seconds:.2f} s", end="")
    labels = converted.scores(torch.from_numpy(flat)).argmax(1).numpy()
    eps = EPS * float(np.ptp(flat)) if np.ptp(flat) else EPS
    started = time.perf_counter()
    lower = margins(converted, x, labels, eps, np.inf, "crown")
    lower[torch.arange(len(x)), torch.from_numpy(labels)] = torch.inf
    seconds = time.perf_counter() - started
    print(f"\n  l-infinity {eps:.3g}: CROWN's margins from {lower.amin():.4g} in {seconds:.2f} s", end="")
    verdict = verify(converted, x[:1], labels[:1], eps, np.inf, time_limit=SECONDS)[0]
    print(f"; the first input is {verdict.status} by {verdict.method} in {verdict.seconds:.2f} s", flush=True)


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    if not folder.exists():
        left_out(f"the networks of others, {folder}")
        return
    for path in sorted(part for kind in ("*.onnx", "*.nnet", "*.pth") for part in folder.glob(kind)):
        measure(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "networks")
