"""Which moment is on screen: the latest, one chosen on the timeline, or one after the other as a film."""

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

FILM_SECONDS = 10.0  # a film's length, however many moments there are
PATIENCE = 3.0  # seconds after which a picture that was not answered counts as lost, and the next may go
TOGETHER = 5  # trainings whose pictures come as often as one's alone; those of more share what that takes


@dataclass(eq=False)
class Reel:
    """The session's place on the timeline, and the picture under way to the browser."""

    at: int | None = None  # the step on screen; None follows training
    began: float | None = None  # when the film began; None while there is none
    turn: int = 0  # number of the picture sent last
    answered: bool = True  # whether the browser has painted it
    due: float = 0.0  # when its answer is due
    last: tuple[Snapshot, ...] = ()
    shown: tuple[Moment, ...] = ()  # of these
    since: float = 0.0  # when it was last chosen what is to be shown: what was computed before is not shown
    old: bool = False  # whether what is shown now was sent before
    held: bool = False  # whether the knob of the timeline is held: another moment will follow

    @property
    def film(self) -> bool:
        return self.began is not None

    def heard(self, turn: int | None) -> None:
        self.answered = self.answered or turn == self.turn

    def moments(self, run: Run) -> tuple[Snapshot, ...]:
        """The snapshots to show now: those shown last while the browser is still busy with them."""
        waiting = not self.answered and time.monotonic() < self.due + PATIENCE
        self.old = waiting and (run.moving or self.film) and len(self.last) == len(run.trainers)
        if self.old:
            return self.last
        if self.began is not None:
            self._wind(run.steps)
        self.last = run.shown(self.at)
        return self.last

    def show(self, moments: tuple[Moment, ...]) -> None:
        """These are on screen now."""
        self.shown, self.last = moments, tuple(moment.snapshot for moment in moments if moment.snapshot is not None)

    def ahead(self, steps: list[int]) -> int | None:
        """The step that is on screen now, if nobody changes that; None follows training."""
        return self.at if self.began is None else steps[min(int(self._share * len(steps)), len(steps) - 1)]

    def send(self, wait: float) -> int:
        """The number of the picture that goes now, to be answered after `wait` seconds; if it is the one under way, its
        number again."""
        if not self.old:
            self.turn, self.answered, self.due = self.turn + 1, False, time.monotonic() + wait
        return self.turn

    def follow(self) -> None:
        """Show the latest from now on."""
        self._show(None)

    def go(self, step: int, run: Run) -> None:
        """Show the moment nearest this step from now on; whatever is the latest, if it is the last."""
        nearest = min(run.steps, key=lambda each: abs(each - step))
        self._show(None if nearest >= run.step else nearest)

    def back(self, run: Run) -> None:
        """To the moment before the one on screen."""
        now = run.step if self.at is None else self.at
        earlier = [step for step in run.steps if step < now]
        self._show(earlier[-1] if earlier else 0)

    def onward(self, run: Run) -> bool:
        """To the moment after the one on screen; False at the end, where it takes a step of training."""
        later = [] if self.at is None else [step for step in run.steps if step > self.at]
        self.began = None
        if later:
            self.go(later[0], run)
        return bool(later)

    def play(self) -> None:
        """The film from the beginning."""
        self.began = self.since = time.monotonic()
        self.held = False

    def _show(self, at: int | None) -> None:
        """A moment that was chosen: it does not wait for the picture under way."""
        self.at, self.began, self.held, self.answered, self.since = at, None, False, True, time.monotonic()

    def _wind(self, steps: list[int]) -> None:
        """To where the film is now; at its end, to the latest moment."""
        if self._share >= 1:
            self.follow()
        else:
            self.at = self.ahead(steps)

    @property
    def _share(self) -> float:
        """Of the film that is over."""
        assert self.began is not None
        return (time.monotonic() - self.began) / FILM_SECONDS


class ReelState(Record):
    """The session's one reel."""

    reel: Value[Reel | None] = Value("train-reel", None)


STATE = ReelState()


def crowd() -> float:
    """By what factor pictures and curves come less often than for one alone, because others train too."""
    return max(1.0, PLACES.taken / TOGETHER)


def current_reel() -> Reel:
    """The session's."""
    if STATE.reel is None:
        STATE.reel = Reel(at=link.opened("at", link.whole(0, MOST_STEPS), None))
    return STATE.reel


sets_aside(ReelState.reel, Reel.follow)
