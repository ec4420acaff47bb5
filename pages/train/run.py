"""A training under way: its trainers side by side, and what is measured of them."""

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
from pages.train.painter import Painter
from pages.train.pictures import Album, Moment
from pages.train.room import Room
from pages.train.setup import Setup

ENDED = {"finished": "All steps are done: raise *Steps at most* to go on.", "failed": "Training has failed: rewind."}
MOVING: tuple[State, ...] = ("running", "waiting")
FIRST_STEP = 0.15  # seconds that a click on Play waits for it
SHORTLY = 0.4  # seconds that other buttons wait for the step under way, so that they react within one


@dataclass(eq=False)
class Run:
    """Trainers of the same network on the same batches, one for each objective, at equal steps."""

    id: str
    key: str  # of the setup it belongs to
    titles: tuple[str, ...]
    trainers: tuple[Trainer, ...]
    watches: tuple[Watch, ...]
    lockstep: Lockstep
    clock: Clock
    gauge: tuple[float, Norm]  # eps and p of what is measured
    seen: tuple[Records, ...]
    album: Album = field(default_factory=Album)
    painter: Painter = field(init=False)
    checkpointers: tuple[Checkpointer, ...] = ()  # from the first step on
    ownership: Ownership | None = None  # of the checkpoints, as long as they are written
    ended: threading.Event = field(default_factory=threading.Event)
    _doing: str = ""  # what was asked for and goes on in the background

    def __post_init__(self) -> None:
        trainers = self.trainers
        self.painter = Painter(lambda: max(trainer.engine.cores for trainer in trainers))

    @property
    def state(self) -> State:
        """Of all together: moving if one is, finished if all are, and failed if nothing is left to be done."""
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
        """What is done with the step under way, after which nothing moves; empty if there is no such step."""
        return self._doing or ("Pausing" if any(trainer.halting for trainer in self.trainers) else "")

    @property
    def cores(self) -> int:
        """What a picture may use: no more than a step. Streamlit's ever new threads would start helpers anew."""
        return max(trainer.engine.cores for trainer in self.trainers)

    @property
    def over(self) -> str:
        """Why nothing is left to be trained, and what to do then; empty while there is."""
        return ENDED.get(self.state) or self.clock.over(self.trainers)

    @property
    def step(self) -> int:
        return max(trainer.snapshot().step for trainer in self.trainers)

    @property
    def steps(self) -> list[int]:
        """Those of which there are pictures, ascending."""
        return sorted({step for trainer in self.trainers for step in trainer.timeline.steps})

    def shown(self, step: int | None) -> tuple[Snapshot, ...]:
        """Each trainer's snapshot nearest a step; None is the latest."""
        if step is None:
            return tuple(trainer.snapshot() for trainer in self.trainers)
        return tuple(trainer.timeline.nearest(step) for trainer in self.trainers)

    def note(self, moments: Sequence[Moment]) -> None:
        """Keep what the pictures of the latest moment say, for the curves between what the watches measure."""
        for seen, moment in zip(self.seen, moments):
            seen.forget(after=moment.step - 1)
            seen.record(moment.step, moment.numbers())

    def curves(self) -> dict[str, dict[str, Curve]]:
        """Per objective: its loss and terms, and what is measured."""
        return {
            title: {**_terms(trainer), **_measured(trainer, watch, seen)}
            for title, trainer, watch, seen in zip(self.titles, self.trainers, self.watches, self.seen)
        }

    def play(self) -> None:
        """Train, and return with the first step, if it comes soon: the next picture is then already another."""
        if self.ending:
            return
        self.room.take()
        self._keep()
        before, end = self.step, time.monotonic() + FIRST_STEP
        start_together(*(trainer for trainer in self.trainers if trainer.state == "paused"))
        self.clock.start()  # not before something moves, or the guard might stop it again
        while self.moving and self.step == before and time.monotonic() < end:
            time.sleep(0.005)

    def pause(self) -> None:
        """Let the step under way be the last. It is waited for shortly; `ending` says so while it goes on."""
        self.clock.pause()
        end = time.monotonic() + SHORTLY
        for halted in self.lockstep.halt_all():
            halted.idle.wait(max(0.0, end - time.monotonic()))

    def advance(self) -> None:
        """One step of each; who is behind catches up."""
        self.room.take()
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
        """Pause, and then do it. What takes no longer than shortly is done on return; the rest in the background."""
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
    def room(self) -> Room:
        """Its share of the server's memory, from the first step on."""
        return Room(self.trainers)

    @property
    def refusal(self) -> str:
        """Why there is no room for a step in the server's memory, and what to change; empty if there is."""
        return self.room.refusal

    def end(self) -> None:
        """Stop permanently, and save checkpoints from which the run can be resumed.

        The last whole step is saved at once. The one under way is waited for shortly; if it ends, it is saved as well.
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
        self.room.release()

    def _saved(self) -> list[int]:
        """Save, if the run has begun; the steps that the trainers had before."""
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
        """What people call the device that trains."""
        name = str(self.trainers[0].engine.device)
        return devices().get(name, name)

    @property
    def notice(self) -> str:
        """What should be known of the files that it goes on from; empty if there is nothing."""
        return next((trainer.notice for trainer in self.trainers if trainer.notice), "")

    def steer(self, setup: Setup) -> None:
        """Let what may change while it runs be as the setup says.

        Raises
        ------
        ValueError
            If an option is out of range; those before it are changed. NoRoomError, and nothing is changed, if the
            server's memory has no room for what another norm or share needs.
        """
        self.room.make([chosen.live for chosen in setup.objectives])
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
    per_epoch = -(-len(setup.subject.x) // setup.batch)
    return -(-setup.stop.steps // per_epoch)


def _terms(trainer: Trainer) -> dict[str, Curve]:
    return {name if name == LOSS else TERM + name: curve for name, curve in trainer.losses.curves().items()}


def _measured(trainer: Trainer, watch: Watch, seen: Records) -> dict[str, Curve]:
    """What the watch, the pictures and the snapshots know, of each quantity together."""
    found = watch.history.curves()
    for name, curve in seen.curves().items():
        found[name] = merged(found[name], curve) if name in found else curve
    errors = [(snapshot.step, snapshot.metrics["error"]) for snapshot in trainer.timeline]
    steps, values = zip(*errors)
    return {**found, "clean_error": Curve(np.array(steps), np.array(values))}


def merged(one: Curve, other: Curve) -> Curve:
    """The points of both, by step; where both have a step, `one`'s."""
    steps, first = np.unique(np.concatenate([one.steps, other.steps]), return_index=True)
    return Curve(steps, np.concatenate([one.values, other.values])[first])
