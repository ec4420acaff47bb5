"""Regions of a plane, found in the background: a first look, then all of them, then what they add up to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from figures.frames import Frame
from figures.overlays import Window
from figures.slices import MOST_DRAWN, raster, region_slice, sampled_slice
from figures.words import duration, thousands
from geometry import Network, Plane, enumerate_regions
from geometry.class_areas import class_areas
from geometry.norms import Array
from pages.certify.worker import Cancelled, Worker

MOST_REGIONS = 500_000  # of one enumeration: about a gigabyte
AT_ONCE = 2  # enumerations of this process; others wait their turn
KEPT = 10  # pictures of a session
PATIENCE = 0.6  # seconds that a run of the page waits for a picture before it shows what there was

_places = threading.BoundedSemaphore(AT_ONCE)


Standing = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Numbers:
    """What all regions of a window add up to."""

    areas: Array  # (n,)
    class_areas: Array  # (K,)
    boundary: list[Array]  # polylines (k, 2)


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame and what it may claim: `count` regions exactly, or None of them while it is only sampled."""

    frame: Frame
    count: int | None
    seconds: float
    too_many: bool = False
    numbers: Numbers | None = None

    @property
    def badge(self) -> str:
        if self.count is not None:
            return f"exact · {thousands(self.count)} region{'' if self.count == 1 else 's'} · {duration(self.seconds)}"
        cells = thousands(len(self.frame))
        if self.too_many:
            return f"sampled at {cells} points · more than {thousands(MOST_REGIONS)} regions: zoom in for all of them"
        return f"sampled at {cells} points · finding every region …"


@st.cache_resource(scope="session", max_entries=KEPT, show_spinner=False, on_release=lambda worker: worker.stop())
def pictures(key: str, _network: Network, _plane: Plane, window: Window) -> Worker[Picture]:
    """The regions of a network, named by its key with the plane's, as they are found; under "picture" the latest."""
    return Worker(steps(_network, _plane, window), places=_places)


def steps(network: Network, plane: Plane, window: Window) -> Callable[[Cancelled], Iterator[tuple[str, Picture]]]:
    """What happens in the background. Networks of one hidden layer are enumerated as fast as they are sampled."""

    def run(cancelled: Cancelled) -> Iterator[tuple[str, Picture]]:
        began = time.perf_counter()
        look = None
        if len(network.widths) > 1:
            look = sampled_slice(network, plane, window)
            yield "picture", Picture(look[0], None, time.perf_counter() - began)
        regions = enumerate_regions(network, window, plane, max_regions=MOST_REGIONS)
        if regions.truncated or len(regions) > MOST_DRAWN:
            look = look or sampled_slice(network, plane, window)
        if regions.truncated and look is not None:
            yield "picture", Picture(look[0], None, time.perf_counter() - began, too_many=True)
            return
        if look is not None and len(regions) > MOST_DRAWN:
            fast = raster(regions, look[1], look[2], boundary=False)
            yield "picture", Picture(fast, len(regions), regions.seconds)
        if cancelled():
            return
        frame = region_slice(regions)
        lines = [line for line, _ in regions.decision_boundary()]
        numbers = Numbers(regions.areas().astype(np.float64), class_areas(regions), lines)
        yield "picture", Picture(frame, len(regions), regions.seconds, numbers=numbers)

    return run


def standing(worker: Worker[Any]) -> Standing:
    """What a worker has come to: its state, and what it has found but for how far it is."""
    found = tuple(id(item) for name, item in worker.found.items() if name != "done")
    return worker.state, found


def wait(workers: list[Worker[Picture]]) -> None:
    """Until each has something to show, but not for long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and any(worker.busy and not worker.found for worker in workers):
        time.sleep(0.01)
