"""Training that can be watched and steered: `Trainer`; and from beginning to end: `fit`."""

from __future__ import annotations

import copy
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike
from torch import Tensor, nn

from models.engine import Engine, Metrics, Snapshot, check_lr
from models.objectives import Objective
from models.threads import cores

State: TypeAlias = Literal["paused", "running", "finished", "failed", "stopped"]

MAX_RUNNING = max(2, os.cpu_count() or 1)  # trainers of this process that may run at the same time
PATIENCE = 0.4  # seconds that stop() waits for the step under way

_places = threading.BoundedSemaphore(MAX_RUNNING)


class TooManyTrainersError(RuntimeError):
    """As many trainers run in this process as may at the same time."""


class Trainer:
    """Trains a copy of a network, in a thread of its own after `start`, with Adam.

    Parameters
    ----------
    network : torch.nn.Sequential; its weights are where training begins and where `rewind` returns to
    x, y : (n, *input_shape) points and (n,) labels 0..classes-1
    objective : a name in OBJECTIVES, with its options as keywords, or an Objective
    epochs : after which training is finished; schedules stretch over them
    seed : of batches and attacks; the same seed on the same machine gives the same weights
    device : "auto" is CUDA when there, else CPU

    Raises
    ------
    ValueError
        If data, labels, options or numbers do not fit, naming them.
    """

    def __init__(
        self,
        network: nn.Sequential,
        x: ArrayLike | Tensor,
        y: ArrayLike | Tensor,
        objective: str | Objective = "plain",
        *,
        epochs: int = 1000,
        batch_size: int = 128,
        lr: float = 1e-3,
        seed: int = 0,
        device: str = "auto",
        **objective_options: Any,
    ) -> None:
        self._engine = Engine(
            network,
            x,
            y,
            objective,
            epochs=epochs,
            batch_size=batch_size,
            lr=lr,
            seed=seed,
            device=device,
            **objective_options,
        )
        self._plan = copy.deepcopy(network).to("cpu")
        self._steering = threading.RLock()  # one caller at a time
        self._halt = threading.Event()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def state(self) -> State:
        """What the trainer is doing now."""
        if self._stopped:
            return "stopped"
        if self._engine.message:
            return "failed"
        if self._thread is not None and self._thread.is_alive():
            return "running"
        return "finished" if self._engine.step >= self._engine.total_steps else "paused"

    @property
    def message(self) -> str:
        """Why training failed, for people to read; empty if it did not."""
        return self._engine.message

    @property
    def objective(self) -> Objective:
        return self._engine.objective

    @property
    def total_steps(self) -> int:
        return self._engine.total_steps

    def start(self) -> None:
        """Run in the background until paused, stopped, finished or failed.

        Raises
        ------
        TooManyTrainersError
            If as many trainers run in this process as may.
        ValueError
            If the trainer was stopped or has failed.
        """
        with self._steering:
            self._check_usable()
            if self.state != "paused":
                return
            if not _places.acquire(blocking=False):
                raise TooManyTrainersError(
                    f"{MAX_RUNNING} trainings are running on this machine, as many as it takes; "
                    "pause one or try again in a while"
                )
            self._halt.clear()
            self._thread = threading.Thread(target=self._run, name="trainer", daemon=True)
            self._thread.start()

    def pause(self) -> Snapshot:
        """Halt after the step under way; the snapshot is of now."""
        self._halt.set()
        with self._steering:
            self._halt.set()  # a start() may have come between
            if self._thread is not None:
                self._thread.join()
            return self.snapshot()

    def step(self, n: int = 1) -> Snapshot:
        """Pause, then make n steps, fewer if training ends, fails or is paused meanwhile."""
        with self._steering:
            self._check_usable()
            self.pause()
            self._halt.clear()
            self._advance(self._engine.step + n)
            return self.snapshot()

    def rewind(self) -> Snapshot:
        """Pause and return to the initial weights, batches and randomness: training would repeat itself."""
        with self._steering:
            self._check_not_stopped()
            self.pause()
            self._engine.reset()
            return self.snapshot()

    def stop(self) -> None:
        """End for good, within half a second even if a step takes longer. Snapshots can still be read."""
        self._stopped = True
        thread = self._thread
        if thread is not None:
            thread.join(PATIENCE)

    def snapshot(self) -> Snapshot:
        """The latest snapshot, at most moments old while training runs. It never waits, and never changes."""
        return self._engine.snapshot

    def network(self, snapshot: Snapshot | None = None) -> nn.Sequential:
        """A new network in eval mode, on the CPU, with the weights of a snapshot, by default the latest."""
        network = copy.deepcopy(self._plan)
        network.load_state_dict((snapshot or self.snapshot()).weights)
        return network.eval()

    def change(self, *, lr: float | None = None, **objective_options: Any) -> None:
        """Change the learning rate or options of the objective from the next step on, also while it runs.

        Raises
        ------
        ValueError
            If the objective has no such option or a value is out of range; nothing is changed then.
        """
        new_lr = self._engine.lr if lr is None else check_lr(lr)
        try:
            objective = replace(self._engine.objective, **objective_options)  # type: ignore[type-var]
        except TypeError as error:
            name = type(self._engine.objective).__name__
            raise ValueError(f"{name} has no option among {sorted(objective_options)}") from error
        self._engine.lr, self._engine.objective = new_lr, objective

    def _check_not_stopped(self) -> None:
        if self._stopped:
            raise ValueError("this trainer was stopped; make a new one")

    def _check_usable(self) -> None:
        self._check_not_stopped()
        if self.message:
            raise ValueError(f"{self.message} Rewind to begin again.")

    def _run(self) -> None:
        try:
            self._advance(self._engine.total_steps)
        finally:
            _places.release()

    def _advance(self, until: int) -> None:
        try:
            with cores(self._engine.cores):
                self._engine.run(until, lambda: self._stopped or self._halt.is_set())
        except Exception as error:  # a thread has nobody to raise to: whoever looks at the trainer is told
            self._engine.fail(f"Training failed at step {self._engine.step}: {error}.")


@dataclass(frozen=True, eq=False)
class History:
    """How a fit went. `epochs`: per epoch the mean loss and terms, and the error on all data at its end."""

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
    seed: int = 0,
    device: str = "auto",
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
        seed=seed,
        device=device,
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
