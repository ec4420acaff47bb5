"""Pictures of regions on a plane, computed in the background: first sampled, then exact, then with total areas."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figures.images.slices import COARSE_GRID, FINEST_GRID, raster, region_slice, sampled_slice
from figures.regions.frames import Frame
from figures.regions.overlays import Window
from figures.words import counted, duration, thousands
from geometry import Network, Plane
from geometry.computation.cancellation import Cancelled, CancelledError
from geometry.computation.memory import BUDGET, NoRoomError
from geometry.norms import Array
from geometry.regions.class_areas import class_areas
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap
from geometry.regions.subdivision import TooManyRegionsError
from pages.shared.background.sessions import connection_of, own_session, session_resource
from pages.shared.background.worker import Worker
from pages.slices.places import Places

MOST_REGIONS = 700_000  # limit of one enumeration, which then takes seconds and 1 to 2.5 gigabytes
AT_ONCE = 2  # enumerations at the same time in this process; a limit on memory
KEPT = 10  # pictures kept for a session; a limit on memory
PATIENCE = 1.2  # seconds that a run of the page waits for a picture before it shows the previous one
LOOK = 0.05  # seconds between checks whether an enumeration may begin
QUICK = 0.8  # seconds of an enumeration after which the next one, for so long, has no sampled picture before it
AT_ONCE_SEEN = 0.2  # likewise on another plane, of which nothing is shown yet
BRIEF = 2.0  # seconds of an exact picture up to which the sampled one before the next is coarse
REST = 0.5  # seconds between the exact picture and its areas: the picture is sent first, and a slider moves on
FEWER = 150_000  # regions of the window that is offered where there are too many: drawn within a second or two
LONG = 150_000  # regions above which a raster of the edges is shown before the fills, which then take a second

_places = Places(AT_ONCE)
Sampled = tuple[Frame, Array, NDArray[np.int64]]


Standing = tuple[str, tuple[int, ...], str]  # a mark of a worker's progress: it changes when there is something to draw
Watched = tuple[Worker[Any], Standing]  # a worker, and its mark when its results were read


@dataclass(frozen=True, eq=False)
class Numbers:
    """Areas of all regions of a window."""

    areas: Array  # (n,) by region
    class_areas: Array  # (K,) by class


@dataclass(frozen=True, eq=False)
class SlicePicture:
    """A frame, exact with `count` regions, or sampled: then `count` is None."""

    frame: Frame
    count: int | None = None
    seconds: float = 0.0
    too_many: bool = False
    smaller: Window | None = None  # where there are too many: a window about the same centre with at most FEWER
    waiting: bool = False  # until a running enumeration ends
    boundary: tuple[Array, ...] = ()  # the decision boundary as polylines (k, 2)
    numbers: Numbers | None = None
    before: bool = False  # of the window before the view moved: that in view is not found yet
    last: bool = False  # whether no other picture follows this one
    work: float = 0.0  # seconds of processor time that it took: unlike `seconds`, the same on a busy machine

    def grid_before_next(self, shown: bool) -> int:
        """The cells a side of the sampled picture before a similar one; 0 where that one is found fast enough.

        shown : whether a picture of the same plane is on the screen meanwhile, as when the view moves
        """
        if self.count is None:
            return self.frame.grid[0] if self.frame.grid is not None and not self.too_many else FINEST_GRID
        if self.work < (QUICK if shown else AT_ONCE_SEEN):
            return 0
        return COARSE_GRID if self.work < BRIEF else FINEST_GRID

    def badge(self, part: str = "") -> str:
        """What the picture is: exact or sampled; `part` says which part of the plane the count is of."""
        if self.before:
            what = f"sampled at {thousands(len(self.frame))} points" if self.count is None else self._regions
            return f"before the view moved: {what}"
        if self.count is not None:
            return f"exact · {self._regions}{part} · {duration(self.seconds)}"
        cells = thousands(len(self.frame))
        if self.too_many:
            return f"sampled at {cells} points · too many regions to find at once: zoom in for all of them"
        if self.waiting:
            return f"sampled at {cells} points · waits for its turn: {AT_ONCE} pictures are computed first"
        return f"sampled at {cells} points · finding every region …"

    @property
    def _regions(self) -> str:
        return counted(self.count or 0, "region")


@session_resource(end=Worker.halt, most=KEPT)
def pictures(
    network: Network, plane: Plane, window: Window, measured: bool = True, _grid: int = FINEST_GRID
) -> Worker[SlicePicture]:
    """A worker on the regions of a network on a plane; "picture" is its latest picture, at last with areas if asked."""
    return Worker(steps(network, plane, window, measured, _grid), awaited=True, title="picture")


def steps(
    network: Network, plane: Plane, window: Window, measured: bool = True, grid: int = FINEST_GRID
) -> Callable[[Cancelled], Iterator[tuple[str, SlicePicture]]]:
    """The worker's steps: a sampled picture at once, and the exact one as soon as an enumeration may begin.

    The sampled one has `grid` cells a side. Networks of one hidden layer are enumerated as fast as they are sampled,
    and a grid of 0 says that others are, too: then there is no sampled picture unless it has to wait.
    """
    connected = connection_of(own_session())

    def run(cancelled: Cancelled) -> Iterator[tuple[str, SlicePicture]]:
        sampled: Sampled | None = None
        begun = time.thread_time()
        free = _places.take(connected)
        try:
            soon = _soon(network, plane, window, cancelled) if not grid and free else None
            if not free or (len(network.widths) > 1 and soon is None):
                sampled = sampled_slice(network, plane, window, grid or FINEST_GRID)
                yield "picture", SlicePicture(sampled[0], waiting=not free)
                if grid == COARSE_GRID:
                    sampled = None  # too coarse for the fills of an exact picture
            while not free:
                if cancelled():
                    return
                time.sleep(LOOK)
                free = _places.take(connected)
            for picture in _exact(network, plane, window, sampled, measured, cancelled, soon):
                yield "picture", replace(picture, work=time.thread_time() - begun)
        except CancelledError:
            return
        finally:
            if free:
                _places.give(connected)

    return run


def _soon(network: Network, plane: Plane, window: Window, cancelled: Cancelled) -> RegionMap | None:
    """The regions, if they are found within QUICK."""
    deadline = time.monotonic() + QUICK
    try:
        return _regions(network, plane, window, lambda: cancelled() or time.monotonic() > deadline)
    except CancelledError:
        if cancelled():
            raise
    except (TooManyRegionsError, NoRoomError):
        pass
    return None


def _smaller(network: Network, plane: Plane, window: Window, cancelled: Cancelled) -> Window | None:
    """A window about the same centre whose regions are at most FEWER; None if memory does not suffice for them."""
    try:
        return regions_in_memory(network, window, plane, max_regions=FEWER, cancelled=cancelled).window
    except NoRoomError:
        return None


def _regions(network: Network, plane: Plane, window: Window, cancelled: Cancelled) -> RegionMap:
    return regions_in_memory(network, window, plane, max_regions=MOST_REGIONS, shrink=False, cancelled=cancelled)


def _exact(
    network: Network,
    plane: Plane,
    window: Window,
    sampled: Sampled | None,
    measured: bool,
    cancelled: Cancelled,
    regions: RegionMap | None,
) -> Iterator[SlicePicture]:
    """The exact pictures: of many regions the edges as soon as they are known, then the fills, then the areas."""
    try:
        regions = regions or _regions(network, plane, window, cancelled)
    except (TooManyRegionsError, NoRoomError):
        sampled = sampled or sampled_slice(network, plane, window)
        picture = SlicePicture(sampled[0], too_many=True, last=True)
        yield picture
        smaller = _smaller(network, plane, window, cancelled)
        if smaller is not None:
            yield replace(picture, smaller=smaller)
        return
    count, seconds = len(regions), regions.seconds
    if count > LONG:
        sampled = sampled or sampled_slice(network, plane, window)
        yield SlicePicture(raster(regions, sampled[1], sampled[2], boundary=False), count, seconds)
    boundary = tuple(line for line, _ in regions.decision_boundary())
    frame = region_slice(regions)
    BUDGET.count(frame.nbytes, frame)  # the frame outlives the regions
    picture = SlicePicture(frame, count, seconds, boundary=boundary, last=True)
    yield picture
    if measured:
        shown = time.monotonic()
        while time.monotonic() < shown + REST:
            if cancelled():
                return
            time.sleep(LOOK)
        yield replace(picture, numbers=Numbers(regions.areas().astype(np.float64), class_areas(regions)))


def standing(worker: Worker[Any]) -> Standing:
    """The mark of a worker's progress: its state, the identity of its results, tenths done, and whom it waits for."""
    progress = worker.progress()
    marks = tuple(int(10 * item) if name == "done" else id(item) for name, item in progress.found.items())
    return progress.state, marks, progress.waits


def wait(workers: list[Worker[SlicePicture]]) -> None:
    """Wait until each worker has a picture, at most `PATIENCE` seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(worker.busy and not worker.found for worker in workers):
        time.sleep(0.004)
