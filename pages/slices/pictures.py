"""Regions of a plane, found in the background: a first look, then all of them, then what they add up to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures.images.slices import MOST_DRAWN, raster, region_slice, sampled_slice
from figures.regions.frames import Frame
from figures.regions.overlays import Window
from figures.words import counted, duration, thousands
from geometry import Network, Plane
from geometry.computation.cancellation import Cancelled, CancelledError
from geometry.computation.memory import BUDGET, NoRoomError
from geometry.norms import Array
from geometry.regions.class_areas import class_areas
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.subdivision import TooManyRegionsError
from pages.shared.background.sessions import connection_of, own_session, session_resource
from pages.shared.background.worker import Worker
from pages.slices.places import Places

MOST_REGIONS = 700_000  # of one enumeration, which then takes seconds and 1 to 2.5 gigabytes
AT_ONCE = 2  # enumerations of this process; others wait their turn
KEPT = 10  # pictures of a session
PATIENCE = 0.6  # seconds that a run of the page waits for a picture before it shows what there was
LOOK = 0.05  # seconds between looks at whether there is a place
LONG = 150_000  # regions whose fills take long enough to show their edges before

_places = Places(AT_ONCE)
Sampled = tuple[Frame, Array, NDArray[np.int64]]


Standing = tuple[str, tuple[int, ...], str]
Watched = tuple[Worker[Any], Standing]  # a worker, and what it had come to when it was looked at


@dataclass(frozen=True, eq=False)
class Numbers:
    """What all regions of a window add up to."""

    areas: Array  # (n,)
    class_areas: Array  # (K,)


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame and what it may claim: `count` regions exactly, or None of them while it is only sampled."""

    frame: Frame
    count: int | None = None
    seconds: float = 0.0
    too_many: bool = False
    waiting: bool = False  # for one of the enumerations under way to end
    boundary: tuple[Array, ...] = ()  # polylines (k, 2)
    numbers: Numbers | None = None

    @property
    def badge(self) -> str:
        if self.count is not None:
            return f"exact · {counted(self.count, 'region')} · {duration(self.seconds)}"
        cells = thousands(len(self.frame))
        if self.too_many:
            return f"sampled at {cells} points · too many regions to find at once: zoom in for all of them"
        if self.waiting:
            return f"sampled at {cells} points · waits for its turn: {AT_ONCE} pictures are computed first"
        return f"sampled at {cells} points · finding every region …"


@session_resource(end=Worker.halt, most=KEPT)
def pictures(network: Network, plane: Plane, window: Window) -> Worker[Picture]:
    """The regions of a network on a plane, as they are found; under "picture" the latest."""
    return Worker(steps(network, plane, window), awaited=True, title="picture")


def steps(network: Network, plane: Plane, window: Window) -> Callable[[Cancelled], Iterator[tuple[str, Picture]]]:
    """What happens in the background: a first look at once, and every region as soon as there is a place.

    Networks of one hidden layer are enumerated as fast as they are sampled: they get no first look, if they need not
    wait.
    """
    connected = connection_of(own_session())

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Picture]]:
        sampled: Sampled | None = None
        free = _places.take(connected)
        try:
            if len(network.widths) > 1 or not free:
                sampled = sampled_slice(network, plane, window)
                yield "picture", Picture(sampled[0], waiting=not free)
            while not free:
                if cancelled():
                    return
                time.sleep(LOOK)
                free = _places.take(connected)
            for picture in _exact(network, plane, window, sampled, cancelled):
                yield "picture", picture
        except CancelledError:
            return
        finally:
            if free:
                _places.give(connected)

    return run


def _exact(
    network: Network, plane: Plane, window: Window, sampled: Sampled | None, cancelled: Cancelled
) -> Iterator[Picture]:
    """All regions: their edges as soon as they are known, then their fills, then what they add up to."""
    try:
        regions = regions_in_memory(network, window, plane, max_regions=MOST_REGIONS, shrink=False, cancelled=cancelled)
    except (TooManyRegionsError, NoRoomError):
        sampled = sampled or sampled_slice(network, plane, window)
        yield Picture(sampled[0], too_many=True)
        return
    count, seconds = len(regions), regions.seconds
    if count > LONG or (sampled is not None and count > MOST_DRAWN):
        sampled = sampled or sampled_slice(network, plane, window)
        yield Picture(raster(regions, sampled[1], sampled[2], boundary=False), count, seconds)
    boundary = tuple(line for line, _ in regions.decision_boundary())
    frame = region_slice(regions)
    BUDGET.count(frame.nbytes, frame)  # it is kept when the regions are gone
    picture = Picture(frame, count, seconds, boundary=boundary)
    yield picture
    yield replace(picture, numbers=Numbers(regions.areas().astype(np.float64), class_areas(regions)))


def standing(worker: Worker[Any]) -> Standing:
    """What a worker has come to: its state, what it has found, how far it is in tenths, and for whom it waits."""
    progress = worker.progress()
    found = tuple(int(10 * item) if name == "done" else id(item) for name, item in progress.found.items())
    return progress.state, found, progress.waits


def wait(workers: list[Worker[Picture]]) -> None:
    """Until each has something to show, but not for long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and any(worker.busy and not worker.found for worker in workers):
        time.sleep(0.004)
