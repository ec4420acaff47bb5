"""The estimated memory of a training step against measured memory."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from models.networks.builders import mlp
from models.objectives import OBJECTIVES
from models.training.engine import Engine
from models.training.recipes import ARCHITECTURES
from models.training.step_memory import COPIES, step_bytes, training_memory

RADII = {1: 0.5, 2: 0.3, math.inf: 0.1}
SMALL = 60_000_000  # bytes, below which what libraries allocate once is as much


def estimate(network: str, objective: str, p: float, batch: int = 128) -> float:
    """Bytes, for the same training as benchmarks.training_memory measures."""
    known = OBJECTIVES[objective].defaults
    options = {name: value for name, value in {"eps": RADII[p], "p": p, "box": (0.0, 1.0)}.items() if name in known}
    x, y = torch.rand(batch, 1, 28, 28), torch.arange(batch) % 10
    made = ARCHITECTURES[network](0)
    engine = Engine(
        made, x, y, objective, epochs=1, batch_size=batch, lr=1e-4, seed=0, device="cpu", **options
    )  # fmt: skip
    return step_bytes(engine, engine.objective)


def check(network: str, objective: str, p: float, batch: int = 128) -> None:
    command = [sys.executable, "-m", "benchmarks.training_memory", "--one", network, objective, str(p)]
    command += ["--batch", str(batch)]
    root = Path(__file__).parents[3]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    measured, expected = 1e6 * float(done.stdout), estimate(network, objective, p, batch)
    assert measured < 1e9
    assert (measured - SMALL) / 1.5 < expected < 3 * (measured + SMALL), (measured, expected)


@pytest.mark.slow
def test_a_step_of_kw_in_l2_takes_what_is_expected() -> None:
    check("fc1", "kw", 2, batch=40)


@pytest.mark.slow
@pytest.mark.parametrize("p", RADII)
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("network", ["fc1", "cnn"])
def test_a_step_of_every_objective_takes_what_is_expected_and_less_than_a_gigabyte(
    network: str, objective: str, p: float
) -> None:
    check(network, objective, p)


@pytest.mark.parametrize("objective", ["kw", "crown-ibp", "tight-d", "kmmr"])
def test_a_smaller_batch_takes_less(objective: str) -> None:
    assert estimate("fc1", objective, 2, batch=2) < estimate("fc1", objective, 2)


def test_trainings_that_take_turns_hold_their_weights_and_one_step_at_a_time() -> None:
    x, y = torch.rand(30, 2), torch.arange(30) % 2
    one, other = (
        Engine(mlp((2, width, 2)), x, y, "kw", epochs=1, batch_size=30, lr=0.1, seed=0, device="cpu")
        for width in (10, 300)
    )
    both = training_memory([one, other])
    weights = sum(parameter.numel() for made in (one, other) for parameter in made.network.parameters())
    assert both.held == COPIES * 4 * weights
    assert both.step == max(step_bytes(made, made.objective) for made in (one, other))
