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
from models.training.background import tuning

ASK = 0.5  # seconds between checks of `cancelled`: a limit on its delay where nobody calls `look_again`


class Rank(IntEnum):
    """Priority in a queue, the lowest number first."""

    ASKED = 0  # a user waits for it, as for a pin
    PICTURE = 1  # a picture that follows training
    TRAINING = 2


class _Waiting:
    """An entry of the queue. Its event is set when it is granted a place, or is to check `cancelled`."""

    def __init__(self, aside: Callable[[], bool], rank: Rank) -> None:
        self.aside, self.rank = aside, rank
        self.event = threading.Event()
        self.granted = False  # a place is reserved for it


class FairSemaphore:
    """A first-come, first-served semaphore with priorities. `who` identifies an entry of its queue."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = count
        self._queue: dict[object, _Waiting] = {}
        self._lock = threading.Lock()

    def acquire(
        self,
        who: object,
        cancelled: Cancelled = never,
        aside: Callable[[], bool] = never,
        *,
        seconds: float = math.inf,
        rank: Rank = Rank.TRAINING,
    ) -> bool:
        """Wait for a place; False if it is cancelled or the time is over first.

        Parameters
        ----------
        cancelled : checked every `ASK` seconds, and after `look_again`
        aside : while it is true, later entries go first
        seconds : the longest wait
        rank : entries of a lower rank go first, whenever they came
        """
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return True
            waiting = self._queue[who] = _Waiting(aside, rank)
            self._queue = dict(sorted(self._queue.items(), key=lambda item: item[1].rank))
        end = time.monotonic() + seconds
        while not waiting.granted and not cancelled() and (left := end - time.monotonic()) > 0:
            waiting.event.wait(min(ASK, left))
            waiting.event.clear()
        with self._lock:
            if not waiting.granted:
                del self._queue[who]
            return waiting.granted

    def look_again(self, who: object) -> None:
        """Make an entry of the queue check at once whether it is cancelled; nothing if `who` does not wait."""
        with self._lock:
            if who in self._queue:
                self._queue[who].event.set()

    def release(self) -> None:
        """Pass the place to the first entry of the queue that is not `aside`, else to the first entry."""
        with self._lock:
            if self._queue:
                following = next((who for who in self._queue if not self._queue[who].aside()), next(iter(self._queue)))
                waiting = self._queue.pop(following)
                waiting.granted = True
                waiting.event.set()
            else:
                self._free += 1

    @contextmanager
    def within(self, seconds: float, rank: Rank = Rank.ASKED) -> Iterator[None]:
        """Run the block with a place if one is free within so many seconds, else without one."""
        acquired = self.acquire(object(), seconds=seconds, rank=rank)
        try:
            yield
        finally:
            if acquired:
                self.release()

    def __enter__(self) -> None:
        self.acquire(object())

    def __exit__(self, *error: object) -> None:
        self.release()

    @property
    def taken(self) -> int:
        """The number of places in use."""
        return self.count - self._free

    def wanted(self) -> bool:
        """Whether the queue has an entry that is not `aside`."""
        with self._lock:
            return any(not waiting.aside() for waiting in self._queue.values())

    def ahead(self, rank: Rank) -> int:
        """How many entries of the queue would go before a new one of this rank."""
        with self._lock:
            return sum(waiting.rank <= rank for waiting in self._queue.values())

    def place(self, who: object) -> int | None:
        """The position in the queue, from 1; None if `who` does not wait."""
        return next((place for place, waiting in enumerate(list(self._queue), 1) if waiting is who), None)


class UrgentWork:
    """The computations that a user waits for. Trainings pause for them between two turns."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}
        self._changed = threading.Condition()
        self._turned = 0.0  # when the last turn of a training began

    def begin(self, who: object) -> None:
        with self._changed:
            self._since[who] = time.monotonic()

    def end(self, who: object) -> None:
        """Remove a computation. Nothing happens if it has not begun or has ended already."""
        with self._changed:
            self._since.pop(who, None)
            self._changed.notify_all()

    def rest(self, seconds: float) -> None:
        """Wait until no urgent computation runs, at most so many seconds. One older than `tuning.URGENT` is not."""
        if self._since:
            with self._changed:
                self._changed.wait_for(self._none, seconds)

    def let(self, seconds: float) -> bool:
        """Whether a training may have a turn now: nothing is urgent, or the last turn was so many seconds ago."""
        with self._changed:
            now = time.monotonic()
            if not self._none() and now - self._turned < seconds:
                return False
            self._turned = now
            return True

    @property
    def busy(self) -> bool:
        """Whether a computation runs that a user has waited for less than `tuning.URGENT` seconds."""
        return bool(self._since) and not self._none()

    def _none(self) -> bool:
        late = time.monotonic() - tuning.URGENT
        return all(since < late for since in self._since.values())


REST = 1.0  # seconds that a picture or a measure of a training pauses for urgent work in all: a limit, so that it ends
URGENT_WORK = UrgentWork()


class Rest:
    """A budget of seconds for which a computation lets urgent work go first."""

    def __init__(self, seconds: float = REST) -> None:
        self.rested, self._most = 0.0, seconds

    @property
    def due(self) -> bool:
        return self.rested < self._most and URGENT_WORK.busy

    def __call__(self) -> None:
        """Pause while work is urgent and the budget lasts."""
        if self.due:
            began = time.monotonic()
            URGENT_WORK.rest(self._most - self.rested)
            self.rested += time.monotonic() - began


PROCESSOR = FairSemaphore(1)  # the training that computes now: several small ones at once are no faster than one
PICTURE_SECONDS = 0.1  # seconds that a picture waits for PROCESSOR: a limit, as a step of training may be long
PLACES = FairSemaphore(max(32, 8 * (os.cpu_count() or 1)))  # trainings that take turns; 32 are for a class of thirty
UNSEEN = 20.0  # seconds that a training whose page is not connected keeps its place: a limit, for a reload of the page
