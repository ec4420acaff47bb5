"""One thread or two, on an idle and on a busy machine: `python -m benchmarks.cores [W2 W6 --seconds 3]`.

Measures the enumeration of linear regions with one and with two torch threads, in turn in one process; then the same
next to as many busy processes as the machine has cores. The last lines of each table are matrix products of growing
size with a fixed number of threads: they gave the constants of `geometry.computation.cores`. Medians of wall times.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from benchmarks.regions import WORKLOADS, Workload
from geometry import enumerate_regions

SIZES = (20, 24, 26, 28, 30, 32)  # products of 2**size multiplications


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Runs `count` processes that compute without end."""
    command = [sys.executable, "-c", "while True: sum(range(10000))"]
    others = [subprocess.Popen(command) for _ in range(count)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def medians(work: Callable[[], object], seconds: float) -> dict[int, float]:
    """ms with one and with two threads."""
    times: dict[int, list[float]] = {1: [], 2: []}
    until = time.monotonic() + seconds
    while time.monotonic() < until or len(times[2]) < 3:
        for threads, of_count in times.items():
            torch.set_num_threads(threads)
            began = time.perf_counter()
            work()
            of_count.append(1e3 * (time.perf_counter() - began))
    return {threads: statistics.median(of_count) for threads, of_count in times.items()}


def line(name: str, work: Callable[[], object], seconds: float) -> None:
    ms = medians(work, seconds)
    print(f"{name:<34}{ms[1]:>12.1f}{ms[2]:>12.1f}{ms[2] / ms[1]:>9.2f}", flush=True)


def product(size: int) -> Callable[[], object]:
    inner = 1 << min(9, size // 3)
    left, right = torch.rand((1 << size) // inner**2, inner).double(), torch.rand(inner, inner).double()
    return lambda: (left @ right).clamp(min=0)


def enumeration(work: Workload) -> Callable[[], object]:
    return lambda: enumerate_regions(work.network, work.window, work.plane)


def measure(names: list[str], seconds: float) -> None:
    for name in names:
        title, make = WORKLOADS[name]
        line(f"{name} {title:.26}", enumeration(make()), seconds)
    for size in SIZES:
        line(f"product of 2^{size}, undecided", product(size), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["W2", "W6", "W3", "KW"])
    parser.add_argument("--seconds", type=float, default=3.0, help="for each line")
    options = parser.parse_args()
    for others in (0, os.cpu_count() or 1):
        print(f"beside {others} busy processes{'':<10}{'1 thread ms':>12}{'2 threads':>12}{'ratio':>9}")
        with busy(others):
            measure(options.names, options.seconds)


if __name__ == "__main__":
    main()
