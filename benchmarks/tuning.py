"""Tuned constants at other values: `python -m benchmarks.tuning [NAME ...] [--factors .25 .5 2 4] [--runs N]`.

Every folder with constants that were chosen for speed, or for tight bounds, has a module `tuning`. For each constant
this runs a workload that depends on it, with the value in use and with others in turn, and prints the workload's time
relative to the value in use: the median over the runs, each compared with the one in the same round. Times are of the
processor. Where a workload also has a result, less of which is better, such as a gap between bounds, a second line
compares that.

NAME is a constant's name, or a part of one, such as `TILE` or `certify.bounds`. What a constant without influence
steers should be left out.
"""

from __future__ import annotations

import argparse
import importlib
import math
import pkgutil
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch

from benchmarks import scheduler
from benchmarks.tuned import Run, Workload
from benchmarks.tuned_certify import CERTIFY
from benchmarks.tuned_exact import EXACT
from benchmarks.tuned_geometry import GEOMETRY

WORKLOADS: dict[str, Workload] = {**GEOMETRY, **CERTIFY, **EXACT}
ELSEWHERE = {  # constants that other benchmarks measure, since they depend on other processes or threads
    "geometry.computation.SHARED": "cores",
    "geometry.computation.HUGE": "cores",
    **{f"{module.__package__}.{name}": "scheduler" for module, name, _ in scheduler.VALUES},
}
PACKAGES = ("geometry", "certify", "models", "figures", "papers", "pages")
SHORTEST = 0.02  # seconds of a measurement: shorter runs are repeated


def tuned() -> list[str]:
    """The names of all tuned constants, each after its folder: "geometry.regions.TILE"."""
    names = []
    for package in map(importlib.import_module, PACKAGES):
        modules = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
        for module in modules:
            if module.endswith(".tuning"):
                folder, values = module.removesuffix(".tuning"), vars(importlib.import_module(module))
                names += [f"{folder}.{name}" for name in values if name.isupper()]
    return names


def place(name: str) -> tuple[ModuleType, str]:
    """The module of a constant, and its name there."""
    folder, constant = name.rsplit(".", 1)
    return importlib.import_module(f"{folder}.tuning"), constant


@contextmanager
def varied(name: str, value: float) -> Iterator[None]:
    """Within this block the constant has another value."""
    module, constant = place(name)
    before = getattr(module, constant)
    setattr(module, constant, value)
    try:
        yield
    finally:
        setattr(module, constant, before)


def others(name: str, factors: list[float]) -> list[float]:
    """The workload's own values, or the value in use times the factors; whole numbers stay whole, and positive."""
    module, constant = place(name)
    chosen = getattr(module, constant)
    values = WORKLOADS[name].values or [chosen * factor for factor in factors]
    if isinstance(chosen, int):
        values = [max(1, round(value)) for value in values]
    return [value for value in dict.fromkeys(values) if value != chosen]


def measured(run: Run, times: int) -> tuple[float, float]:
    """Seconds of one run, and its result; the mean over several."""
    began, result = time.process_time(), 0.0
    for _ in range(times):
        result += run() or 0.0
    return (time.process_time() - began) / times, result / times


def ratios(name: str, values: list[float], runs: int) -> dict[float, tuple[float, float]]:
    """Per value the time and the result relative to those at the value in use."""
    run = WORKLOADS[name].make()
    took = measured(run, 1)[0]  # fills caches
    times = max(1, math.ceil(SHORTEST / max(took, 1e-6)))
    pairs: dict[float, list[tuple[float, float]]] = {value: [] for value in values}
    for _ in range(runs):
        chosen = measured(run, times)
        for value, of_value in pairs.items():
            with varied(name, value):
                other = measured(run, times)
            of_value.append((_ratio(other[0], chosen[0]), _ratio(other[1], chosen[1])))
    return {value: _medians(of_value) for value, of_value in pairs.items()}


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return statistics.median(took for took, _ in pairs), statistics.median(result for _, result in pairs)


def _ratio(other: float, chosen: float) -> float:
    return other / chosen if chosen else math.inf if other else 1.0


def line(name: str, factors: list[float], runs: int) -> None:
    module, constant = place(name)
    work = WORKLOADS[name]
    of_values = ratios(name, others(name, factors), min(runs, work.most_runs))
    columns = [f"{value:.4g}: {time:.2f}" for value, (time, _) in of_values.items()]
    title = f"{name} = {getattr(module, constant):.4g}"
    print(f"{title:<46}{'time':<8}{''.join(f'{column:<16}' for column in columns)}{work.title}", flush=True)
    if any(result != 1 for _, result in of_values.values()):
        columns = [f"{value:.4g}: {result:.2f}" for value, (_, result) in of_values.items()]
        print(f"{'':<46}{'result':<8}{''.join(f'{column:<16}' for column in columns)}".rstrip(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--factors", nargs="*", type=float, default=[0.25, 0.5, 2.0, 4.0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in tuned():
        if options.names and not any(part in name for part in options.names):
            continue
        if name in ELSEWHERE:
            print(f"{name:<46}see `python -m benchmarks.{ELSEWHERE[name]}`")
        else:
            line(name, options.factors, options.runs)


if __name__ == "__main__":
    main()
