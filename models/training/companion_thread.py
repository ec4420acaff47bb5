"""A thread that does something again and again while a trainer lives, such as to measure or to save."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from models.training.background.threads import background
from models.training.trainer import Trainer

Act: TypeAlias = Callable[[Trainer], float]  # does something, and says after how many seconds to do it again


def start_companion_thread(trainer: Trainer, name: str, act: Act, end: threading.Event) -> None:
    """Call `act` again and again in a thread, until the trainer is stopped or no longer held, or `end` is set."""
    background(partial(_run, weakref.ref(trainer), act, end), name, end.set)


def _run(reference: weakref.ref[Trainer], act: Act, end: threading.Event) -> None:
    seconds = 0.0
    while not end.wait(seconds):
        trainer = reference()
        if trainer is None or trainer.state == "stopped":
            return
        seconds = act(trainer)
        del trainer  # while it waits, this thread does not keep the trainer alive
