"""A run: trainers side by side, one for each objective, and their measures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from figures.training.curves import LOSS, TERM
from geometry.computation.cached_property import cached_property
from geometry.norms import Norm
from models import Curve, Lockstep, Records, Snapshot, Trainer
from models.files.ownership import Ownership
from models.training.background.threads import background
from models.training.checkpointer import Checkpointer
from models.training.devices import devices
from models.training.measures import DEPENDENT
from models.training.trainer import State, start_together, stop_together
from models.training.watch import Watch
from pages.train.checkpoints import checkpointers, own, save_all
from pages.train.clock import Clock
from pages.train.memory_share import MemoryShare
from pages.train.painter import Painter
from pages.train.pictures import Album, Moment
from pages.train.setup import Setup

ENDED = {"finished": "All steps are done: raise *Steps at most* to go on.", "failed": "Training has failed: rewind."}
MOVING: tuple[State, ...] = ("running", "waiting")
# These limit how long a button blocks the page; no benchmark chose them.
FIRST_STEP = 0.15  # seconds that a click on Play waits for the first step
SHORTLY = 0.4  # seconds that other buttons wait for the running step


@dataclass(eq=False)
class Run:
    """Trainers of the same network on the same batches, one for each objective, at equal steps."""

    id: str
    key: str  # of its setup
    titles: tuple[str, ...]
    trainers: tuple[Trainer, ...]
    watches: tuple[Watch, ...]
    lockstep: Lockstep
    clock: Clock
    gauge: tuple[float, Norm]  # eps and p of the measures
    seen: tuple[Records, ...]  # measures from the pictures
    album: Album = field(default_factory=Album)
    painter: Painter = field(init=False)
    checkpointers: tuple[Checkpointer, ...] = ()  # from the first step on
    ownership: Ownership | None = None  # of the checkpoints, while they are written
    ended: threading.Event = field(default_factory=threading.Event)
    _doing: str = ""  # the action that runs in the background

    def __post_init__(self) -> None:
        trainers = self.trainers
        self.painter = Painter(lambda: max(trainer.engine.cores for trainer in trainers))

    @property
    def state(self) -> State:
        """The state of all trainers: moving if one is, finished if all are, failed if none can go on."""
        states = [trainer.state for trainer in self.trainers]
        for state in ("stopped", "waiting", "running", "paused", "finished"):
            if state in states:
                return state
        return "failed"

    @property
    def moving(self) -> bool:
        return self.state in MOVING or bool(self.ending)

    @property
    def ending(self) -> str:
        """The action that waits for the running step, such as "Pausing"; empty if there is none."""
        return self._doing or ("Pausing" if any(trainer.halting for trainer in self.trainers) else "")

    @property
    def cores(self) -> int:
        """The cores that a picture may use: as many as a step. With more, each new thread would start helpers."""
        return max(trainer.engine.cores for trainer in self.trainers)

    @property
    def over(self) -> str:
        """Why training has ended, and how to continue; empty while it has not."""
        return ENDED.get(self.state) or self.clock.over(self.trainers)

    @property
    def step(self) -> int:
        return max(trainer.snapshot().step for trainer in self.trainers)

    @property
    def steps(self) -> list[int]:
        """The steps in the timelines, ascending."""
        return sorted({step for trainer in self.trainers for step in trainer.timeline.steps})

    def shown(self, step: int | None) -> tuple[Snapshot, ...]:
        """Each trainer's snapshot nearest a step; None is the latest."""
        if step is None:
            return tuple(trainer.snapshot() for trainer in self.trainers)
        return tuple(trainer.timeline.nearest(step) for trainer in self.trainers)

    def note(self, moments: Sequence[Moment]) -> None:
        """Record the measures of the latest pictures, for the curves between the measures of the watches."""
        for seen, moment in zip(self.seen, moments):
            seen.forget(after=moment.step - 1)
            seen.record(moment.step, moment.numbers())

    def curves(self) -> dict[str, dict[str, Curve]]:
        """For each objective: its loss and terms, and its measures."""
        return {
            title: {**_terms(trainer), **_measured(trainer, watch, seen)}
            for title, trainer, watch, seen in zip(self.titles, self.trainers, self.watches, self.seen)
        }

    def play(self) -> None:
        """Train. Returns after the first step, or after `FIRST_STEP` seconds, so that the next picture may be new."""
        if self.ending:
            return
        self.memory.take()
        self._keep()
        before, end = self.step, time.monotonic() + FIRST_STEP
        start_together(*(trainer for trainer in self.trainers if trainer.state == "paused"))
        self.clock.start()  # after the trainers: the guard stops the clock when nothing moves
        while self.moving and self.step == before and time.monotonic() < end:
            time.sleep(0.005)

    def pause(self) -> None:
        """Pause after the running step. Waits `SHORTLY` seconds for it; `ending` is set while it goes on."""
        self.clock.pause()
        end = time.monotonic() + SHORTLY
        for halted in self.lockstep.halt_all():
            halted.idle.wait(max(0.0, end - time.monotonic()))

    def advance(self) -> None:
        """One step of each trainer. Trainers that are behind catch up."""
        self.memory.take()
        self._keep()
        self._do("One step", self._step)

    def _step(self) -> None:
        goal = self.step + 1
        for trainer in self.trainers:
            if trainer.state == "paused":
                trainer.step(goal - trainer.snapshot().step)

    def _keep(self) -> None:
        """Write checkpoints from now on."""
        if not self.checkpointers:
            self.ownership = own(self.id)
            self.checkpointers = checkpointers(self.id, self.trainers)

    def rewind(self) -> None:
        self._do("Rewinding", self._rewind)

    def _rewind(self) -> None:
        self.clock.reset()
        for trainer in self.trainers:
            if trainer.state != "stopped":
                trainer.rewind()

    def _do(self, what: str, work: Callable[[], None]) -> None:
        """Pause, then call `work`. Returns when it has ended, or after `SHORTLY` seconds, while it goes on."""
        if self._doing:
            return
        self._doing = what
        self.clock.pause()
        self.lockstep.halt_all()
        done = threading.Event()

        def then() -> None:
            try:
                self.lockstep.pause()
                work()
            finally:
                self._doing = ""
                done.set()

        background(then, "transport", lambda: stop_together(*self.trainers))
        done.wait(SHORTLY)

    @cached_property
    def memory(self) -> MemoryShare:
        """Its share of the server's memory, reserved from the first step on."""
        return MemoryShare(self.trainers)

    @property
    def refusal(self) -> str:
        """Why the server's memory is too small for a step, and what to change; empty if it is not."""
        return self.memory.refusal

    def end(self) -> None:
        """Stop permanently, and save checkpoints from which the run can be resumed.

        The last whole step is saved at once. If the running step ends soon, it is saved, too.
        """
        self.ended.set()
        self.painter.end()
        steps = self._saved()
        stop_together(*self.trainers)
        if self.checkpointers and [trainer.engine.step for trainer in self.trainers] != steps:
            self._saved()
        for checkpointer in self.checkpointers:
            checkpointer.stop()
        if self.ownership is not None:
            self.ownership.release()
        self.memory.release()

    def _saved(self) -> list[int]:
        """Save checkpoints if the run has begun. Returns the trainers' steps before."""
        steps = [trainer.engine.step for trainer in self.trainers]
        if self.checkpointers:
            save_all(self.id, self.trainers)
        return steps

    @property
    def trouble(self) -> str:
        """Why no checkpoint can be written; empty if all can."""
        return next((checkpointer.message for checkpointer in self.checkpointers if checkpointer.message), "")

    @property
    def device(self) -> str:
        """The title of the device that trains."""
        name = str(self.trainers[0].engine.device)
        return devices().get(name, name)

    @property
    def notice(self) -> str:
        """A notice about the files from which it was resumed; empty if there is none."""
        return next((trainer.notice for trainer in self.trainers if trainer.notice), "")

    def steer(self, setup: Setup) -> None:
        """Apply the setup's values that may change during training.

        Raises
        ------
        ValueError
            If an option is out of range; the options before it are changed. A NoRoomError if the server's memory is too
            small for another norm or share; then nothing is changed.
        """
        self.memory.change([chosen.live for chosen in setup.objectives])
        self.lockstep.pace = setup.pace
        self.clock.stop = setup.stop
        for trainer, chosen in zip(self.trainers, setup.objectives):
            trainer.change(lr=setup.lr, epochs=epochs_of(setup), **chosen.live)
        if self.gauge != (gauge := (setup.eps, setup.p)):
            changed = {
                name: value for name, value, old in zip(("eps", "p"), gauge, self.gauge, strict=True) if value != old
            }
            self.gauge = gauge
            for seen in self.seen:
                seen.drop(frozenset().union(*(DEPENDENT[name] for name in changed)))
            for watch in self.watches:
                watch.change(**changed)


def epochs_of(setup: Setup) -> int:
    per_epoch = -(-len(setup.data.x) // setup.batch)
    return -(-setup.stop.steps // per_epoch)


def _terms(trainer: Trainer) -> dict[str, Curve]:
    return {name if name == LOSS else TERM + name: curve for name, curve in trainer.losses.curves().items()}


def _measured(trainer: Trainer, watch: Watch, seen: Records) -> dict[str, Curve]:
    """The curve of each measure, merged from the watch, the pictures and the snapshots."""
    curves = watch.history.curves()
    for name, curve in seen.curves().items():
        curves[name] = merged(curves[name], curve) if name in curves else curve
    errors = [(snapshot.step, snapshot.metrics["error"]) for snapshot in trainer.timeline]
    steps, values = zip(*errors)
    return {**curves, "clean_error": Curve(np.array(steps), np.array(values))}


def merged(one: Curve, other: Curve) -> Curve:
    """The points of both curves by step. At a step of both it is that of `one`."""
    steps, first = np.unique(np.concatenate([one.steps, other.steps]), return_index=True)
    return Curve(steps, np.concatenate([one.values, other.values])[first])
