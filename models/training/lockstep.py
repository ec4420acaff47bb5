"""Trainings that go on side by side: one thread, a step of each in turn, so that they stand at equal steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from geometry.computation.cores import cores
from models.training.background.fair_semaphore import AWAY, PLACES, PROCESSOR, TURN, UNSEEN, URGENT_WORK
from models.training.background.threads import background
from models.training.engine import Engine, Pulse

LONGEST_REST = 1.0  # seconds until a lockstep at a slow pace finds out that nobody holds its trainers any more


class DrivenEngine:
    """An engine and who drives it: nobody while `idle` is set, else a lockstep's thread until `halt` is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.halt = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self._abandoned = False

    @property
    def goes_on(self) -> bool:
        return not (self.halt.is_set() or self._abandoned or self.engine.ended)

    def abandon(self) -> None:
        """Halt for good. Takes no lock, since the garbage collector may call it at any moment in any thread."""
        self._abandoned = True

    def advance(self) -> None:
        """One step; a thread has nobody to raise to, so whoever looks at the engine is told what went wrong."""
        try:
            self.engine.advance()
        except Exception as error:
            self.engine.fail(f"Training failed at step {self.engine.step}: {error}.")


class Lockstep:
    """Trainers made with the same lockstep stand at equal steps while they run: none begins a step before all have
    ended theirs. Their snapshots are of equal steps too. A trainer that is behind catches up alone.

    A lockstep takes one of the places on this machine, however many trainers it has, and waits in the queue for it. One
    that has stood aside for `UNSEEN` seconds makes way for who waits, and queues again.

    Parameters
    ----------
    pace : most steps a second; None is as many as possible. May be set at any time.
    aside : says when others go first, as while nobody looks at this one. May be set at any time.
    """

    def __init__(self, pace: float | None = None) -> None:
        self.aside: Callable[[], bool] | None = None
        self._changed = threading.Event()  # a run was halted or the pace was set: waiting for the next step is over
        self.pace = pace
        self._runs: tuple[DrivenEngine, ...] = ()  # those not idle
        self._ticket = object()  # who it is in the queue
        self._under_way = False  # whether there is a thread that trains them
        self._unseen: float | None = None  # since when it stands aside
        self._lock = threading.Lock()  # of these two

    @property
    def pace(self) -> float | None:
        return self._pace

    @pace.setter
    def pace(self, pace: float | None) -> None:
        if pace is not None and not pace > 0:
            raise ValueError(f"pace is a number of steps a second above 0, or None, got {pace}")
        self._pace = pace
        self._changed.set()

    @property
    def place(self) -> int | None:
        """Its number in the queue of this machine, from 1; None when it does not wait."""
        return PLACES.place(self._ticket)

    def start(self, *runs: DrivenEngine) -> None:
        """Train `runs`, which are idle, together with those under way."""
        with self._lock:
            for run in runs:
                run.halt.clear()
                run.idle.clear()
            self._runs = (*self._runs, *runs)
            if not self._under_way:
                self._under_way = True
                background(self._train, "trainer", self.halt_all)

    def halt(self, run: DrivenEngine) -> None:
        """Let `run` become idle after the step under way; its `idle` tells when."""
        run.halt.set()
        self._changed.set()
        for semaphore in (PLACES, PROCESSOR):
            semaphore.look_again(self._ticket)

    def pause(self) -> None:
        """Pause all its trainers, after the same step."""
        for run in self.halt_all():
            run.idle.wait()

    def halt_all(self) -> tuple[DrivenEngine, ...]:
        """Let all its trainers become idle after the step under way, which is not waited for."""
        with self._lock:  # until it is released, no run is found halted while another goes on
            for run in self._runs:
                self.halt(run)
            return self._runs

    def _train(self) -> None:
        """The thread: a place on this machine, then turn after turn, until no run goes on."""
        self._ticket = object()
        left = True  # whether there are runs: if not, another thread may have begun with new ones

        def settled() -> bool:
            nonlocal left
            left = self._settle()
            return not left

        placed = PLACES.take(self._ticket, settled)
        try:
            pulse = Pulse()
            with cores(max((run.engine.cores for run in self._runs), default=1)):
                while left and not settled():
                    began = time.monotonic()
                    if self._makes_way():
                        PLACES.give()
                        placed = PLACES.take(self._ticket, settled, self._stands_aside)
                        continue
                    URGENT_WORK.rest(AWAY)
                    if PROCESSOR.take(self._ticket, lambda: self._halted() or self._makes_way(), self._stands_aside):
                        try:
                            if URGENT_WORK.let(AWAY):
                                self._turn(pulse)
                        finally:
                            PROCESSOR.give()
                    self._rest(began)
        except Exception as error:  # nobody waits for ever for a run to become idle: it fails, and says why
            self._fail(error)
        finally:
            if placed:
                PLACES.give()

    def _stands_aside(self) -> bool:
        return self.aside is not None and self.aside()

    def _makes_way(self) -> bool:
        """Whether it has stood aside for so long that who waits for a place takes this one."""
        now, aside = time.monotonic(), self._stands_aside()
        self._unseen = (now if self._unseen is None else self._unseen) if aside else None
        return self._unseen is not None and now - self._unseen >= UNSEEN and PLACES.wanted()

    def _halted(self) -> bool:
        """Whether some run is to become idle."""
        return not all(run.goes_on for run in self._runs)

    def _settle(self) -> bool:
        """Let runs that do not go on become idle, with a last snapshot; False, and the thread must end, if all did."""
        with self._lock:
            ended = [run for run in self._runs if not run.goes_on]
            self._runs = tuple(run for run in self._runs if run not in ended)
            for run in ended:
                try:
                    run.engine.publish_last()
                finally:
                    run.idle.set()
            self._under_way = bool(self._runs)
            return self._under_way

    def _fail(self, error: Exception) -> None:
        with self._lock:
            runs, self._runs, self._under_way = self._runs, (), False
            for run in runs:
                try:
                    run.engine.fail(f"Training failed at step {run.engine.step}: {error}.")
                finally:
                    run.idle.set()

    def _turn(self, pulse: Pulse) -> None:
        """Steps for as long as a turn is; one if there is a pace to keep."""
        runs, end = self._runs, time.monotonic() + TURN
        while all(run.goes_on for run in runs):
            behind = min(run.engine.step for run in runs)
            moved = [run for run in runs if run.engine.step == behind]
            for run in moved:
                run.advance()
            if pulse.due():
                with pulse:
                    for run in moved:
                        run.engine.publish_last()
            if self._pace is not None or time.monotonic() >= end:
                break

    def _rest(self, began: float) -> None:
        """Wait until the pace allows the next step, or something has changed."""
        while self._pace is not None and not self._halted():
            left = began + 1 / self._pace - time.monotonic()
            if left <= 0:
                break
            self._changed.wait(min(left, LONGEST_REST))
            self._changed.clear()
