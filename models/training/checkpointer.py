"""Checkpointing: a trainer's checkpoints on demand, and every few seconds while it runs."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from numpy.typing import ArrayLike
from torch import Tensor

from models.files.atomic_writes import replace_file
from models.training.checkpoint_file import checkpoint_bytes, read_checkpoint
from models.training.companion_thread import start_companion_thread
from models.training.lockstep import Lockstep
from models.training.trainer import Trainer

EVERY = 10.0  # seconds between checkpoints: the longest training that a crash costs


def save_checkpoint(trainer: Trainer, path: str | os.PathLike[str]) -> int:
    """Write a checkpoint of the trainer's last whole step to a file, also while it runs; the number of that step.

    It does not wait for the step under way. The file is replaced as a whole or not at all.

    Raises
    ------
    ValueError
        If its objective is none of OBJECTIVES, its network cannot be described, or training has failed.
    OSError
        If the disk is full or the folder does not exist; training goes on.
    """
    with trainer.engine.whole:
        step, data = trainer.engine.step, checkpoint_bytes(trainer.engine)
    replace_file(Path(path), data)
    return step


def load_checkpoint(
    source: str | os.PathLike[str] | bytes,
    x: ArrayLike | Tensor,
    y: ArrayLike | Tensor,
    *,
    device: str = "auto",
    lockstep: Lockstep | None = None,
) -> Trainer:
    """A paused trainer that resumes the training in the file. It reaches the same weights to the last bit.

    Its timeline holds the initial weights and those of now.

    Raises
    ------
    ValueError
        In one sentence: no checkpoint, damaged, settings out of range, or other points than those it was trained on.
    FileNotFoundError
        If there is no such file.
    """
    stored = read_checkpoint(source)
    trainer = Trainer(stored.initial, x, y, stored.objective, device=device, lockstep=lockstep, **stored.settings)
    stored.restore(trainer.engine)
    return trainer


class Checkpointer:
    """Writes checkpoints of a trainer to a file while it runs, in a thread that ends with the trainer.

    If a checkpoint cannot be written, training goes on and `message` holds the reason; the next checkpoint clears it.
    If training fails, the last checkpoint stays.
    """

    def __init__(self, trainer: Trainer, path: str | os.PathLike[str], every: float = EVERY) -> None:
        if not every > 0:
            raise ValueError(f"every is a number of seconds above 0, got {every}")
        self.path, self.every = Path(path), every
        self.message = ""
        self.step: int | None = None  # of the last checkpoint
        self._end = threading.Event()
        start_companion_thread(trainer, "checkpointer", self._keep, self._end)

    def stop(self) -> None:
        """Write no more checkpoints, even if the trainer goes on."""
        self._end.set()

    def _keep(self, trainer: Trainer) -> float:
        if self.step != trainer.snapshot().step and not trainer.message:
            try:
                self.step = save_checkpoint(trainer, self.path)
                self.message = ""
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                self.message = f"No checkpoint could be written: {reason}. Training goes on."
        return self.every
