"""The share of the server's memory that is reserved for a run."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from geometry.computation.memory import NoRoomError, Reservation
from models import Trainer
from models.training.step_memory import TrainingMemory, training_memory


class MemoryShare:
    """The memory that some trainers need, reserved from `take` to `release`, or until this object is deleted."""

    def __init__(self, trainers: Sequence[Trainer]) -> None:
        self._trainers = trainers
        self._memory = training_memory([trainer.engine for trainer in trainers])
        self._reservation: Reservation | None = None

    @property
    def refusal(self) -> str:
        """Why it cannot be reserved now, and what to change; empty if it can be, or is reserved."""
        return "" if self._reservation is not None else self._memory.lacking

    def take(self) -> None:
        """Reserve it. Raises a NoRoomError, which says what to change, if it is not available."""
        if self._reservation is None:
            self._reserve(self._memory)

    def change(self, options: Sequence[Mapping[str, Any]]) -> None:
        """Reserve the memory for objectives with these options, before the trainers get the options.

        Raises
        ------
        NoRoomError
            If they need more than is available; then nothing is changed.
        ValueError
            If an option is out of range.
        """
        current = [trainer.objective for trainer in self._trainers]
        changed = [replace(objective, **values) for objective, values in zip(current, options)]  # type: ignore[type-var]
        if changed == current:
            return
        memory = training_memory([trainer.engine for trainer in self._trainers], changed)
        if self._reservation is not None:
            self.release()
            try:
                self._reserve(memory)
            except NoRoomError:
                self._reserve(self._memory)
                raise
        self._memory = memory

    def release(self) -> None:
        if self._reservation is not None:
            self._reservation.release()
            self._reservation = None

    def _reserve(self, memory: TrainingMemory) -> None:
        self._reservation = memory.reserve()
        weakref.finalize(self, self._reservation.release)
