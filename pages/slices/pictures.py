"""Regions of a plane, found in the background: a first look, then all of them, then what they add up to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.frames import Frame
from figures.overlays import Window
from figures.slices import MOST_DRAWN, raster, region_slice, sampled_slice
from figures.words import duration, thousands
from geometry import Network, Plane, enumerate_regions
from geometry.cancel import Cancelled, CancelledError, go_on
from geometry.class_areas import class_areas
from geometry.meets import TooManyRegionsError
from geometry.norms import Array
from pages.certify.worker import Worker

MOST_REGIONS = 700_000  # of one enumeration, which then takes seconds and 1 to 2.5 gigabytes
AT_ONCE = 2  # enumerations of this process; others wait their turn
FIRST_LOOKS = 16  # pictures of this process that are begun: a first look waits for nobody
KEPT = 10  # pictures of a session
PATIENCE = 0.6  # seconds that a run of the page waits for a picture before it shows what there was
LONG = 150_000  # regions whose fills take long enough to show their edges before

_places = threading.BoundedSemaphore(AT_ONCE)
_begun = threading.BoundedSemaphore(FIRST_LOOKS)
Look = tuple[Frame, Array, NDArray[np.int64]]


Standing = tuple[str, tuple[int, ...]]


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
    waiting: bool = False  # for a place among those that enumerate
    boundary: tuple[Array, ...] = ()  # polylines (k, 2)
    numbers: Numbers | None = None

    @property
    def badge(self) -> str:
        if self.count is not None:
            return f"exact · {thousands(self.count)} region{'' if self.count == 1 else 's'} · {duration(self.seconds)}"
        cells = thousands(len(self.frame))
        if self.too_many:
            return f"sampled at {cells} points · too many regions to find at once: zoom in for all of them"
        if self.waiting:
            return f"sampled at {cells} points · waiting: others are computing on this server"
        return f"sampled at {cells} points · finding every region …"


@st.cache_resource(scope="session", max_entries=KEPT, show_spinner=False, on_release=lambda worker: worker.stop())
def pictures(key: str, _network: Network, _plane: Plane, window: Window) -> Worker[Picture]:
    """The regions of a network, named by its key with the plane's, as they are found; under "picture" the latest."""
    return Worker(steps(_network, _plane, window), places=_begun)


def steps(network: Network, plane: Plane, window: Window) -> Callable[[Cancelled], Iterator[tuple[str, Picture]]]:
    """What happens in the background: a first look at once, and every region as soon as there is a place.

    Networks of one hidden layer are enumerated as fast as they are sampled: they get no first look, if they need not
    wait.
    """

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Picture]]:
        look: Look | None = None
        free = _places.acquire(blocking=False)
        try:
            if len(network.widths) > 1 or not free:
                look = sampled_slice(network, plane, window)
                yield "picture", Picture(look[0], waiting=not free)
            while not free:
                go_on(cancelled)
                free = _places.acquire(timeout=0.05)
            for picture in _exact(network, plane, window, look, cancelled):
                yield "picture", picture
        except CancelledError:
            return
        finally:
            if free:
                _places.release()

    return run


def _exact(
    network: Network, plane: Plane, window: Window, look: Look | None, cancelled: Cancelled
) -> Iterator[Picture]:
    """All regions: their edges as soon as they are known, then their fills, then what they add up to."""
    try:
        regions = enumerate_regions(network, window, plane, max_regions=MOST_REGIONS, shrink=False, cancelled=cancelled)
    except TooManyRegionsError:
        look = look or sampled_slice(network, plane, window)
        yield Picture(look[0], too_many=True)
        return
    count, seconds = len(regions), regions.seconds
    if count > LONG or (look is not None and count > MOST_DRAWN):
        look = look or sampled_slice(network, plane, window)
        yield Picture(raster(regions, look[1], look[2], boundary=False), count, seconds)
    boundary = tuple(line for line, _ in regions.decision_boundary())
    picture = Picture(region_slice(regions), count, seconds, boundary=boundary)
    yield picture
    yield replace(picture, numbers=Numbers(regions.areas().astype(np.float64), class_areas(regions)))


def standing(worker: Worker[Any]) -> Standing:
    """What a worker has come to: its state, and what it has found but for how far it is."""
    found = tuple(id(item) for name, item in worker.found.items() if name != "done")
    return worker.state, found


def wait(workers: list[Worker[Picture]]) -> None:
    """Until each has something to show, but not for long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and any(worker.busy and not worker.found for worker in workers):
        time.sleep(0.004)
