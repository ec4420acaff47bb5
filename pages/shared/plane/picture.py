"""The regions of a window of the plane, found in the background and kept while they are useful."""

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

KEPT = 12  # pictures, for all sessions together
OTHERS = 3.0  # seconds that a session waits for another that finds the same picture
LOOK = 0.01  # seconds between looks at whether it is found


@dataclass(frozen=True, eq=False)
class Picture:
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
    """Where the page says what is being computed. It is there in every run, so that nothing after it changes place."""
    return st.container(key="busy")


def picture(network: Network, window: Window, limit: int, place: DeltaGenerator) -> Picture:
    """The picture of a network. A few are kept, for all sessions together.

    The page waits for it, and says in `place` what for (`busy_place`); another run of the page may begin meanwhile.

    Raises
    ------
    ValueError
        As `enumerate_regions`.
    """
    known = _pictures.get((network.key, window, limit))
    if known is not None:
        return known
    found = wait_for(_finder(network, window, limit), place, "Finding every linear region")
    if "picture" not in found.found:
        _finder.drop(network, window, limit)
        raise ValueError(found.message or "the search for regions was stopped")
    return found.found["picture"]


@session_resource(end=Worker.halt, most=4)
def _finder(network: Network, window: Window, limit: int) -> Worker[Picture]:
    """Finds the picture under "picture"; what a session asks for later makes it give up."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Picture]]:
        asked = (network.key, window, limit)
        try:
            if not _pictures.begin(asked, cancelled):
                return
            known = _pictures.get(asked)
            if known is None:
                regions = regions_in_memory(network, window, max_regions=limit, cancelled=cancelled)
                known = Picture(regions)
                _pictures.keep(asked, known)
            yield "picture", known
        finally:
            _pictures.end(asked)

    return Worker(steps, awaited=True, title="picture")


class _Pictures:
    """The latest pictures of all sessions, and those under way: who asks for one of these waits for it a while."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Picture] = OrderedDict()
        self._begun: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Picture | None:
        with self._lock:
            if asked in self._known:
                self._known.move_to_end(asked)
            return self._known.get(asked)

    def keep(self, asked: Hashable, found: Picture) -> None:
        with self._lock:
            self._known[asked] = found
            while len(self._known) > KEPT:
                self._known.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._known.clear()

    def begin(self, asked: Hashable, cancelled: Cancelled) -> bool:
        """Wait while another session finds the same, but not for long: it may rest. False if `cancelled()`."""
        end = time.monotonic() + OTHERS
        with self._lock:
            first = not self._begun[asked]
            self._begun[asked] += 1
        while not first and time.monotonic() < end and self.get(asked) is None:
            if cancelled():
                return False
            time.sleep(LOOK)
        return True

    def end(self, asked: Hashable) -> None:
        with self._lock:
            self._begun[asked] -= 1
            if not self._begun[asked]:
                del self._begun[asked]


_pictures = _Pictures()


def _spare() -> None:
    """Give back the memory of what is found; who still shows it finds it anew when it is asked for again."""
    _pictures.forget()
    _finder.end_everywhere(lambda worker: not worker.busy)


BUDGET.spare(_spare)


def badge(found: Picture) -> str:
    """What the picture may claim: exact, with count and time, or only a smaller window."""
    count, seconds = counted(len(found.regions), "region"), duration(found.regions.seconds)
    return f"{'first' if found.regions.truncated else 'exact ·'} {count} · {seconds}"
