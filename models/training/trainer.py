"""Interactive training in the background: `Trainer`. For training in one call see `models.training.fitting`."""

from __future__ import annotations

import copy
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from numpy.typing import ArrayLike
from torch import Tensor, nn

from geometry.computation.cores import cores
from models.objectives import Objective
from models.training.background import tuning
from models.training.background.fair_semaphore import PROCESSOR
from models.training.engine import Engine, Pulse
from models.training.learning_rates import Drops, check_lr
from models.training.lockstep import DrivenEngine, Lockstep
from models.training.timeline import Records, Snapshot, Timeline

State: TypeAlias = Literal["paused", "waiting", "running", "finished", "failed", "stopped"]

STOP_SECONDS = 0.4  # seconds that stop() waits for the step under way: a limit, as it promises half a second


class Trainer:
    """Trains a copy of a network with Adam, after `start` in a background thread.

    Parameters
    ----------
    network : torch.nn.Sequential; training begins with its weights, and `rewind` returns to them
    x, y : (n, *input_shape) points and (n,) labels 0..classes-1
    objective : a name in OBJECTIVES, with its options as keywords, or an Objective
    epochs : after which training is finished; schedules refer to this number
    lr_drop, lr_divisor : share of the epochs after which the learning rate is divided, or several rising shares, and
        what by; None: never
    seed : of batches and attacks; the same seed on the same machine gives the same weights, and the same batches
        whatever the objective
    device : "auto" is CUDA when there, else CPU
    augment : a name in AUGMENTATIONS, for images in [0, 1]; None trains on x as it is
    lockstep : trainers with the same lockstep have equal step numbers while they run; by default each has its own

    A tensor x in the network's dtype is not copied, so trainers may share one.

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
        lr_drop: Drops = None,
        lr_divisor: float = 10,
        seed: int = 0,
        device: str = "auto",
        augment: str | None = None,
        lockstep: Lockstep | None = None,
        **objective_options: Any,
    ) -> None:
        self.engine = Engine(
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
            timeline=Timeline(),
            **objective_options,
        )
        self._plan = copy.deepcopy(network).to("cpu")
        self._steering = threading.RLock()  # one caller at a time
        self._run = DrivenEngine(self.engine)
        self._lockstep = Lockstep() if lockstep is None else lockstep
        self._stopped = False
        self._pause_request = object()  # a new object for each call of pause(): it cancels a step() under way
        weakref.finalize(self, self._run.abandon)

    @property
    def state(self) -> State:
        """The state of the trainer now."""
        if self._stopped:
            return "stopped"
        if self.engine.message:
            return "failed"
        if not self._run.idle.is_set():
            return "running" if self.place is None else "waiting"
        return "finished" if self.engine.step >= self.engine.total_steps else "paused"

    @property
    def halting(self) -> bool:
        """Whether it pauses after the step under way."""
        return self._run.halt.is_set() and not self._run.idle.is_set()

    @property
    def place(self) -> int | None:
        """Its position, from 1, in the queue of trainings that wait for a place on this machine; None if not in it."""
        return None if self._run.idle.is_set() else self._lockstep.place

    @property
    def message(self) -> str:
        """The reason why training failed, as a sentence; empty if it did not."""
        return self.engine.message

    @property
    def notice(self) -> str:
        """A warning about the checkpoint that it resumes; empty if there is none."""
        return self.engine.notice

    @property
    def objective(self) -> Objective:
        return self.engine.objective

    @property
    def lr(self) -> float:
        """The learning rate of the next step."""
        return self.engine.lr_now

    @property
    def total_steps(self) -> int:
        return self.engine.total_steps

    @property
    def timeline(self) -> Timeline:
        """Snapshots from the initial weights to the latest."""
        return self.engine.timeline

    @property
    def losses(self) -> Records:
        """The loss and its terms, "loss" and the objective's names, by step."""
        return self.engine.losses

    @property
    def pace(self) -> float | None:
        """Most steps a second, for all trainers of its lockstep; None: as many as possible. May be set at any time."""
        return self._lockstep.pace

    @pace.setter
    def pace(self, pace: float | None) -> None:
        self._lockstep.pace = pace

    def start(self) -> None:
        """Run in the background until paused, stopped, finished or failed. It is "waiting" first if no place is free.

        Raises
        ------
        ValueError
            If the trainer was stopped or has failed.
        """
        start_together(self)

    def pause(self) -> Snapshot:
        """Halt after the step under way; the snapshot of that step."""
        self._pause_request = object()
        PROCESSOR.look_again(self)
        self._lockstep.halt(self._run)
        with self._steering:
            self._halt()  # another thread may have called start() in between
            return self.snapshot()

    def step(self, n: int = 1) -> Snapshot:
        """Pause, then make n steps, fewer if training ends, fails or is paused before."""
        request = self._pause_request
        with self._steering:
            self._check_usable()
            self._halt()
            with cores(self.engine.cores):
                self._advance(self.engine.step + n, lambda: self._pause_request is not request)
            self.engine.publish_last()
            return self.snapshot()

    def rewind(self) -> Snapshot:
        """Pause and return to the initial weights and the first batch, so that training repeats exactly."""
        with self._steering:
            self._check_not_stopped()
            self._halt()
            with PROCESSOR:
                self.engine.reset()
            return self.snapshot()

    def stop(self) -> None:
        """End for good, within half a second even if a step takes longer. Snapshots can still be read."""
        stop_together(self)

    def snapshot(self) -> Snapshot:
        """The latest snapshot, which never changes. The call never waits."""
        return self.engine.snapshot

    def network(self, snapshot: Snapshot | None = None) -> nn.Sequential:
        """A new network in eval mode, on the CPU, with the weights of a snapshot, by default the latest."""
        network = copy.deepcopy(self._plan)
        network.load_state_dict((snapshot or self.snapshot()).weights)
        return network.eval()

    def change(self, *, lr: float | None = None, epochs: int | None = None, **objective_options: Any) -> None:
        """Change learning rate, number of epochs or options of the objective from the next step on, even while running.

        Raises
        ------
        ValueError
            If the objective has no such option or a value is out of range; nothing is changed then.
        """
        new_lr = self.engine.lr if lr is None else check_lr(lr)
        if epochs is not None and epochs < 1:
            raise ValueError(f"epochs must be 1 or above, got {epochs}")
        try:
            objective = replace(self.engine.objective, **objective_options)  # type: ignore[type-var]
        except TypeError as error:
            name = type(self.engine.objective).__name__
            raise ValueError(f"{name} has no option among {sorted(objective_options)}") from error
        self.engine.lr, self.engine.objective = new_lr, objective
        self.engine.epochs = self.engine.epochs if epochs is None else epochs

    def _check_not_stopped(self) -> None:
        if self._stopped:
            raise ValueError("this trainer was stopped; make a new one")

    def _check_usable(self) -> None:
        self._check_not_stopped()
        if self.message:
            raise ValueError(f"{self.message} Rewind to begin again.")

    def _halt(self) -> None:
        """Halt its run and wait until it is idle."""
        self._lockstep.halt(self._run)
        self._run.idle.wait()

    def _advance(self, until: int, paused: Callable[[], bool]) -> None:
        """Train in the calling thread, in turns with all other trainers of the process."""

        def cancelled() -> bool:
            return self._stopped or self.engine.ended or paused()

        pulse = Pulse()
        while self.engine.step < until and not cancelled() and PROCESSOR.acquire(self, cancelled):
            end = time.monotonic() + tuning.TURN
            try:
                while self.engine.step < until and time.monotonic() < end and not cancelled():
                    self._run.advance()
                if pulse.due():
                    with pulse:
                        self.engine.publish_last()
            finally:
                PROCESSOR.release()


def start_together(*trainers: Trainer) -> None:
    """`start` for trainers of one lockstep at the same moment, so that their step numbers stay equal.

    Raises
    ------
    ValueError
        If one of them was stopped or has failed; none is started then.
    """
    with ExitStack() as steering:
        for trainer in trainers:
            steering.enter_context(trainer._steering)
            trainer._check_usable()
        ready = [trainer for trainer in trainers if trainer.state == "paused"]
        if ready:
            ready[0]._lockstep.start(*[trainer._run for trainer in ready])


def stop_together(*trainers: Trainer) -> None:
    """`stop` for several trainers in the time of one."""
    end = time.monotonic() + STOP_SECONDS
    for trainer in trainers:
        trainer._stopped = True
        PROCESSOR.look_again(trainer)
        trainer._lockstep.halt(trainer._run)
    for trainer in trainers:
        trainer._run.idle.wait(max(0.0, end - time.monotonic()))
