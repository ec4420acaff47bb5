"""Measures that follow a training without slowing it down by much."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from certify.perturbation.perturbation import as_tensor
from geometry import Plane, as_network
from geometry.box import BoxLike
from geometry.computation.cancellation import CancelScope
from geometry.computation.cores import cores
from geometry.norms import Norm
from models.training.background.fair_semaphore import FairSemaphore, Rest
from models.training.companion_thread import start_companion_thread
from models.training.measures import DEPENDENT, Measures, measure
from models.training.timeline import Records
from models.training.trainer import Trainer

SHARE = 0.04  # of the time may go into measuring
LOOK = 0.05  # seconds between looks at whether there is a new snapshot
IDLE = 0.25  # the same while the trainer is paused: in a class most threads are those of watches

_measuring = FairSemaphore(1)  # the watches of a process measure one after the other, and rest in between


@dataclass(frozen=True)
class Gauge:
    """What is measured, and how; fields as the arguments of `models.training.measures.measure`."""

    eps: float | None = None
    p: Norm = math.inf
    box: BoxLike | None = None
    window: tuple[float, float, float, float] | None = None
    plane: Plane | None = None
    only: Collection[str] | None = None


@dataclass(frozen=True, eq=False)
class StepMeasures:
    """The measures of the network after `step` steps."""

    step: int
    measures: Measures


class Watch:
    """Measures the latest snapshot of a trainer again and again, in a thread that ends with the trainer.

    Parameters
    ----------
    trainer : to follow; the watch does not keep it alive
    x, y : (n, *input_shape) points and (n,) labels to measure on
    points : measure on at most so many of them, evenly spread over the order they come in
    eps, p, box, window, plane, only : what is measured, as for `models.training.measures.measure`

    The watches of a process measure one after the other, and rest much longer in between: all together they
    cannot cost training more than `SHARE` of its time, however slow the machine is.
    """

    def __init__(
        self, trainer: Trainer, x: Any, y: Any, *, points: int = 128, share: float = SHARE, **gauge: Any
    ) -> None:
        if points < 1 or not 0 < share <= 1:
            raise ValueError(f"points must be at least 1 and share lie in (0, 1], got {points} and {share}")
        chosen = np.unique(np.linspace(0, len(x) - 1, min(points, len(x))).round().astype(int))
        self.points = chosen  # indices into x
        self._x, self._y = as_tensor(x[chosen]).double().cpu(), torch.as_tensor(y[chosen]).long().cpu()
        self._share, self._gauge = share, Gauge(**gauge)
        self.latest: StepMeasures | None = None
        self.history = Records()
        self.message = ""
        self._end = threading.Event()
        start_companion_thread(trainer, "watch", self._look, self._end)

    def change(self, **gauge: Any) -> None:
        """Measure otherwise from now on, for example `eps=0.2`. Curves that depend on it begin anew, others stay."""
        before, self._gauge = self._gauge, replace(self._gauge, **gauge)
        self.latest = None
        changed = [name for name in gauge if getattr(before, name) is not getattr(self._gauge, name)]
        self.history.drop(frozenset().union(*(DEPENDENT[name] for name in changed)))

    def stop(self) -> None:
        """End after the measurement under way, also if the trainer goes on."""
        self._end.set()

    def _look(self, trainer: Trainer) -> float:
        """Measure if there is something new; the seconds to rest."""
        if self.latest is not None and self.latest.step == trainer.snapshot().step:
            return LOOK if trainer.state == "running" else IDLE
        if not _measuring.take(self, lambda: self._end.is_set() or trainer.state == "stopped"):
            return LOOK
        try:
            snapshot, began, urgent_first = trainer.snapshot(), time.monotonic(), Rest()
            self._read(trainer.network(snapshot), snapshot.step, self._gauge, urgent_first)
            rested = time.monotonic() + (time.monotonic() - began - urgent_first.rested) * (1 / self._share - 1)
            while time.monotonic() < rested and trainer.state == "running" and not self._end.wait(LOOK):
                pass  # who is paused has nothing to lose
        finally:
            _measuring.give()
        return LOOK

    def _read(self, network: nn.Sequential, step: int, gauge: Gauge, urgent_first: Rest) -> None:
        def rest_when_due() -> bool:
            urgent_first()
            return False

        with cores(1), CancelScope(rest_when_due):
            try:
                found = measure(
                    as_network(network, self._x.shape[1:], compare="never"), self._x, self._y, **_arguments(gauge)
                )
                message = ""
            except (ValueError, RuntimeError) as error:  # also of a device that is out of memory
                found, message = Measures(), str(error)
        if gauge is self._gauge:
            self.message = message
            self.history.forget(after=step - 1)  # a trainer that was rewound comes by again
            self.history.record(step, found.numbers())
            self.latest = StepMeasures(step, found)


def _arguments(gauge: Gauge) -> dict[str, Any]:
    return {field.name: getattr(gauge, field.name) for field in fields(gauge)}
