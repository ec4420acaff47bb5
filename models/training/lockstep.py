"""Trainings in lockstep: one thread makes a step of each in turn, so that their step numbers stay equal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from geometry.computation.cores import cores
from models.training.background import tuning
from models.training.background.fair_semaphore import PLACES, PROCESSOR, UNSEEN, URGENT_WORK
from models.training.background.threads import background
from models.training.engine import Engine, Pulse

LONGEST_REST = 1.0  # seconds: a limit on how long a thread at a slow pace outlives its deleted trainers


class DrivenEngine:
    """An engine that a lockstep's thread trains until `halt` is set. While `idle` is set, no thread trains it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.halt = threading.Event()
        self.idle = threading.Event()
        self.idle.set()
        self._abandoned = False

    def cancelled(self) -> bool:
        """Whether the step under way is the last: it is halted, its trainer is deleted, or training has ended."""
        return self.halt.is_set() or self._abandoned or self.engine.ended

    def abandon(self) -> None:
        """Halt for good. Takes no lock, since the garbage collector may call it at any moment in any thread."""
        self._abandoned = True

    def advance(self) -> None:
        """One step. An error becomes the engine's message, as a thread has no caller to raise it to."""
        try:
            self.engine.advance()
        except Exception as error:
            self.engine.fail(f"Training failed at step {self.engine.step}: {error}.")


class Lockstep:
    """Trainers with the same lockstep have equal step numbers while they run: none begins a step before all have
    ended theirs. Their snapshots are of equal steps, too. A trainer that is behind catches up alone.

    A lockstep takes one of `PLACES`, however many trainers it has, and waits in the queue for it. If it has been
    `aside` for `UNSEEN` seconds and others wait, it releases its place and queues again.

    Parameters
    ----------
    pace : most steps a second; None is as many as possible. May be set at any time.
    aside : whether others go first now, as while its page is not connected. May be set at any time.
    """

    def __init__(self, pace: float | None = None) -> None:
        self.aside: Callable[[], bool] | None = None
        self._changed = threading.Event()  # ends the wait for the next step: a run was halted or the pace was set
        self.pace = pace
        self._runs: tuple[DrivenEngine, ...] = ()  # those that are not idle
        self._ticket = object()  # identifies it in the queues
        self._under_way = False  # whether a thread trains the runs
        self._unseen: float | None = None  # the time since which it is aside
        self._lock = threading.Lock()  # guards _runs and _under_way

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
        """Its position in the queue for a place, from 1; None when it does not wait."""
        return PLACES.place(self._ticket)

    def start(self, *runs: DrivenEngine) -> None:
        """Train idle runs together with those that are being trained."""
        with self._lock:
            for run in runs:
                run.halt.clear()
                run.idle.clear()
            self._runs = (*self._runs, *runs)
            if not self._under_way:
                self._under_way = True
                background(self._train, "trainer", self.halt_all)

    def halt(self, run: DrivenEngine) -> None:
        """Let `run` become idle after the step under way. Its event `idle` is set then."""
        run.halt.set()
        self._changed.set()
        for semaphore in (PLACES, PROCESSOR):
            semaphore.look_again(self._ticket)

    def pause(self) -> None:
        """Pause all its trainers, after the same step."""
        for run in self.halt_all():
            run.idle.wait()

    def halt_all(self) -> tuple[DrivenEngine, ...]:
        """Let all its trainers become idle after the step under way, without waiting for it."""
        with self._lock:  # `_settle` sees either all runs halted or none
            for run in self._runs:
                self.halt(run)
            return self._runs

    def _train(self) -> None:
        """The thread: it acquires a place, then trains turn after turn until all runs are cancelled."""
        self._ticket = object()
        left = True  # whether there are runs. If not, another thread may have begun with new ones

        def cancelled() -> bool:
            nonlocal left
            left = self._settle()
            return not left

        placed = PLACES.acquire(self._ticket, cancelled)
        try:
            pulse = Pulse()
            with cores(max((run.engine.cores for run in self._runs), default=1)):
                while left and not cancelled():
                    began = time.monotonic()
                    if self._must_requeue():
                        PLACES.release()
                        placed = PLACES.acquire(self._ticket, cancelled, self._is_aside)
                        continue
                    URGENT_WORK.rest(tuning.AWAY)
                    if PROCESSOR.acquire(
                        self._ticket, lambda: self._any_cancelled() or self._must_requeue(), self._is_aside
                    ):
                        try:
                            if URGENT_WORK.let(tuning.AWAY):
                                self._turn(pulse)
                        finally:
                            PROCESSOR.release()
                    self._rest(began)
        except Exception as error:  # the runs fail with a message: else callers would wait for `idle` for ever
            self._fail(error)
        finally:
            if placed:
                PLACES.release()

    def _is_aside(self) -> bool:
        return self.aside is not None and self.aside()

    def _must_requeue(self) -> bool:
        """Whether it has been aside for `UNSEEN` seconds and others wait for a place."""
        now, aside = time.monotonic(), self._is_aside()
        self._unseen = (now if self._unseen is None else self._unseen) if aside else None
        return self._unseen is not None and now - self._unseen >= UNSEEN and PLACES.wanted()

    def _any_cancelled(self) -> bool:
        """Whether some run is to become idle."""
        return any(run.cancelled() for run in self._runs)

    def _settle(self) -> bool:
        """Let cancelled runs become idle, with a last snapshot. False if no run is left: the thread must end."""
        with self._lock:
            ended = [run for run in self._runs if run.cancelled()]
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
        """Make steps for `tuning.TURN` seconds, or a single one if there is a pace."""
        runs, end = self._runs, time.monotonic() + tuning.TURN
        while not any(run.cancelled() for run in runs):
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
        """Wait until the pace allows the next step, or `_changed` is set."""
        while self._pace is not None and not self._any_cancelled():
            left = began + 1 / self._pace - time.monotonic()
            if left <= 0:
                break
            self._changed.wait(min(left, LONGEST_REST))
            self._changed.clear()
