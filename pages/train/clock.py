"""The conditions under which a run stops: seconds of training, or a small error."""

from __future__ import annotations

import time
from dataclasses import dataclass

from models import Trainer
from pages.train.setup import Stop


@dataclass(eq=False)
class Clock:
    """The seconds that a run has trained, and its conditions to stop."""

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
        """The reason to stop: the seconds are over, or every error is small enough. Empty if there is none."""
        if self.stop.seconds is not None and self.elapsed >= self.stop.seconds:
            return f"The time of {self.stop.seconds:g} s is over: raise *Seconds* to go on, or rewind."
        if self.stop.error is not None:
            shown = [trainer.snapshot() for trainer in trainers]
            if all(snapshot.step > 0 and snapshot.metrics["error"] <= self.stop.error for snapshot in shown):
                return f"Every error is at most {100 * self.stop.error:g} %: lower *Error in %* to go on, or rewind."
        return ""
