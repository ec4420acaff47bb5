"""The scheduler of work in the background: a few places, and the order in which work gets them."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

from geometry.computation.cancellation import Cancelled, never
from models.training.background import tuning as of_training
from models.training.background.fair_semaphore import URGENT_WORK
from pages.shared.background import tuning


class Rank(IntEnum):
    """The order of work: the least rank goes first."""

    ASKED = 0  # a user waits for it, and it has not computed for long
    BEHIND = 1  # it runs in the background
    AWAY = 2  # its session is not connected: it rests until the session comes back


def always() -> bool:
    return True


@dataclass(eq=False)
class Claim:
    """One piece of work that computes, waits for a place, or has not asked for one."""

    title: str  # what it is, in one or two words that take a plural s
    asked: bool = False  # a user waits for it, as for a pin
    session: str = ""
    connected: Callable[[], bool] = always
    used: float = 0.0  # seconds that it has computed before `since`
    since: float = 0.0  # when it got its place, or began to wait for one
    served: float = 0.0  # when it got its place last
    looked: float = 0.0  # when it last checked whether other work goes first
    patient: bool = True  # False: it got its place after a long wait, and keeps it for a turn
    granted: threading.Event = field(default_factory=threading.Event)

    def rank(self, now: float) -> Rank:
        if not self.connected():
            return Rank.AWAY
        return Rank.ASKED if self.asked and self.seconds(now) < of_training.URGENT else Rank.BEHIND

    def seconds(self, now: float) -> float:
        """The seconds for which it has computed."""
        return self.used + (now - self.since if self.granted.is_set() else 0.0)


class Turns:
    """A few places for work that computes, and the queue of work that waits for one.

    Work that a user waits for has separate places. While it computes, work in the background rests from its next check
    on. Once it has computed for longer than `URGENT` seconds, it counts as work in the background, too. Within one rank
    the sessions take turns, and within a session its pieces of work. Work of sessions that are not connected rests.

    Parameters
    ----------
    count : number of places for work that users wait for, and of places for all work together; background work gets a
        place of the second kind only
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._waiting: list[Claim] = []
        self._running: list[Claim] = []
        self._drawing: list[Claim] = []  # pages that are drawn: they need no place, and background work rests for them
        self._served: dict[str, float] = {}  # when each session last got a place
        self._lock = threading.Lock()
        self._granted_at = 0.0  # when places were last given
        self._crowded = False  # work waits, or more work computes than there are places: read without the lock

    def take(self, claim: Claim, cancelled: Cancelled = never) -> bool:
        """Wait for a place. Returns False if the claim is cancelled before it gets one."""
        with self._lock:
            claim.since = time.monotonic()
            self._waiting.append(claim)
            self._grant()
        return self._wait(claim, cancelled)

    def give(self, claim: Claim) -> None:
        """Give the place back, or leave the queue."""
        with self._lock:
            self._leave(claim)
            self._forget(claim.session)
            self._grant()

    def rest(self, claim: Claim, cancelled: Cancelled = never) -> None:
        """If other work goes first, give the place back, and wait for the next one. Work calls it between steps.

        Any thread that works for the claim may call it. It returns at once if the claim is `cancelled`: the work ends.
        """
        now = time.monotonic()
        if claim.granted.is_set() and now - claim.looked < (tuning.LOOK if self._crowded else tuning.GLANCE):
            return
        claim.looked = now
        with self._lock:
            if claim.granted.is_set() and self._goes_behind(claim, time.monotonic()) and not cancelled():
                self._leave(claim)
                claim.since = time.monotonic()
                self._waiting.append(claim)
                self._grant()
        self._wait(claim, cancelled, keep=True)

    @contextmanager
    def drawing(self, session: str) -> Iterator[None]:
        """Within this block a page is drawn on a user's request, and work in the background rests."""
        claim = Claim("page", asked=True, session=session, since=time.monotonic())
        claim.granted.set()
        URGENT_WORK.begin(claim)
        with self._lock:
            self._drawing.append(claim)
            self._look_crowded()
        try:
            yield
        finally:
            URGENT_WORK.end(claim)
            with self._lock:
                self._drawing.remove(claim)
                self._grant()

    def ahead(self, claim: Claim) -> tuple[Counter[str], Counter[str]]:
        """Counts, by title, of the work before a waiting claim: of its own session, and of others. Else empty."""
        now = time.monotonic()
        with self._lock:
            if claim not in self._waiting:
                return Counter(), Counter()
            before = sorted(self._waiting, key=lambda other: self._order(other, now))
            first = [*self._running, *before[: before.index(claim)]]
        own = Counter(other.title for other in first if other.session == claim.session)
        return own, Counter(other.title for other in first if other.session != claim.session)

    def _wait(self, claim: Claim, cancelled: Cancelled, keep: bool = False) -> bool:
        """Wait until the claim has a place. With `keep` a cancelled claim stays registered until `give`."""
        while not claim.granted.wait(tuning.GLANCE):
            with self._lock:  # a claim that moves from one list to the other is in neither
                ended = claim not in self._waiting and not claim.granted.is_set()
            if ended:
                return False
            if cancelled():
                if not keep:
                    self.give(claim)
                return False
            # a session may have reconnected, or PATIENCE have passed
            if time.monotonic() - self._granted_at > tuning.GLANCE:
                with self._lock:
                    self._grant()
        return True

    def _order(self, claim: Claim, now: float) -> tuple[int, float, float, float]:
        return claim.rank(now), self._served.get(claim.session, 0.0), claim.served, claim.since

    def _grant(self) -> None:
        """Give the free places to the first claims in the queue."""
        self._granted_at = now = time.monotonic()
        for claim in sorted(self._waiting, key=lambda waiting: self._order(waiting, now)):
            rank = claim.rank(now)
            if rank is Rank.AWAY:
                break
            free = self._computing(now) < self.count
            late = now - claim.since > tuning.PATIENCE and not self._behind(now)
            if rank is Rank.ASKED:
                free = self._awaited(now) < self.count
            if free or (late and rank is Rank.BEHIND):
                self._place(claim, now, patient=free)
        self._look_crowded()

    def _place(self, claim: Claim, now: float, patient: bool) -> None:
        self._waiting.remove(claim)
        self._running.append(claim)
        claim.since = claim.served = self._served[claim.session] = now
        claim.patient = patient
        if claim.rank(now) is Rank.ASKED:
            URGENT_WORK.begin(claim)
        claim.granted.set()

    def _leave(self, claim: Claim) -> None:
        """Remove the claim from the running and the waiting work."""
        URGENT_WORK.end(claim)
        if claim in self._running:
            self._running.remove(claim)
            claim.used = claim.seconds(time.monotonic())
            claim.granted.clear()
        if claim in self._waiting:
            self._waiting.remove(claim)

    def _forget(self, session: str) -> None:
        if all(claim.session != session for claim in (*self._waiting, *self._running)):
            self._served.pop(session, None)

    def _goes_behind(self, claim: Claim, now: float) -> bool:
        """Whether a running claim has to rest."""
        rank, had_turn = claim.rank(now), now - claim.since >= tuning.TURN
        if rank is Rank.AWAY:
            return True
        waiting = [other.rank(now) for other in self._waiting]
        if had_turn and any(other_rank <= rank for other_rank in waiting):
            return True
        if rank is Rank.ASKED or not (claim.patient or had_turn):
            return False
        return Rank.ASKED in waiting or self._computing(now) > self.count

    def _computing(self, now: float) -> int:
        return len(self._running) + sum(page.rank(now) is Rank.ASKED for page in self._drawing)

    def _behind(self, now: float) -> int:
        return sum(claim.rank(now) is not Rank.ASKED for claim in self._running)

    def _awaited(self, now: float) -> int:
        """The number of running claims that users wait for, without those that are overdue to rest."""
        return sum(
            claim.rank(now) is Rank.ASKED and now - claim.since < tuning.TURN + tuning.OVERDUE
            for claim in self._running
        )

    def _look_crowded(self) -> None:
        self._crowded = bool(self._waiting) or len(self._running) + len(self._drawing) > self.count


TURNS = Turns(max(2, os.cpu_count() or 1))
