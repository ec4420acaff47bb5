"""First-come, first-served semaphores, and which trainings compute when."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum

from geometry.computation.cancellation import Cancelled, never

ASK = 0.5  # seconds between looks at whether who waits still wants to, where nobody says that it has changed


class Rank(IntEnum):
    """What goes first where one computes at a time."""

    ASKED = 0  # somebody waits for it, as for a pin
    PICTURE = 1  # it follows training by itself
    TRAINING = 2


class _Waiting:
    """Who waits: the event says that a place is free, or that it is time to look again."""

    def __init__(self, aside: Callable[[], bool], rank: Rank) -> None:
        self.aside, self.rank = aside, rank
        self.event = threading.Event()
        self.called = False  # a place is kept free for it


class FairSemaphore:
    """A number of places and the queue for them. Those who ask are told apart by what they pass as `who`."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = count
        self._queue: dict[object, _Waiting] = {}
        self._lock = threading.Lock()

    def take(
        self,
        who: object,
        cancelled: Cancelled = never,
        aside: Callable[[], bool] = never,
        *,
        seconds: float = math.inf,
        rank: Rank = Rank.TRAINING,
    ) -> bool:
        """Wait for a place.

        Parameters
        ----------
        cancelled : asked every `ASK` seconds, and after `look_again`; if it is true before there is a place, False
        comes
        aside : while it is true, others go first
        seconds : after which False comes
        rank : lower ones go first, whenever they came
        """
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return True
            waiting = self._queue[who] = _Waiting(aside, rank)
            self._queue = dict(sorted(self._queue.items(), key=lambda item: item[1].rank))
        end = time.monotonic() + seconds
        while not waiting.called and not cancelled() and (left := end - time.monotonic()) > 0:
            waiting.event.wait(min(ASK, left))
            waiting.event.clear()
        with self._lock:
            if not waiting.called:
                del self._queue[who]
            return waiting.called

    def look_again(self, who: object) -> None:
        """Let who waits, if it does, see at once whether it is cancelled."""
        with self._lock:
            if who in self._queue:
                self._queue[who].event.set()

    def give(self) -> None:
        """Hand the place on to the first in the queue who does not stand aside, or to the first."""
        with self._lock:
            if self._queue:
                called = next((who for who in self._queue if not self._queue[who].aside()), next(iter(self._queue)))
                waiting = self._queue.pop(called)
                waiting.called = True
                waiting.event.set()
            else:
                self._free += 1

    @contextmanager
    def within(self, seconds: float, rank: Rank = Rank.ASKED) -> Iterator[None]:
        """Take a place if one is free within so many seconds; else do without."""
        taken = self.take(object(), seconds=seconds, rank=rank)
        try:
            yield
        finally:
            if taken:
                self.give()

    def __enter__(self) -> None:
        self.take(object())

    def __exit__(self, *error: object) -> None:
        self.give()

    @property
    def taken(self) -> int:
        """Places that are taken."""
        return self.count - self._free

    def wanted(self) -> bool:
        """Whether somebody waits who does not stand aside."""
        with self._lock:
            return any(not waiting.aside() for waiting in self._queue.values())

    def ahead(self, rank: Rank) -> int:
        """How many of those who wait would have a place before somebody of this rank who comes now."""
        with self._lock:
            return sum(waiting.rank <= rank for waiting in self._queue.values())

    def place(self, who: object) -> int | None:
        """1 for the first in the queue, None for who does not wait."""
        return next((place for place, waiting in enumerate(list(self._queue), 1) if waiting is who), None)


class UrgentWork:
    """What somebody waits for and is being computed: trainings rest for it between two turns."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}
        self._changed = threading.Condition()
        self._turned = 0.0  # when a training had a turn last

    def begin(self, who: object) -> None:
        with self._changed:
            self._since[who] = time.monotonic()

    def end(self, who: object) -> None:
        """Also for what has not begun, or has ended."""
        with self._changed:
            self._since.pop(who, None)
            self._changed.notify_all()

    def rest(self, seconds: float) -> None:
        """Wait so long at most until nothing is computed that somebody waits for; what takes long does not count."""
        if self._since:
            with self._changed:
                self._changed.wait_for(self._none, seconds)

    def let(self, seconds: float) -> bool:
        """Whether a training may have a turn now: nobody waits, or the last turn of any was so many seconds ago."""
        with self._changed:
            now = time.monotonic()
            if not self._none() and now - self._turned < seconds:
                return False
            self._turned = now
            return True

    @property
    def busy(self) -> bool:
        """Whether something is computed that somebody waits for, and has not taken long."""
        return bool(self._since) and not self._none()

    def _none(self) -> bool:
        late = time.monotonic() - URGENT
        return all(since < late for since in self._since.values())


URGENT = 2.0  # seconds for which what somebody waits for goes first. With 5 a newcomer waits 3 s (benchmarks/turns.py)
AWAY = 0.1  # seconds that all trainings rest for them between two turns (benchmarks/turns.py)
REST = 1.0  # seconds in all that what follows training, a picture or a measure, rests for them before it goes on
URGENT_WORK = UrgentWork()


class Rest:
    """What somebody waits for goes first, for so many seconds in all; then whoever has this goes on all the same."""

    def __init__(self, seconds: float = REST) -> None:
        self.rested, self._most = 0.0, seconds

    @property
    def due(self) -> bool:
        return self.rested < self._most and URGENT_WORK.busy

    def __call__(self) -> None:
        """Rest, if it is due."""
        if self.due:
            began = time.monotonic()
            URGENT_WORK.rest(self._most - self.rested)
            self.rested += time.monotonic() - began


TURN = 0.02  # seconds that one training computes before it is another's turn
PROCESSOR = FairSemaphore(1)  # who computes now: several small trainings at once are together no faster than one
PICTURE_SECONDS = 0.1  # seconds that a picture waits for the processor: a long step must not hold it up
PLACES = FairSemaphore(
    max(32, 8 * (os.cpu_count() or 1))
)  # who takes turns: a class of thirty; others wait in the queue
UNSEEN = 20.0  # seconds that a training whose page is not connected keeps its place from others: time to come back
