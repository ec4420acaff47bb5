"""The scheduling constants of turns, the semaphore and lockstep: `python -m benchmarks.scheduler [--seconds 4]`.

Four sessions compute in the background, one of them in long steps that never yield, and two train; two users pin points
repeatedly, and a newcomer begins a short computation in the background. For several values of each constant it prints
the delay of pins beyond their own computation, the wait of the newcomer, and the steps of the background and of the
trainings. The first line has the current constants.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType

import numpy as np
from torch import nn

from models import DATASETS, Trainer, mlp
from models.training.background import tuning as of_training
from pages.shared.background import tuning
from pages.shared.background.scheduler import Claim, Turns

VALUES: tuple[tuple[ModuleType, str, tuple[float, ...]], ...] = (
    (tuning, "TURN", (0.05, 0.25, 1.0)),
    (tuning, "PATIENCE", (1.0, 3.0, 10.0)),
    (tuning, "OVERDUE", (0.1, 0.3, 1.0)),
    (tuning, "LOOK", (0.001, 0.005, 0.05)),
    (tuning, "GLANCE", (0.05, 0.2, 1.0)),
    (of_training, "URGENT", (0.5, 2.0, 5.0)),
    (of_training, "AWAY", (0.02, 0.1, 0.5)),
    (of_training, "TURN", (0.005, 0.02, 0.1)),
)
STEP, STUCK = 0.002, 0.8  # seconds of a step: of those that yield, and of the session that never does
PIN, SHORT = 0.02, 0.05  # seconds of processor time that a pin and the newcomer need
PAUSE = 0.6  # seconds between pins of one user, on average


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="for each value")
    options = parser.parse_args()
    print(f"{'':21} {'pin waits':>18} {'newcomer':>10} {'background':>11} {'training':>10}")
    print(f"{'as they are':21} {_measure(options.seconds)}", flush=True)
    for module, name, values in VALUES:
        place, before = module.__name__.split(".")[0], getattr(module, name)
        for value in values:
            setattr(module, name, value)
            print(f"{place + '.' + name:15} {value:5g} {_measure(options.seconds)}", flush=True)
        setattr(module, name, before)
    return 0


def _measure(seconds: float) -> str:
    places, end, done, waits = Turns(2), threading.Event(), [0], list[float]()
    newcomer: list[float] = []
    data = DATASETS["moons"](60)
    trainers = [Trainer(_network(), data.x, data.y, epochs=10**6) for _ in range(2)]
    threads = [_thread(_background, places, f"session {k}", STUCK if k == 0 else STEP, done, end) for k in range(4)]
    threads += [_thread(_user, places, k, waits, end) for k in range(2)]
    for trainer in trainers:
        trainer.start()
    time.sleep(seconds / 4)
    threads.append(_thread(_newcomer, places, newcomer, end))
    time.sleep(3 * seconds / 4)
    steps = sum(trainer.engine.step for trainer in trainers)
    end.set()
    for trainer in trainers:
        trainer.stop()
    for thread in threads:
        thread.join()
    median, most = np.quantile(waits, [0.5, 0.95])
    waited = f"{newcomer[0]:8.2f} s" if newcomer else f"> {0.75 * seconds:.1f} s".rjust(10)
    return f"{median:6.3f} to {most:6.3f} s {waited} {done[0] / seconds:9.0f}/s {steps / seconds:8.0f}/s"


def _network() -> nn.Sequential:
    return mlp((2, 16, 2))


def _thread(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def _background(places: Turns, session: str, step: float, done: list[int], end: threading.Event) -> None:
    """Compute in the background until the end; counts steps of `STEP`."""
    claim = Claim("run", session=session)
    if places.take(claim, end.is_set):
        while not end.is_set():
            _compute(step)
            done[0] += round(step / STEP)
            places.rest(claim, end.is_set)
    places.give(claim)


def _once(places: Turns, claim: Claim, seconds: float, end: threading.Event) -> float:
    """Compute for `seconds`, and yield between steps; the delay beyond these seconds."""
    began = time.monotonic()
    if places.take(claim, end.is_set):
        for _ in range(round(seconds / STEP)):
            _compute(STEP)
            places.rest(claim, end.is_set)
    places.give(claim)
    return time.monotonic() - began - seconds


def _user(places: Turns, number: int, waits: list[float], end: threading.Event) -> None:
    draw = random.Random(number)
    while not end.wait(draw.uniform(0.5, 1.5) * PAUSE):
        waits.append(_once(places, Claim("pin", asked=True, session=f"user {number}"), PIN, end))


def _newcomer(places: Turns, waited: list[float], end: threading.Event) -> None:
    delay = _once(places, Claim("run", session="newcomer"), SHORT, end)
    if not end.is_set():
        waited.append(delay)


if __name__ == "__main__":
    sys.exit(main())
