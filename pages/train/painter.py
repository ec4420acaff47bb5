"""Computation of a run's pictures in a background thread, so that no click waits for a picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from figures.regions.overlays import Point
from geometry.computation.cancellation import CancelledError, CancelScope
from geometry.computation.cores import cores
from models.training.background.fair_semaphore import PICTURE_SECONDS, PROCESSOR, REST, FairSemaphore, Rank, Rest
from models.training.background.threads import background
from pages.train.pictures import Moment

EASEL = FairSemaphore(1)  # one picture at a time: several at once are no faster together, and delay pins


@dataclass(eq=False)
class Picture:
    """Moments of all trainers of a run, shown together."""

    moments: Callable[[], Sequence[Moment]]  # called when it begins, so that it shows the latest moments
    pin: Point | None = None
    asked: bool = False  # a user waits for it
    begin: float = 0.0  # it does not begin before this time.monotonic()
    started: float = 0.0  # when it began
    shown: tuple[Moment, ...] = ()  # complete, once `done` is set without an error
    error: Exception | None = None
    cost: float = 0.0  # seconds of processor time that it took
    took: float = 0.0  # seconds that it took
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def rank(self) -> Rank:
        return Rank.ASKED if self.asked else Rank.PICTURE

    def drop(self) -> None:
        """Cancel it before it begins, and end the waits for it."""
        self.error = CancelledError()
        self.done.set()


class Painter:
    """Computes the latest wanted picture. A picture that a user waits for cancels the one that is being computed.

    Its thread ends when no picture is left.

    Parameters
    ----------
    count : returns how many processor cores a picture may use
    """

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._next: Picture | None = None
        self._now: Picture | None = None
        self._alive = False  # whether there is a thread
        self._ended = False
        self._changed = threading.Event()
        self.last: Picture | None = None  # the latest that is complete
        self.trouble: Exception | None = None  # the error of the one after it; who shows it sets it to None

    @property
    def busy(self) -> bool:
        """Whether a picture is being computed, or will be."""
        return self._now is not None or self._next is not None

    def want(self, picture: Picture) -> Picture:
        """Make it the next picture, and drop the next one that has not begun."""
        with self._lock:
            dropped, self._next = self._next, picture
            begin, self._alive = not self._alive, True
            self._changed.set()
        if dropped is not None:
            dropped.drop()
        if begin:
            background(self._go_through, "pictures", self.end)
        return picture

    def end(self) -> None:
        """Compute nothing more. Returns at once."""
        self._ended = True
        self._changed.set()

    def _go_through(self) -> None:
        with cores(self._count()):
            while (picture := self._take()) is not None:
                self._compute(picture)

    def _take(self) -> Picture | None:
        """Wait until the next picture is due. Returns None, and the thread must end, if there is none."""
        while True:
            with self._lock:
                self._now, picture = None, self._next
                wait = 0.0 if picture is None else picture.begin - time.monotonic()
                if picture is None or self._ended or wait <= 0:
                    self._next = None
                    if picture is not None and not self._ended:
                        self._now = picture
                        return picture
                    self._alive = False
                    break
                self._changed.clear()
            self._changed.wait(wait)
        if picture is not None:
            picture.drop()
        return None

    def _compute(self, picture: Picture) -> None:
        picture.started, thread = time.monotonic(), time.thread_time()
        try:
            shown = tuple(picture.moments())
            for moment in shown:
                if not moment.painted:
                    with EASEL.within(REST, picture.rank):
                        self._paint(moment, picture)
            picture.shown, self.last, self.trouble = shown, picture, None
        except CancelledError as error:
            picture.error = error
        except Exception as error:  # the waiting page raises it
            picture.error = self.trouble = error
        finally:
            picture.cost, picture.took = time.thread_time() - thread, time.monotonic() - picture.started
            picture.done.set()

    def _paint(self, moment: Moment, picture: Picture) -> None:
        """Compute a moment while holding PROCESSOR, except while urgent work runs."""
        processor, urgent_first = _Processor(picture.rank), Rest(0.0 if picture.asked else REST)

        def cancelled() -> bool:
            if urgent_first.due:
                processor.leave()
                urgent_first()
                processor.enter()
            return self._ended or (self._next is not None and self._next.asked)

        processor.enter()
        try:
            with CancelScope(cancelled):
                moment.paint(picture.pin)
        finally:
            processor.leave()


class _Processor:
    """PROCESSOR, taken and given several times. A long training step delays it by PICTURE_SECONDS at most."""

    def __init__(self, rank: Rank) -> None:
        self._rank, self._here = rank, False

    def enter(self) -> None:
        self._here = PROCESSOR.acquire(self, seconds=PICTURE_SECONDS, rank=self._rank)

    def leave(self) -> None:
        if self._here:
            PROCESSOR.release()
        self._here = False
