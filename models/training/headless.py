"""Training on a terminal: to its end, with a progress bar and checkpoints."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from geometry.computation.cores import cores
from geometry.computation.interruption import interruption
from models.training.checkpoint_file import write_checkpoint
from models.training.engine import Engine

SHOW = 0.2  # seconds between updates of the progress bar: a limit on what it writes


@dataclass
class Line:
    """The progress bar: bar, epoch, loss and its terms, share of wrong points, remaining time."""

    engine: Engine
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _began: tuple[float, int] | None = None
    _next: float = 0.0

    def show(self, at_once: bool = False) -> None:
        now, engine = time.monotonic(), self.engine
        if self._began is None:
            self._began = now, engine.step
        if now < self._next and not at_once:
            return
        self._next = now + SHOW
        done = engine.step / engine.total_steps
        terms = "  ".join(f"{name} {value:.4g}" for name, value in engine.snapshot.metrics.items())
        epoch = f"{engine.progress.epoch:.4g}/{engine.epochs}"
        bar = "█" * int(30 * done)
        print(f"\r[{bar:·<30}] {epoch}  {terms}  {self._left(now)}   ", end="", file=self.stream, flush=True)

    def tell(self, message: str) -> None:
        """Print a message on its own line."""
        print(f"\n{message}", file=self.stream, flush=True)

    def _left(self, now: float) -> str:
        assert self._began is not None
        since, first = self._began
        steps, left = self.engine.step - first, self.engine.total_steps - self.engine.step
        if steps == 0:
            return ""
        seconds = round((now - since) / steps * left)
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} left"


def train_to_the_end(
    engine: Engine, checkpoint: Path | None, every: float, between: Callable[[Engine], None] | None = None
) -> bool:
    """Train to the last step or a failure, with a checkpoint every so many seconds; False if it is interrupted.

    An interruption writes a checkpoint, too. If a checkpoint cannot be written, a line says so and training goes on.
    `between` is called with the engine before each step and after the last.
    """
    line, saved, at = Line(engine), time.monotonic(), engine.step
    with interruption() as interrupted, cores(engine.cores):

        def due_or_interrupted() -> bool:
            line.show()
            if between is not None:
                between(engine)
            due = checkpoint is not None and engine.step > at and time.monotonic() >= saved + every
            return due or interrupted.is_set()

        while not engine.ended and not interrupted.is_set():
            engine.run(engine.total_steps, due_or_interrupted)
            if checkpoint is not None and not engine.ended:
                _save(engine, checkpoint, line)
                saved, at = time.monotonic(), engine.step
        if between is not None and not engine.message:
            between(engine)
    line.show(at_once=True)
    return engine.ended


def _save(engine: Engine, path: Path, line: Line) -> None:
    try:
        write_checkpoint(engine, path)
    except OSError as error:
        line.tell(f"No checkpoint could be written: {error.strerror}. Training goes on.")
