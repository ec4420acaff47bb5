"""The contents of a view of one network at one step: its regions, the verdicts of data points, and the pin."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from certify import attack
from figures.regions.frames import Frame, region_frame
from figures.regions.overlays import DataBalls, Known, Overlays, Point, Window
from figures.regions.pin_overlays import certificate_overlays
from figures.words import counted
from geometry import Network, RegionMap, as_network, distances, region_at, theorem_3_1
from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import check_cancelled
from geometry.norms import Norm
from geometry.regions.enumerate_in_memory import regions_in_memory
from models import Snapshot, Trainer
from models.training.measures import certified
from pages.train.setup import Setup
from pages.train.training_data import TrainingData

# Limits of the time and memory of one picture; no benchmark chose them.
MOST_REGIONS = 20_000  # of a picture
MOST_BALLS = 256  # data points whose ball is drawn
MEASURED = 128  # data points for the curves
ATTACK_STEPS = 12
KEPT = 6  # pictures per objective


@dataclass(frozen=True, eq=False)
class Moment:
    """One network at one step. Each attribute is computed once, at its first use."""

    network: Network
    data: TrainingData
    step: int
    error: float  # share of misclassified data points
    eps: float
    p: Norm
    window: Window | None = None  # in view, None for the window of the data, which all numbers are of
    snapshot: Snapshot | None = None  # the weights
    _done: threading.Event = field(default_factory=threading.Event, repr=False)
    _pinned: dict[str, tuple[Point, Overlays]] = field(default_factory=dict, repr=False)

    @property
    def painted(self) -> bool:
        """Whether all contents of a view are computed, except the pin."""
        return self._done.is_set()

    def paint(self, pin: Point | None = None) -> None:
        """Compute all contents, and the certificate of the pin."""
        pieces: tuple[Callable[[], object], ...] = (
            lambda: self.regions,
            lambda: self.frame.hash,
            lambda: self.network.key,
            lambda: self.balls,
            lambda: self.balls and self.mean_d_B,
            lambda: pin and self._certificate(pin),
        )
        for piece in pieces:
            check_cancelled()
            piece()
        self._done.set()

    @cached_property
    def regions(self) -> RegionMap:
        return regions_in_memory(self.network, self.data.window, self.data.plane, max_regions=MOST_REGIONS)

    @cached_property
    def frame(self) -> Frame:
        regions = self.regions
        if self.window is not None and self.window != self.data.window:
            regions = regions_in_memory(self.network, self.window, self.data.plane, max_regions=MOST_REGIONS)
        frame, basis = region_frame(regions), self.data.basis
        return frame if basis is None else replace(frame, basis=basis)

    @cached_property
    def balls(self) -> DataBalls | None:
        """The balls around points of the plane: proved by a cheap certificate, attacked by PGD, or unknown."""
        if self.data.dataset is None:
            return None
        x, y = self._data()
        right = (self.network.scores(x).argmax(1) == y).numpy()
        proved = certified(self.network, x, y, right, self.eps, self.p, None)
        unproved = np.flatnonzero(right & ~proved)
        broken = ~right
        if len(unproved):
            attacked = attack(
                self.network, x[unproved], y[unproved], "pgd", eps=self.eps, p=self.p, steps=ATTACK_STEPS, restarts=1
            )
            broken[unproved] = attacked.success
        verdicts: list[Known] = [
            "proved" if safe else "attacked" if hit else "unknown" for safe, hit in zip(proved, broken)
        ]
        return DataBalls(self.eps, self.p, tuple(verdicts))

    @cached_property
    def mean_d_B(self) -> float:
        """The mean over the data points whose ball is drawn."""
        return float(distances(self.network, self._data()[0], self.p).d_B.mean())

    @property
    def note(self) -> str:
        """Regions and error, under a saved picture."""
        return f"{counted(len(self.regions), 'region')}, error {100 * self.error:.1f} %"

    def numbers(self) -> dict[str, float]:
        """The measures that the picture contains, by the names of `models.training.measures`.

        Those of data points are left out if the curves use other points.
        """
        regions = {} if self.regions.truncated else {"regions": float(len(self.regions))}
        if self.balls is None or len(self.data.x) > MEASURED:
            return regions
        proved = self.balls.verdicts.count("proved") / len(self.balls.verdicts)
        return {**regions, "mean_d_B": self.mean_d_B, "certified_error": 1 - proved}

    def overlays(self, pin: Point | None, show_balls: bool) -> Overlays:
        overlays = Overlays() if pin is None else self._certificate(pin)
        balls = self.balls if show_balls else None
        return replace(overlays, points=self.data.points, labels=self.data.labels, data_balls=balls)

    def _certificate(self, pin: Point) -> Overlays:
        """The overlays of a pin. Those of the last pin are cached."""
        last = self._pinned.get("last")
        if last is not None and last[0] == pin:
            return last[1]
        data, x = self.data, self.data.plane.embed(np.array([pin]))[0]
        certificate, region = theorem_3_1(self.network, x, self.p), region_at(self.network, x)
        overlays = certificate_overlays(region, certificate, self.p, data.plane, data.window)
        self._pinned["last"] = pin, overlays
        return overlays

    def _data(self) -> tuple[Tensor, Tensor]:
        x, y = self.data.x[:MOST_BALLS], self.data.y[:MOST_BALLS]
        return torch.tensor(np.asarray(x), dtype=torch.float64), torch.tensor(y)


class Album:
    """A cache of a run's last moments, so that a pin or another fill computes nothing again."""

    def __init__(self) -> None:
        self._moments: OrderedDict[tuple[Snapshot, str, float, Norm, Window], Moment] = OrderedDict()
        self._lock = threading.Lock()

    def moments(
        self, trainers: Sequence[Trainer], snapshots: Sequence[Snapshot], setup: Setup, window: Window
    ) -> tuple[Moment, ...]:
        """The moments of trainers side by side."""
        return tuple(self.moment(trainer, snapshot, setup, window) for trainer, snapshot in zip(trainers, snapshots))

    def moment(self, trainer: Trainer, snapshot: Snapshot, setup: Setup, window: Window | None = None) -> Moment:
        """The moment as a view of this window shows it; default: the window of the data."""
        window = window or setup.data.window
        key = (snapshot, setup.data.key, setup.eps, setup.p, window)
        with self._lock:
            if key not in self._moments:
                self._moments[key] = moment_of(trainer, snapshot, setup, window)
            self._moments.move_to_end(key)
            while len(self._moments) > KEPT * len(setup.objectives):
                self._moments.popitem(last=False)
            return self._moments[key]


def moment_of(trainer: Trainer, snapshot: Snapshot, setup: Setup, window: Window | None = None) -> Moment:
    network = as_network(trainer.network(snapshot), setup.data.shape, compare="never").to(torch.float64)
    error, in_view = snapshot.metrics["error"], window or setup.data.window
    return Moment(network, setup.data, snapshot.step, error, setup.eps, setup.p, in_view, snapshot)
