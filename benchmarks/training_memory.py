"""Memory of a training step: `python -m benchmarks.training_memory [--objectives kw ibp]`.

For every objective and norm, MB by which the process grows in one step in the middle of training, on a batch of 128
images in the box [0, 1], or of 128 points of the plane for the toy network 2-100-2. Every value is measured in a
process of its own. Exit status 1 above 1 GB, so that a class can train on an ordinary machine.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from typing import Any

import torch

from benchmarks.outside import first_digits
from benchmarks.peak_memory import peak_bytes
from benchmarks.training import BATCH
from models.networks.builders import mlp
from models.objectives import OBJECTIVES
from models.training.engine import Engine
from models.training.recipes import ARCHITECTURES

TOY = "toy"
LIMIT = 1000  # MB of one step
RADII = {1: 0.5, 2: 0.3, math.inf: 0.1}


def step_memory(network: str, objective: str, p: float, batch: int = BATCH) -> float:
    """MB by which this process grows in one step; NaN where the objective does not support the norm."""
    defaults = OBJECTIVES[objective].defaults
    usual: dict[str, Any] = {"eps": RADII[p], "p": p, "box": (0.0, 1.0)}
    options = {name: value for name, value in usual.items() if name in defaults}
    classes = 2 if network == TOY else 10
    x, y = torch.rand(batch, 2) if network == TOY else first_digits(batch), torch.arange(batch) % classes
    made = mlp((2, 100, 2)) if network == TOY else ARCHITECTURES[network](0)
    try:
        engine = Engine(made, x, y, objective, epochs=100, batch_size=batch, lr=1e-4, seed=0, device="cpu", **options)
    except ValueError:
        return math.nan
    engine.step = 70
    before = peak_bytes()
    engine.advance()
    return (peak_bytes() - before) / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=[TOY, "fc1", "cnn"], choices=[TOY, *ARCHITECTURES])
    parser.add_argument("--objectives", nargs="+", default=list(OBJECTIVES), choices=list(OBJECTIVES))
    parser.add_argument("--one", nargs=3, metavar=("NETWORK", "OBJECTIVE", "P"), help="measure one, in this process")
    parser.add_argument("--batch", type=int, default=BATCH, help="points in a step, with --one")
    chosen = parser.parse_args()
    if chosen.one:
        network, objective, p = chosen.one
        print(step_memory(network, objective, float(p), chosen.batch))
        return 0
    largest = 0.0
    for network in chosen.networks:
        print(f"{network:18s}" + "".join(f"{f'l{p}':>10s}" for p in RADII))
        for objective in chosen.objectives:
            taken = [_measured(network, objective, p) for p in RADII]
            largest = max(largest, *(value for value in taken if not math.isnan(value)))
            print(f"{objective:18s}" + "".join(f"{value:10.0f}" for value in taken), flush=True)
    print(f"largest: {largest:.0f} MB, at most {LIMIT} MB wanted")
    return int(largest > LIMIT)


def _measured(network: str, objective: str, p: float) -> float:
    command = [sys.executable, "-m", "benchmarks.training_memory", "--one", network, objective, str(p)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
