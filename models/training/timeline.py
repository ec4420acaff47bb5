"""The history of a training: snapshots, and numbers by step, both of bounded size."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

T = TypeVar("T")
Metrics: TypeAlias = dict[str, float]

MAX_SNAPSHOTS = 400  # of one timeline: a limit on memory, where weights are small
MAX_BYTES = 512_000_000  # of all timelines of the process together: a limit on memory
MAX_RECORDS = 4000  # a limit: about twice as many as a curve has pixels


@dataclass(frozen=True, eq=False)
class Snapshot:
    """Training at one step. `weights`: a state_dict on the CPU, with memory of its own.

    `metrics`: "loss", each of its terms, and "error", the share of points that are wrong.
    """

    step: int
    epoch: float
    weights: dict[str, Tensor]
    metrics: Metrics

    @property
    def bytes(self) -> int:
        return sum(weight.numel() * weight.element_size() for weight in self.weights.values())


def thinned(items: Sequence[T]) -> list[T]:
    """The items without every second one of the older half. The first and the newer half stay."""
    half = len(items) // 2
    return [*items[:half:2], *items[half:]]


_alive: WeakSet[Timeline] = WeakSet()


class Timeline:
    """Snapshots, oldest first; the first and the latest are always kept. Any thread may read while one appends.

    If there are more than `max_snapshots`, or they take more than this timeline's share of `MAX_BYTES`, every second
    one of the older half is dropped: the past becomes coarser.
    """

    def __init__(self, max_snapshots: int = MAX_SNAPSHOTS) -> None:
        self._max = max(2, max_snapshots)
        self._snapshots: tuple[Snapshot, ...] = ()  # replaced as a whole
        _alive.add(self)

    def __len__(self) -> int:
        return len(self._snapshots)

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._snapshots)

    @property
    def steps(self) -> list[int]:
        return [snapshot.step for snapshot in self._snapshots]

    @property
    def latest(self) -> Snapshot:
        return self._snapshots[-1]

    def nearest(self, step: int) -> Snapshot:
        """The snapshot whose step is nearest; of two equally near ones the earlier."""
        snapshots = self._snapshots
        return min(snapshots, key=lambda snapshot: abs(snapshot.step - step))

    def append(self, snapshot: Snapshot) -> None:
        """Add a snapshot; it replaces the latest if that is of the same step."""
        snapshots = list(self._snapshots)
        if snapshots and snapshots[-1].step == snapshot.step:
            snapshots.pop()
        snapshots.append(snapshot)
        room = min(self._max, MAX_BYTES // len(_alive) // max(1, snapshot.bytes))
        while len(snapshots) > max(2, room):
            snapshots = thinned(snapshots) if len(snapshots) > 3 else [snapshots[0], snapshots[-1]]
        self._snapshots = tuple(snapshots)

    def restart(self, snapshot: Snapshot) -> None:
        """Replace all snapshots by this one."""
        self._snapshots = (snapshot,)


@dataclass(frozen=True, eq=False)
class Curve:
    """One quantity over training. `steps` (n,) int64, ascending; `values` (n,) float64."""

    steps: NDArray[np.int64]
    values: NDArray[np.float64]


class Records:
    """Named numbers by step, thinned like a timeline. Any thread may read while one writes."""

    def __init__(self, max_records: int = MAX_RECORDS) -> None:
        self._max = max(4, max_records)
        self._rows: list[tuple[int, Mapping[str, float]]] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def record(self, step: int, values: Mapping[str, float]) -> None:
        """Add the numbers of a step. Steps must not decrease."""
        with self._lock:
            self._rows.append((step, values))
            if len(self._rows) > self._max:
                self._rows = thinned(self._rows)

    def forget(self, after: int = -1) -> None:
        """Drop the numbers of steps later than `after`; by default all."""
        with self._lock:
            self._rows = [row for row in self._rows if row[0] <= after]

    def drop(self, names: Collection[str]) -> None:
        """Drop the numbers of these names at every step."""
        with self._lock:
            kept = (
                (step, {name: value for name, value in row.items() if name not in names}) for step, row in self._rows
            )
            self._rows = [(step, row) for step, row in kept if row]

    def curves(self) -> dict[str, Curve]:
        """The curve of every name, through the steps that have it."""
        with self._lock:
            rows = list(self._rows)
        names = {name: None for _, values in rows for name in values}
        return {name: _curve([(step, values[name]) for step, values in rows if name in values]) for name in names}


def _curve(points: list[tuple[int, float]]) -> Curve:
    steps, values = zip(*points)
    return Curve(np.array(steps, np.int64), np.array(values, np.float64))
