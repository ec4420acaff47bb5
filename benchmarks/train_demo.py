"""MMR Fig. 2: plain training and MMR from the same weights on the 128 points: `python -m benchmarks.train_demo`.

Each trains 2-100-2 on one core to the end of its schedule, or for the given seconds. The results are then compared with
the demands: for MMR, mean d_B (l2) over the points is at least three times as large, ten being the aim; it has fewer
than half as many regions in the window; and the clean errors differ by 2 points at most. Exit status 1 otherwise.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from typing import Any

import torch

from geometry import distances, enumerate_regions
from models import Trainer
from models.data.toy import DATASETS
from models.networks.builders import mlp

TRAINING: dict[str, Any] = {"epochs": 10_000, "batch_size": 128, "lr": 1e-2, "lr_drop": 0.9}
OBJECTIVES: dict[str, dict[str, Any]] = {
    "plain": {},
    "kmmr": {"p": 2, "lam": 1.0, "gamma_B": 1.0, "gamma_D": 0.1, "k_B": (0.5, 0.02)},
}
STEPS_AT_ONCE = 50


@dataclass(frozen=True)
class Result:
    """Measures of a trained network."""

    steps: int
    seconds: float
    d_B: float
    d_D: float
    optimal: float  # share of the points with d_D <= d_B
    regions: int
    error: float

    def __str__(self) -> str:
        return (
            f"{self.steps:7}{self.steps / self.seconds:9.0f}{self.d_B:9.4f}{self.d_D:9.4f}"
            f"{self.optimal:9.0%}{self.regions:9}{self.error:9.1%}"
        )


def trained(objective: str, seconds: float, seed: int) -> Result:
    """The result of one of the two trainings."""
    data = DATASETS["mmr"]()
    trainer = Trainer(
        mlp((2, 100, 2), seed=seed), data.x, data.y, objective, device="cpu", **TRAINING, **OBJECTIVES[objective]
    )
    began, step = time.process_time(), 0
    while trainer.state == "paused" and time.process_time() - began < seconds:
        step = trainer.step(STEPS_AT_ONCE).step
    spent = time.process_time() - began
    network = trainer.network().double()
    measured = distances(network, data.x, 2)
    return Result(
        steps=step,
        seconds=spent,
        d_B=float(measured.d_B.mean()),
        d_D=float(measured.d_D.mean()),
        optimal=float((measured.d_D <= measured.d_B).mean()),
        regions=len(enumerate_regions(network, data.window)),
        error=float((measured.classes != data.y).mean()),
    )


def failures(plain: Result, mmr: Result) -> list[str]:
    """The demands that are not met."""
    demands = {
        f"mean d_B grows {mmr.d_B / plain.d_B:.1f} times, not 3": mmr.d_B >= 3 * plain.d_B,
        f"{mmr.regions} regions are not under half of {plain.regions}": mmr.regions < plain.regions / 2,
        f"errors are {plain.error:.1%} and {mmr.error:.1%}": abs(plain.error - mmr.error) <= 0.02,
    }
    return [demand for demand, met in demands.items() if not met]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="of processor time, for each training")
    parser.add_argument("--seeds", type=int, nargs="*", default=[0], help="of the initial weights")
    options = parser.parse_args()
    torch.set_num_threads(1)
    failed = False
    print(f"{'':8}{'seed':>5}{'steps':>7}{'steps/s':>9}{'d_B':>9}{'d_D':>9}{'d_D<=d_B':>9}{'regions':>9}{'error':>9}")
    for seed in options.seeds:
        results = {}
        for objective in OBJECTIVES:
            results[objective] = trained(objective, options.seconds, seed)
            print(f"{objective:8}{seed:5}{results[objective]}", flush=True)
        for failure in failures(results["plain"], results["kmmr"]):
            failed = True
            print(f"  {failure}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
