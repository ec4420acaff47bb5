"""Planes through three digits: times of the first and the last picture and of a pin: `python -m benchmarks.slices`.

Networks are those of the gallery, and some with initial weights. Times are of the computation alone, each in a process
of its own, best of several; the browser adds the transfer and some 0.2 s of painting. Prints the peak memory as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.peak_memory import peak_bytes
from geometry import Network, Plane, as_network
from models import image_mlp, load_images, small_cnn
from models.gallery import gallery, load_shipped
from pages.slices.pictures import steps
from pages.slices.pin import steps as pin_steps

REPEATS = 3
DIGITS = (1, 4, 7)
UNTRAINED: dict[str, Callable[[], Any]] = {
    "784-1024-10": lambda: image_mlp((1024,)),
    "784-1024-512-10": lambda: image_mlp((1024, 512)),
    "small CNN": small_cnn,
}


def network(name: str) -> Network:
    module = UNTRAINED[name]() if name in UNTRAINED else load_shipped(name).network
    return as_network(module.eval(), (1, 28, 28)).detached().to(torch.float64)


def measure(title: str) -> dict[str, Any]:
    """Seconds to the pictures of a window twice the triangle and of a quarter of it (a zoom), and to certificates."""
    chosen, x = network(title), load_images("mnist-5k").x[list(DIGITS)].astype(np.float64)
    plane = Plane.through(*x)
    corners = plane.project(x)
    (s, t), half = (corners.min(axis=0) + corners.max(axis=0)) / 2, float(np.ptp(corners, axis=0).max())
    measured: dict[str, Any] = {}
    for window, reach in (("whole", half), ("zoomed", half / 4)):
        best: list[float] = []
        count = None
        for _ in range(REPEATS):
            began, times = time.perf_counter(), []
            for _, picture in steps(chosen, plane, (s - reach, s + reach, t - reach, t + reach))(lambda: False):
                times.append(time.perf_counter() - began)
                count = picture.count
            best = times if not best else [min(pair) for pair in zip(best, times)]
        measured[window] = {"first": best[0], "last": best[-1], "regions": count}
    began = time.perf_counter()
    place = float(corners[0, 0]), float(corners[0, 1])
    for name, _ in pin_steps(chosen, plane, place, 2, half)(lambda: False):
        if name == "fast-lin":
            break
    measured["pin"] = time.perf_counter() - began
    measured["peak"] = peak_bytes() / 2**20
    return measured


def main() -> None:
    titles = ("regions", "first s", "exact s", "zoomed", "first s", "exact s", "pin s", "peak MB")
    print(f"{'network':<24}" + "".join(f"{title:>9}" for title in titles))
    for name in (*UNTRAINED, *gallery()):
        command = [sys.executable, "-m", "benchmarks.slices", "--measure", name]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        measured = json.loads(done.stdout.splitlines()[-1])
        parts = [measured[which] for which in ("whole", "zoomed")]
        cells = "".join(
            f"{part['regions'] or 'too many':>9}{part['first']:>9.2f}{part['last']:>9.2f}" for part in parts
        )
        print(f"{name:<24}{cells}{measured['pin']:>9.2f}{measured['peak']:>9.0f}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(measure(sys.argv[2])))
    else:
        main()
