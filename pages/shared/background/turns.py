"""Who computes when: a few places, and the order in which work in the background gets them."""

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
from models.training.background.fair_semaphore import URGENT, URGENT_WORK

# In seconds. After each: how long the slowest 5 % of pins wait in benchmarks/turns.py, beside their own 0.02 s, with a
# smaller value, this one and a larger one. Measured on two cores that others use too: two runs differ by 0.02.
TURN = 0.25  # that work computes before others of its rank go first. 0.05: 0.038, 0.25: 0.038, 1: 0.056
PATIENCE = 3.0  # that background work rests for pins before it has a turn. 1: 0.041, 3: 0.043, 10: 0.072
OVERDUE = 0.3  # after which a step that does not rest keeps no pin waiting. 0.1: 0.048, 0.3: 0.037, 1: 0.029
LOOK = 0.005  # between looks of work at whether others go first. 0.001: 0.052, 0.005: 0.055, 0.05: 0.048
GLANCE = 0.2  # between looks if nobody does, and of work that waits. 0.05: 0.077, 0.2: 0.052, 1: 0.103


class Rank(IntEnum):
    """What goes first."""

    ASKED = 0  # somebody waits for it, and it has not computed for long
    BEHIND = 1  # it goes on in the background
    AWAY = 2  # its session is not connected: it rests until the session comes back


def always() -> bool:
    return True


@dataclass(eq=False)
class Claim:
    """One piece of work that computes, waits for a place, or has not asked for one."""

    title: str  # what it is, in one or two words that take a plural s
    asked: bool = False  # somebody waits for it, as for a pin
    session: str = ""
    connected: Callable[[], bool] = always
    used: float = 0.0  # seconds that it has computed before `since`
    since: float = 0.0  # when it got its place, or began to wait for one
    served: float = 0.0  # when it got its place last
    looked: float = 0.0
    patient: bool = True  # False: it got its place because it had waited for long, and keeps it for a turn
    granted: threading.Event = field(default_factory=threading.Event)

    def rank(self, now: float) -> Rank:
        if not self.connected():
            return Rank.AWAY
        return Rank.ASKED if self.asked and self.seconds(now) < URGENT else Rank.BEHIND

    def seconds(self, now: float) -> float:
        """For how long it has computed."""
        return self.used + (now - self.since if self.granted.is_set() else 0.0)


