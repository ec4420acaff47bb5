"""The moment on screen: the latest, one chosen on the timeline, or a film of all."""

from __future__ import annotations

import time
from dataclasses import dataclass

from models import Snapshot
from models.training.background.fair_semaphore import PLACES
from pages.shared import link
from pages.shared.state import Record, Value
from pages.shared.visitor import sets_aside
from pages.train.pictures import Moment
from pages.train.run import Run
from pages.train.setup import MOST_STEPS

# No benchmark chose these.
FILM_SECONDS = 10.0  # the length of a film, for any number of moments
PATIENCE = 3.0  # seconds after which an unanswered picture counts as lost, which limits how long pictures stop
TOGETHER = 5  # trainings up to which pictures are as frequent as for one; more share that frequency


@dataclass(eq=False)
class Reel:
    """The session's position on the timeline, and the picture sent to the browser."""

    at: int | None = None  # the step on screen; None follows training
    began: float | None = None  # when the film began; None if there is none
    turn: int = 0  # number of the picture sent last
    answered: bool = True  # whether the browser has drawn it
    due: float = 0.0  # when its answer is due
    last: tuple[Snapshot, ...] = ()
    shown: tuple[Moment, ...] = ()  # of `last`
    since: float = 0.0  # when the user last chose a moment; prepared pictures that began before are not shown
    old: bool = False  # whether the current picture was sent before
    held: bool = False  # whether the user holds the timeline's knob: another moment will follow

    @property
    def film(self) -> bool:
        return self.began is not None

    def heard(self, turn: int | None) -> None:
        self.answered = self.answered or turn == self.turn

    def moments(self, run: Run) -> tuple[Snapshot, ...]:
        """The snapshots to show now: the last ones while the browser is still drawing them."""
        waiting = not self.answered and time.monotonic() < self.due + PATIENCE
        self.old = waiting and (run.moving or self.film) and len(self.last) == len(run.trainers)
        if self.old:
            return self.last
        if self.began is not None:
            self._wind(run.steps)
        self.last = run.shown(self.at)
        return self.last

    def show(self, moments: tuple[Moment, ...]) -> None:
        """Record the moments on screen."""
        self.shown, self.last = moments, tuple(moment.snapshot for moment in moments if moment.snapshot is not None)

    def ahead(self, steps: list[int]) -> int | None:
        """The step that is on screen now without an interaction; None follows training."""
        return self.at if self.began is None else steps[min(int(self._share * len(steps)), len(steps) - 1)]

    def send(self, wait: float) -> int:
        """The number of the picture that is sent now, due after `wait` seconds. A repeated picture keeps it."""
        if not self.old:
            self.turn, self.answered, self.due = self.turn + 1, False, time.monotonic() + wait
        return self.turn

    def follow(self) -> None:
        """Show the latest from now on."""
        self._show(None)

    def go(self, step: int, run: Run) -> None:
        """Show the moment nearest this step from now on. At the last step it follows training."""
        nearest = min(run.steps, key=lambda other: abs(other - step))
        self._show(None if nearest >= run.step else nearest)

    def back(self, run: Run) -> None:
        """Show the moment before the one on screen."""
        current = run.step if self.at is None else self.at
        earlier = [step for step in run.steps if step < current]
        self._show(earlier[-1] if earlier else 0)

    def onward(self, run: Run) -> bool:
        """Show the moment after the one on screen. Returns False if there is none without a training step."""
        later = [] if self.at is None else [step for step in run.steps if step > self.at]
        self.began = None
        if later:
            self.go(later[0], run)
        return bool(later)

    def play(self) -> None:
        """Start the film at its beginning."""
        self.began = self.since = time.monotonic()
        self.held = False

    def _show(self, at: int | None) -> None:
        """Show a chosen moment, without waiting for the browser's answer to the last picture."""
        self.at, self.began, self.held, self.answered, self.since = at, None, False, True, time.monotonic()

    def _wind(self, steps: list[int]) -> None:
        """Move to the film's current step; at its end, follow training."""
        if self._share >= 1:
            self.follow()
        else:
            self.at = self.ahead(steps)

    @property
    def _share(self) -> float:
        """The share of the film that is over."""
        assert self.began is not None
        return (time.monotonic() - self.began) / FILM_SECONDS


class ReelState(Record):
    """The session's only reel."""

    reel: Value[Reel | None] = Value("train-reel", None)


STATE = ReelState()


def crowd() -> float:
    """The factor by which pictures and curves are rarer than for a single training, because others train, too."""
    return max(1.0, PLACES.taken / TOGETHER)


def current_reel() -> Reel:
    """The session's reel."""
    if STATE.reel is None:
        STATE.reel = Reel(at=link.opened("at", link.whole(0, MOST_STEPS), None))
    return STATE.reel


sets_aside(ReelState.reel, Reel.follow)
