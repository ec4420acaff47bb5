"""A training under way: its trainers side by side, what is measured of them, and who stops them when it is time."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
import torch

from figures.curves import LOSS, TERM
from geometry.norms import Norm
from models import Curve, Level, Records, Snapshot, Trainer
from models.beside import beside
from models.keeper import Keeper
from models.training import State, start_together
from models.watch import Watch
from pages.train.checkpoints import keepers, load_all, new_id, save_all
from pages.train.pictures import MEASURED, Album, Moment
from pages.train.setup import Setup, Stop, options_of

RUN = "train-run"
GUARD = 0.2  # seconds between looks at whether training is to stop
ENDED = {"finished": "All steps are done: raise *Steps at most* to go on.", "failed": "Training has failed: rewind."}
MOVING: tuple[State, ...] = ("running", "waiting")
FIRST_STEP = 0.15  # seconds that a click on Play waits for it


@dataclass(eq=False)
class Run:
    """Trainers of the same network on the same batches, one for each objective, at equal steps."""

    id: str
    key: str  # of the setup it belongs to
    titles: tuple[str, ...]
    trainers: tuple[Trainer, ...]
    watches: tuple[Watch, ...]
    level: Level
    clock: Clock
    gauge: tuple[float, Norm]  # eps and p of what is measured
    seen: tuple[Records, ...]
    album: Album = field(default_factory=Album)
    keepers: tuple[Keeper, ...] = ()  # from the first step on
    ended: threading.Event = field(default_factory=threading.Event)

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
        return self.state in MOVING

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
        if not self.keepers:
            self.keepers = keepers(self.id, self.trainers)
        before, end = self.step, time.monotonic() + FIRST_STEP
        start_together(*(trainer for trainer in self.trainers if trainer.state == "paused"))
        self.clock.start()  # not before something moves, or the guard might stop it again
        while self.moving and self.step == before and time.monotonic() < end:
            time.sleep(0.005)

    def pause(self) -> None:
        self.level.pause()
        self.clock.pause()

    def advance(self) -> None:
        """One step of each; who is behind catches up."""
        self.pause()
        goal = self.step + 1
        for trainer in self.trainers:
            if trainer.state == "paused":
                trainer.step(goal - trainer.snapshot().step)

    def rewind(self) -> None:
        self.pause()
        self.clock.reset()
        for trainer in self.trainers:
            trainer.rewind()

    def end(self) -> None:
        """For good; who comes back can go on from here."""
        self.ended.set()
        self.level.pause()
        if self.keepers:
            save_all(self.id, self.trainers)
        for trainer in self.trainers:
            trainer.stop()

    @property
    def trouble(self) -> str:
        """Why no checkpoint can be written; empty if all can."""
        return next((keeper.message for keeper in self.keepers if keeper.message), "")

    def steer(self, setup: Setup) -> None:
        """Let what may change while it runs be as the setup says.

        Raises
        ------
        ValueError
            If an option is out of range; those before it are changed.
        """
        self.level.pace = setup.pace
        self.clock.stop = setup.stop
        for trainer, chosen in zip(self.trainers, setup.objectives):
            trainer.change(lr=setup.lr, epochs=epochs_of(setup), **chosen.live)
        if self.gauge != (gauge := (setup.eps, setup.p)):
            self.gauge = gauge
            for seen in self.seen:
                seen.forget()
            for watch in self.watches:
                watch.change(eps=setup.eps, p=setup.p)


@dataclass(eq=False)
class Clock:
    """For how long a run has been moving, and when it is to stop."""

    stop: Stop
    seconds: float = 0.0
    since: float | None = None

    def start(self) -> None:
        if self.since is None:
            self.since = time.monotonic()

    def pause(self) -> None:
        self.seconds, self.since = self.elapsed, None

    def reset(self) -> None:
        self.seconds, self.since = 0.0, None

    @property
    def elapsed(self) -> float:
        return self.seconds + (0.0 if self.since is None else time.monotonic() - self.since)

    def over(self, trainers: tuple[Trainer, ...]) -> str:
        """Why it is time to stop: the seconds are over, or every error is small enough. Empty if it is not."""
        if self.stop.seconds is not None and self.elapsed >= self.stop.seconds:
            return f"The {self.stop.seconds:g} seconds are over: raise *Seconds* to go on, or rewind."
        if self.stop.error is not None:
            shown = [trainer.snapshot() for trainer in trainers]
            if all(snapshot.step > 0 and snapshot.metrics["error"] <= self.stop.error for snapshot in shown):
                return f"Every error is at most {100 * self.stop.error:g} %: lower *Error in %* to go on, or rewind."
        return ""


def epochs_of(setup: Setup) -> int:
    per_epoch = -(-len(setup.subject.x) // setup.batch)
    return -(-setup.stop.steps // per_epoch)


def current_run(setup: Setup) -> Run:
    """The session's run of this setup, made if there is none; another setup's ends.

    Raises
    ------
    ValueError
        If network, data and objectives do not fit.
    """
    run: Run | None = st.session_state.get(RUN)
    if run is None or run.key != setup.key or run.state == "stopped":
        run = hold(new_id(), setup)
    run.steer(setup)
    return run


def hold(run_id: str, setup: Setup, resume: bool = False) -> Run:
    """Make a run the session's own; with `resume`, from its checkpoints. The one before ends."""
    st.session_state[RUN] = run = _held(run_id, setup, resume)
    return run


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda run: run.end())
def _held(run_id: str, _setup: Setup, _resume: bool) -> Run:
    """The session's one run: the next one, or the end of the session, ends it."""
    level = Level(_setup.pace)
    return make_run(run_id, _setup, level, load_all(run_id, _setup, level) if _resume else None)


