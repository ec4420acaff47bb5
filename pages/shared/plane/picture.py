"""Pictures of the regions in a window of the plane: enumerated in the background, and cached for all sessions."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.regions.frames import Frame, region_frame
from figures.regions.histograms import area_histogram
from figures.regions.overlays import Window
from figures.words import counted, duration
from geometry.computation.cached_property import cached_property
from geometry.computation.cancellation import Cancelled
from geometry.computation.memory import BUDGET
from geometry.network.network import Network
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap
from pages.shared.background.own_run import wait_for
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker

KEPT = 12  # pictures in the cache of all sessions; a limit on memory
OTHERS = 3.0  # seconds that a session waits for another that enumerates the same picture, which may be paused
LOOK = 0.01  # seconds between checks whether the other session's picture is ready


@dataclass(frozen=True, eq=False)
class RegionPicture:
    """The regions of a network in a window, as arrays and as a frame."""

    regions: RegionMap

    @cached_property
    def frame(self) -> Frame:
        return region_frame(self.regions)

    @cached_property
    def areas(self) -> str:
        """The distribution of the regions' areas, as HTML."""
        return area_histogram(self.regions.areas())


def busy_place() -> DeltaGenerator:
    """A container for what is being computed. Every run draws it, so that nothing after it changes place."""
    return st.container(key="busy")


def picture(network: Network, window: Window, limit: int, place: DeltaGenerator) -> RegionPicture:
    """The picture of a network, from the cache or enumerated.

    The page waits for the enumeration and says so in `place` (`busy_place`). A new run may interrupt the wait.

    Raises
    ------
    ValueError
        As `enumerate_regions`.
    """
    kept = _pictures.get((network.key, window, limit))
    if kept is not None:
        return kept
    search = wait_for(_finder(network, window, limit), place, "Finding every linear region")
    if "picture" not in search.found:
        _finder.drop(network, window, limit)
        raise ValueError(search.message or "the search for regions was stopped")
    return search.found["picture"]


@session_resource(end=Worker.halt, most=4)
def _finder(network: Network, window: Window, limit: int) -> Worker[RegionPicture]:
    """A worker that yields the picture as "picture"; a session's later requests cancel its oldest one."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, RegionPicture]]:
        request = (network.key, window, limit)
        try:
            if not _pictures.begin(request, cancelled):
                return
            kept = _pictures.get(request)
            if kept is None:
                regions = regions_in_memory(network, window, max_regions=limit, cancelled=cancelled)
                kept = RegionPicture(regions)
                _pictures.keep(request, kept)
            yield "picture", kept
        finally:
            _pictures.end(request)

    return Worker(steps, awaited=True, title="picture")


class _Pictures:
    """Cache of the latest pictures of all sessions. A request that another session computes already waits for it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, RegionPicture] = OrderedDict()
        self._begun: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def get(self, request: Hashable) -> RegionPicture | None:
        with self._lock:
            if request in self._kept:
                self._kept.move_to_end(request)
            return self._kept.get(request)

    def keep(self, request: Hashable, picture: RegionPicture) -> None:
        with self._lock:
            self._kept[request] = picture
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._kept.clear()

    def begin(self, request: Hashable, cancelled: Cancelled) -> bool:
        """Wait up to `OTHERS` seconds while another session computes the same request. False if `cancelled()`."""
        end = time.monotonic() + OTHERS
        with self._lock:
            first = not self._begun[request]
            self._begun[request] += 1
        while not first and time.monotonic() < end and self.get(request) is None:
            if cancelled():
                return False
            time.sleep(LOOK)
        return True

    def end(self, request: Hashable) -> None:
        with self._lock:
            self._begun[request] -= 1
            if not self._begun[request]:
                del self._begun[request]


_pictures = _Pictures()


def _spare() -> None:
    """Drop all cached pictures to free memory; a page enumerates its picture again when it needs it."""
    _pictures.forget()
    _finder.end_everywhere(lambda worker: not worker.busy)


BUDGET.spare(_spare)


def badge(picture: RegionPicture) -> str:
    """The badge: "exact" with count and time, or "first" where the limit shrank the window."""
    count, seconds = counted(len(picture.regions), "region"), duration(picture.regions.seconds)
    return f"{'first' if picture.regions.truncated else 'exact ·'} {count} · {seconds}"
