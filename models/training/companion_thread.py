"""A thread that repeats an action, such as a measurement, as long as a trainer exists."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from models.training.background.threads import background
from models.training.trainer import Trainer

Act: TypeAlias = Callable[[Trainer], float]  # returns the seconds until its next call


def start_companion_thread(trainer: Trainer, name: str, act: Act, end: threading.Event) -> None:
    """Call `act` repeatedly in a thread, until the trainer is stopped or deleted, or `end` is set."""
    background(partial(_run, weakref.ref(trainer), act, end), name, end.set)


def _run(reference: weakref.ref[Trainer], act: Act, end: threading.Event) -> None:
    seconds = 0.0
    while not end.wait(seconds):
        trainer = reference()
        if trainer is None or trainer.state == "stopped":
            return
        seconds = act(trainer)
        del trainer  # the thread keeps no reference while it waits, so that the trainer can be deleted
