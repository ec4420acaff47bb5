"""Long work in a background thread: its results so far can be read at any time, and it can be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from geometry.computation.cancellation import Cancelled, CancelledError, CancelScope
from models.training.background.threads import background
from pages.shared.background.scheduler import TURNS, Claim, Turns
from pages.shared.background.sessions import connection_of, own_session
from pages.shared.background.words import waits_for

T = TypeVar("T")
State = Literal["waiting", "running", "finished", "failed", "stopped"]
BUSY: tuple[State, ...] = ("waiting", "running")

PATIENCE = 0.3  # seconds that stop() waits for the running step; limits how long a click on Stop blocks the page


@dataclass(frozen=True)
class Progress(Generic[T]):
    """State and results of a worker. The state was read before the results: if it is not busy, they are complete."""

    state: State
    found: Mapping[str, T]
    message: str  # why it failed, for users
    waits: str  # for which other work, as the end of a sentence; empty if it does not wait

    @property
    def busy(self) -> bool:
        return self.state in BUSY


class Worker(Generic[T]):
    """Iterates over steps in the background, and keeps their results.

    Parameters
    ----------
    steps : called with a function that returns whether the work is cancelled; its items are names with results, and the
        last result of each name counts. Whenever that function is called, here or by `check_cancelled`, more urgent
        work may go first: the call then returns later. So do not call it while holding a lock that others need.
    found : results that are known already
    awaited : whether a user waits for it, as for a pin: it goes before work in the background, until it has taken long
    title : names the work, in one or two words that take a plural s, to users who wait for it
    turns : the places that it shares with other work
    """

    def __init__(
        self,
        steps: Callable[[Cancelled], Iterable[tuple[str, T]]],
        found: Mapping[str, T] | None = None,
        awaited: bool = False,
        title: str = "computation",
        turns: Turns = TURNS,
    ) -> None:
        session = own_session()
        self._turns = turns
        self._claim = Claim(title, awaited, session, connection_of(session))
        self._steps = steps
        self._halt = threading.Event()
        self._found: Mapping[str, T] = dict(found or {})
        self._state: State = "waiting"
        self.message = ""  # why it failed, for users
        self._ended = threading.Event()
        background(self._run, "worker", self.halt)

    @property
    def found(self) -> Mapping[str, T]:
        """The results so far, by name. The mapping is replaced, never changed."""
        return self._found

    @property
    def state(self) -> State:
        """The state now. "waiting" means for the first turn: later, running work sometimes rests for other work."""
        return self._state

    @property
    def busy(self) -> bool:
        return self._state in BUSY

    @property
    def waits(self) -> str:
        """What it waits for, such as "waits for its turn: 2 ladders of others run first"; empty if it computes."""
        return waits_for(*self._turns.ahead(self._claim)) if self.busy and not self._claim.granted.is_set() else ""

    def progress(self) -> Progress[T]:
        """State and results at this moment. The state is read first, so that no result is missed."""
        state = self._state
        return Progress(state, self._found, self.message, self.waits)

    def stop(self, patience: float = PATIENCE) -> None:
        """Cancel at the running step's next check; results stay. Waits `patience` seconds for the end at most."""
        self.halt()
        self._ended.wait(patience)

    def halt(self) -> None:
        """Cancel at the running step's next check. Returns at once."""
        self._halt.set()

    def _run(self) -> None:
        try:
            self._go_through()
        finally:
            self._ended.set()

    def _go_through(self) -> None:
        if not self._turns.take(self._claim, self._halt.is_set):
            self._state = "stopped"
            return
        try:
            self._state = "running"
            with CancelScope(self._is_cancelled):
                for name, item in self._steps(self._is_cancelled):
                    self._found = {**self._found, name: item}
                    if self._is_cancelled():
                        break
            self._state = "stopped" if self._halt.is_set() else "finished"
        except CancelledError:
            self._state = "stopped"
        except ValueError as error:
            self.message = str(error)
        finally:
            if self._state == "running":
                self.message = self.message or "the computation broke off; the server's log says where"
                self._state = "failed"
            self._turns.give(self._claim)

    def _is_cancelled(self) -> bool:
        """Whether the work is cancelled. Before it returns, more urgent work may go first."""
        if not self._halt.is_set():
            self._turns.rest(self._claim, self._halt.is_set)
        return self._halt.is_set()
