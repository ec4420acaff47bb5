"""Times of training steps: `python -m benchmarks.training [fc1 cnn] [--objectives kmmr kw]`.

First, for every objective, a step on a batch of 128 MNIST images as a multiple of a plain step, on FC1 (784-1024-10)
and on the small CNN, for l-infinity at eps = .1 where the objective has an eps, in the middle of training. Times are
CPU times, best of several steps; on a GPU, wall times. Wong and Kolter's own code needs 20 ms per point on FC1 and
222 ms on the CNN in a training step at batch 20, on a CPU.

Then the live view: steps a second of three 2-100-2 trainers in lockstep, in turn alone and each with a watch that
measures everything.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from typing import Any

import torch
from torch import Tensor

from benchmarks.outside import first_digits
from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.objectives import OBJECTIVES
from models.training.engine import Engine
from models.training.lockstep import Lockstep
from models.training.recipes import ARCHITECTURES
from models.training.trainer import Trainer
from models.training.watch import Watch

BATCH = 128
KW_AUTHORS = {"fc1": 20.0, "cnn": 222.0}  # ms per point


def engine(network: str, objective: str, x: Tensor, y: Tensor, device: str) -> Engine:
    """A training in the middle of its epochs, where schedules are at their end or half way."""
    options: dict[str, Any] = {"eps": 0.1} if "eps" in OBJECTIVES[objective].defaults else {}
    made = Engine(
        ARCHITECTURES[network](0),
        x,
        y,
        objective,
        epochs=100,
        batch_size=BATCH,
        lr=1e-4,
        seed=0,
        device=device,
        **options,
    )
    made.step = 60 * made.steps_per_epoch
    made.largest_loss = math.inf
    return made


def step_time(made: Engine) -> float:
    """ms of one step: CPU time, or wall time on a GPU."""
    clock = time.perf_counter if made.device.type == "cuda" else time.process_time
    began = clock()
    made.advance()  # reads the loss, so it waits for the GPU
    if made.device.type == "cuda":
        torch.cuda.synchronize()
    return 1e3 * (clock() - began)


def objectives(network: str, names: list[str], device: str, seconds: float) -> None:
    """A line for each objective: ms a step, its multiple of a plain step measured in turn, ms a point."""
    x = first_digits(BATCH)
    y = torch.arange(BATCH) % 10
    plain = engine(network, "plain", x, y, device)
    step_time(plain)
    for name in names:
        made = engine(network, name, x, y, device)
        ends = time.monotonic() + seconds
        times, base = [step_time(made)], [step_time(plain)]
        while time.monotonic() < ends and not made.message:
            times.append(step_time(made))
            base.append(step_time(plain))
        best = min(times)
        print(
            f"{network:5}{name:17}{best:10.1f} ms{best / min(base):9.1f} x{best / BATCH:10.2f} ms a point", flush=True
        )
        if made.message:
            print(f"      {made.message}")
    print(f"{network:5}{'KW, the authors':17}{'':27}{KW_AUTHORS[network]:6.0f} ms a point, in a batch of 20")


def live_view(seconds: float) -> None:
    """Steps a second of three small trainers in lockstep: alone, watched, alone, and so on."""
    data, together = DATASETS["mmr"](), Lockstep()
    x = torch.tensor(data.x, dtype=torch.float32)
    trainers = [
        Trainer(mlp((2, 100, 2)), x, data.y, "plain", epochs=10**9, lockstep=together, device="cpu") for _ in range(3)
    ]
    for trainer in trainers:
        trainer.start()
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(6):
        watched = turn % 2 == 1
        watches = [Watch(trainer, data.x, data.y, eps=0.1, p=2, window=data.window) for trainer in trainers if watched]
        first, began = trainers[0].engine.step, time.monotonic()
        time.sleep(seconds)
        rates[watched].append((trainers[0].engine.step - first) / (time.monotonic() - began))
        for watch in watches:
            watch.stop()
        time.sleep(0.5)
    for trainer in trainers:
        trainer.stop()
    alone, seen = (statistics.median(rates[watched]) for watched in (False, True))
    print(
        f"three 2-100-2 in lockstep: {alone:.0f} steps a second each, watched {seen:.0f}, {1 - seen / alone:.0%} less"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=["fc1", "cnn"], choices=["fc1", "cnn"])
    parser.add_argument("--objectives", nargs="*", default=list(OBJECTIVES), choices=OBJECTIVES)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each line, one step at least")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for network in options.networks:
        objectives(network, options.objectives, options.device, options.seconds)
    live_view(max(5.0, options.seconds))


if __name__ == "__main__":
    main()