def make_run(run_id: str, setup: Setup, level: Level, resumed: tuple[Trainer, ...] | None = None) -> Run:
    """A run, paused: of trainers that are resumed, or of new ones at step 0.

    Raises
    ------
    ValueError
        If network, data and objectives do not fit.
    """
    subject = setup.subject
    trainers = _new_trainers(setup, level) if resumed is None else resumed
    where: dict[str, Any] = {
        "eps": setup.eps,
        "p": setup.p,
        "box": subject.box,
        "window": subject.window,
        "plane": subject.plane,
    }
    watches = tuple(Watch(trainer, subject.x, subject.y, points=MEASURED, **where) for trainer in trainers)
    titles = tuple(chosen.title for chosen in setup.objectives)
    seen = tuple(Records() for _ in trainers)
    run = Run(run_id, setup.key, titles, trainers, watches, level, Clock(setup.stop), (setup.eps, setup.p), seen)
    if resumed is not None:
        run.keepers = keepers(run_id, trainers)
    _guard(run)
    return run


def _new_trainers(setup: Setup, level: Level) -> tuple[Trainer, ...]:
    x, y = torch.tensor(setup.subject.x, dtype=torch.float32), torch.tensor(setup.subject.y)
    common: dict[str, Any] = {
        "epochs": epochs_of(setup),
        "batch_size": setup.batch,
        "lr": setup.lr,
        "lr_drop": setup.lr_drop,
        "seed": setup.seed,
    }
    return tuple(
        Trainer(setup.network, x, y, chosen.name, level=level, **common, **options_of(chosen))
        for chosen in setup.objectives
    )


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


def _guard(run: Run) -> None:
    """Stop the run when its clock says so, and its clock when nothing moves, whoever looks or not.

    It ends with the run, which it does not keep alive.
    """
    reference = weakref.ref(run)

    def look(_: Trainer) -> float:
        if (run := reference()) is not None:
            if run.moving and run.clock.over(run.trainers):
                run.level.pause()
            if not any(trainer.state in MOVING for trainer in run.trainers):
                run.clock.pause()
        return GUARD

    beside(run.trainers[0], "guard", look, run.ended)
