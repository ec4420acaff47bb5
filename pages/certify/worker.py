"""Long work in a thread of its own: what it has found so far can be read at any time, and it can be stopped."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Literal, TypeVar
from weakref import WeakSet

from geometry.cancel import Cancelled

T = TypeVar("T")
State = Literal["waiting", "running", "finished", "failed", "stopped"]
BUSY: tuple[State, ...] = ("waiting", "running")

MOST_AT_ONCE = max(2, os.cpu_count() or 1)  # workers of this process that run at the same time; others wait
PATIENCE, LAST_PATIENCE = 0.3, 10.0  # seconds that stop() and the end of the process wait for the step under way

_places = threading.BoundedSemaphore(MOST_AT_ONCE)
_begun: WeakSet[Any] = WeakSet()


class Worker(Generic[T]):
    """Goes through an iterable in the background.

    Parameters
    ----------
    steps : called with a function that says whether to give up; its items are names with what is found under them,
        the last of each name counts
    found : what is known already
    places : of those that run; workers that share them wait for one another
    """

    def __init__(
        self,
        steps: Callable[[Cancelled], Iterable[tuple[str, T]]],
        found: Mapping[str, T] | None = None,
        places: threading.BoundedSemaphore | None = None,
    ) -> None:
        self._places = places or _places
        self._steps = steps
        self._halt = threading.Event()
        self._found: Mapping[str, T] = dict(found or {})
        self._state: State = "waiting"
        self.message = ""  # why it failed, for people to read
        _begun.add(self)
        self._thread = threading.Thread(target=self._run, name="certify", daemon=True)
        self._thread.start()

    @property
    def found(self) -> Mapping[str, T]:
        """What there is so far, by name. The mapping is replaced, never changed."""
        return self._found

    @property
    def state(self) -> State:
        """What it is doing now; "waiting" is for a place among those that run."""
        return self._state

    @property
    def busy(self) -> bool:
        return self._state in BUSY

    def stop(self, patience: float = PATIENCE) -> None:
        """Give up as soon as the step under way asks; what is found stays. Waits so many seconds for it at most."""
        self._halt.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._places.acquire(timeout=0.05):
            if self._halt.is_set():
                self._state = "stopped"
                return
        try:
            self._state = "running"
            for name, item in self._steps(self._halt.is_set):
                self._found = {**self._found, name: item}
                if self._halt.is_set():
                    break
            self._state = "stopped" if self._halt.is_set() else "finished"
        except ValueError as error:
            self.message = str(error)
        finally:
            if self._state == "running":
                self.message = self.message or "the computation broke off; the server's log says where"
                self._state = "failed"
            self._places.release()


@atexit.register
def _end_all() -> None:
    """A thread cut off inside a solver would end the whole process with an error."""
    for worker in (left := list(_begun)):
        worker._halt.set()
    for worker in left:
        worker._thread.join(LAST_PATIENCE)