class Turns:
    """A few places for work that computes, and everybody who wants one.

    What somebody waits for has places of its own, and whatever runs in the background rests at its next look. Such work
    goes on in the background once it has computed for longer than `URGENT`. Among equals sessions take turns, and
    within a session its pieces of work. Work of sessions that are not connected rests.

    Parameters
    ----------
    count : places for what somebody waits for, and as many for everything together; while there are more of the first,
        all others rest
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._waiting: list[Claim] = []
        self._running: list[Claim] = []
        self._drawing: list[Claim] = []  # pages that are drawn: they need no place, and others rest for them
        self._served: dict[str, float] = {}  # by session: when it got a place last
        self._lock = threading.Lock()
        self._looked = 0.0  # when places were given last
        self._crowded = False  # somebody waits, or more compute than there are places: read without the lock

    def take(self, claim: Claim, cancelled: Cancelled = never) -> bool:
        """Wait for a place; False if it was cancelled before there was one."""
        with self._lock:
            claim.since = time.monotonic()
            self._waiting.append(claim)
            self._grant()
        return self._wait(claim, cancelled)

    def give(self, claim: Claim) -> None:
        """Hand the place on."""
        with self._lock:
            self._leave(claim)
            self._forget(claim.session)
            self._grant()

    def rest(self, claim: Claim, cancelled: Cancelled = never) -> None:
        """Called between steps: if others go first, give the place, and wait for the next one.

        Any thread that works for the claim may call it. It returns at once if it is `cancelled`: the work ends.
        """
        now = time.monotonic()
        if claim.granted.is_set() and now - claim.looked < (LOOK if self._crowded else GLANCE):
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
        """A page is drawn, for somebody who has just done something: work in the background rests meanwhile."""
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
        """What goes before a claim that waits, by title: of the claim's own session, and of others. Else nothing."""
        now = time.monotonic()
        with self._lock:
            if claim not in self._waiting:
                return Counter(), Counter()
            before = sorted(self._waiting, key=lambda one: self._order(one, now))
            first = [*self._running, *before[: before.index(claim)]]
        own = Counter(one.title for one in first if one.session == claim.session)
        return own, Counter(one.title for one in first if one.session != claim.session)

    def _wait(self, claim: Claim, cancelled: Cancelled, keep: bool = False) -> bool:
        """Until the claim has a place. With `keep` who gives up stays in the queue's books until `give`."""
        while not claim.granted.wait(GLANCE):
            with self._lock:  # otherwise it might be on its way from those that wait to those that compute
                ended = claim not in self._waiting and not claim.granted.is_set()
            if ended:
                return False
            if cancelled():
                if not keep:
                    self.give(claim)
                return False
            if time.monotonic() - self._looked > GLANCE:  # a session may have come back, or patience have ended
                with self._lock:
                    self._grant()
        return True

    def _order(self, claim: Claim, now: float) -> tuple[int, float, float, float]:
        return claim.rank(now), self._served.get(claim.session, 0.0), claim.served, claim.since

    def _grant(self) -> None:
        """Give places to who is next, as long as there are some."""
        self._looked = now = time.monotonic()
        for claim in sorted(self._waiting, key=lambda one: self._order(one, now)):
            rank = claim.rank(now)
            if rank is Rank.AWAY:
                break
            free = self._computing(now) < self.count
            late = now - claim.since > PATIENCE and not self._behind(now)
            if rank is Rank.ASKED:
                free = self._hands(now) < self.count
            if free or (late and rank is Rank.BEHIND):
                self._seat(claim, now, patient=free)
        self._look_crowded()

    def _seat(self, claim: Claim, now: float, patient: bool) -> None:
        self._waiting.remove(claim)
        self._running.append(claim)
        claim.since = claim.served = self._served[claim.session] = now
        claim.patient = patient
        if claim.rank(now) is Rank.ASKED:
            URGENT_WORK.begin(claim)
        claim.granted.set()

    def _leave(self, claim: Claim) -> None:
        """Neither compute nor wait."""
        URGENT_WORK.end(claim)
        if claim in self._running:
            self._running.remove(claim)
            claim.used = claim.seconds(time.monotonic())
            claim.granted.clear()
        if claim in self._waiting:
            self._waiting.remove(claim)

    def _forget(self, session: str) -> None:
        if all(one.session != session for one in (*self._waiting, *self._running)):
            self._served.pop(session, None)

    def _goes_behind(self, claim: Claim, now: float) -> bool:
        """Whether a claim that computes is to rest."""
        rank, had_turn = claim.rank(now), now - claim.since >= TURN
        if rank is Rank.AWAY:
            return True
        waiting = [one.rank(now) for one in self._waiting]
        if had_turn and any(other <= rank for other in waiting):
            return True
        if rank is Rank.ASKED or not (claim.patient or had_turn):
            return False
        return Rank.ASKED in waiting or self._computing(now) > self.count

    def _computing(self, now: float) -> int:
        return len(self._running) + sum(one.rank(now) is Rank.ASKED for one in self._drawing)

    def _behind(self, now: float) -> int:
        return sum(one.rank(now) is not Rank.ASKED for one in self._running)

    def _hands(self, now: float) -> int:
        """What somebody waits for and computes, without steps that were asked to rest and do not."""
        return sum(one.rank(now) is Rank.ASKED and now - one.since < TURN + OVERDUE for one in self._running)

    def _look_crowded(self) -> None:
        self._crowded = bool(self._waiting) or len(self._running) + len(self._drawing) > self.count


TURNS = Turns(max(2, os.cpu_count() or 1))
