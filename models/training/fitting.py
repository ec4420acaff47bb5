"""Training from the first step to the last in one call: `fit`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike
from torch import Tensor, nn

from geometry.computation.cores import cores
from models.objectives import Objective
from models.training.engine import Engine
from models.training.learning_rates import Drops
from models.training.timeline import Metrics


@dataclass(frozen=True, eq=False)
class History:
    """The course of a fit. `epochs`: per epoch the mean loss and terms, and the error on all data at its end."""

    epochs: tuple[Metrics, ...]
    seconds: float
    message: str  # why it ended early; empty if it did not


def fit(
    network: nn.Sequential,
    x: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    objective: str | Objective = "plain",
    *,
    epochs: int,
    batch_size: int = 128,
    lr: float = 1e-3,
    lr_drop: Drops = None,
    lr_divisor: float = 10,
    seed: int = 0,
    device: str = "auto",
    augment: str | None = None,
    progress: Callable[[int, Metrics], None] | None = None,
    **objective_options: Any,
) -> History:
    """Train `network` in place and leave it in eval mode; parameters and errors as for `Trainer`.

    `progress(epoch, metrics)` is called after every epoch. If training diverges, the network is left with its last
    good weights and the history's message says why.
    """
    engine = Engine(
        network,
        x,
        y,
        objective,
        epochs=epochs,
        batch_size=batch_size,
        lr=lr,
        lr_drop=lr_drop,
        lr_divisor=lr_divisor,
        seed=seed,
        device=device,
        augment=augment,
        **objective_options,
    )
    started = time.monotonic()
    records: list[Metrics] = []
    with cores(engine.cores):
        for epoch in range(1, epochs + 1):
            record = _epoch(engine, epoch)
            if engine.message:
                break
            records.append(record)
            if progress is not None:
                progress(epoch, record)
    network.load_state_dict(engine.snapshot.weights)
    network.eval()
    return History(tuple(records), time.monotonic() - started, engine.message)


def _epoch(engine: Engine, epoch: int) -> Metrics:
    """Train to the end of an epoch; the mean of its steps' terms, and the error after it."""
    steps: list[Metrics] = []
    engine.run(epoch * engine.steps_per_epoch, each=steps.append)
    means = {name: sum(terms[name] for terms in steps) / len(steps) for name in engine.terms}
    return {**means, "error": engine.error()}
