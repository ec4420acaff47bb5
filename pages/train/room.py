"""The share of the server's memory that trainings side by side take."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from geometry.computation.memory import NoRoomError, Reservation
from models import Trainer
from models.training.step_memory import TrainingMemory, training_memory


class Room:
    """What some trainers need, reserved from `take` to `release`, or until nobody holds this any more."""

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self._trainers = trainers
        self._memory = training_memory([trainer.engine for trainer in trainers])
        self._held: Reservation | None = None

    @property
    def refusal(self) -> str:
        """Why it cannot be had now, and what to change; empty if it can, or is held."""
        return "" if self._held is not None else self._memory.lacking

    def take(self) -> None:
        """A NoRoomError, which says what to change, if it cannot be had."""
        if self._held is None:
            self._hold(self._memory)

    def make(self, options: Sequence[Mapping[str, Any]]) -> None:
        """Make room for objectives with these options, before they have them.

        Raises
        ------
        NoRoomError
            If they need more than there is; nothing is changed then.
        ValueError
            If an option is out of range.
        """
        own = [trainer.objective for trainer in self._trainers]
        asked = [replace(objective, **some) for objective, some in zip(own, options)]  # type: ignore[type-var]
        if asked == own:
            return
        memory = training_memory([trainer.engine for trainer in self._trainers], asked)
        if self._held is not None:
            self.release()
            try:
                self._hold(memory)
            except NoRoomError:
                self._hold(self._memory)
                raise
        self._memory = memory

    def release(self) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None

    def _hold(self, memory: TrainingMemory) -> None:
        self._held = memory.reserve()
        weakref.finalize(self, self._held.release)
