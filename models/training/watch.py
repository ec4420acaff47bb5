"""Repeated measurements of a trainer's latest snapshot, limited to a share of the time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

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

SHARE = 0.04  # of the time may go into measuring: a limit on what it costs training
LOOK = 0.05  # seconds between checks for a new snapshot, as often as there can be one (engine.INTERVAL)
IDLE = 0.25  # the same while the trainer is paused: a limit on wake-ups, as thirty users have as many watches

_measuring = FairSemaphore(1)  # the watches of a process measure one after the other


@dataclass(frozen=True)
class Gauge:
    """The settings of a measurement: the arguments of `models.training.measures.measure`."""

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
    """Measures the latest snapshot of a trainer repeatedly, in a thread that ends with the trainer.

    Parameters
    ----------
    trainer : the trainer; the watch holds no strong reference to it
    x, y : (n, *input_shape) points and (n,) labels to measure on
    points : measure on at most so many of them, evenly spread over their order
    eps, p, box, window, plane, only : as for `models.training.measures.measure`

    The watches of a process measure one after the other and pause in between, so that all together they take at most
    `SHARE` of the time, however slow the machine is.
    """

    def __init__(
        self,
        trainer: Trainer,
        x: NDArray[Any] | Tensor,
        y: NDArray[Any] | Tensor,
        *,
        points: int = 128,
        share: float = SHARE,
        **gauge: Any,
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
        """Change settings of the measurement, for example `eps=0.2`. Only curves that depend on them begin anew."""
        before, self._gauge = self._gauge, replace(self._gauge, **gauge)
        self.latest = None
        changed = [name for name in gauge if getattr(before, name) is not getattr(self._gauge, name)]
        self.history.drop(frozenset().union(*(DEPENDENT[name] for name in changed)))

    def stop(self) -> None:
        """End, even if the trainer goes on. A measurement under way is cancelled, and its result is lost."""
        self._end.set()

    def _look(self, trainer: Trainer) -> float:
        """Measure if there is a new snapshot; the seconds until the next check."""
        if self.latest is not None and self.latest.step == trainer.snapshot().step:
            return LOOK if trainer.state == "running" else IDLE

        def ended() -> bool:
            return self._end.is_set() or trainer.state == "stopped"

        if not _measuring.acquire(self, ended):
            return LOOK
        try:
            snapshot, began, urgent_first = trainer.snapshot(), time.monotonic(), Rest()

            def ended_after_rest() -> bool:
                urgent_first()
                return ended()

            with cores(1), CancelScope(ended_after_rest, partial=True):
                self._read(trainer.network(snapshot), snapshot.step, self._gauge)
            rested = time.monotonic() + (time.monotonic() - began - urgent_first.rested) * (1 / self._share - 1)
            while time.monotonic() < rested and trainer.state == "running" and not self._end.wait(LOOK):
                pass  # a paused trainer loses no time to measuring
        finally:
            _measuring.release()
        return LOOK

    def _read(self, network: nn.Sequential, step: int, gauge: Gauge) -> None:
        try:
            checked = as_network(network, self._x.shape[1:], compare="never")
            measures, message = measure(checked, self._x, self._y, **_arguments(gauge)), ""
        except (ValueError, RuntimeError) as error:  # RuntimeError: a device is out of memory
            measures, message = Measures(), str(error)
        if gauge is self._gauge:
            self.message = message
            self.history.forget(after=step - 1)  # a rewound trainer repeats steps
            self.history.record(step, measures.numbers())
            self.latest = StepMeasures(step, measures)


def _arguments(gauge: Gauge) -> dict[str, Any]:
    return {field.name: getattr(gauge, field.name) for field in fields(gauge)}
