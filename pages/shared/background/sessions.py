"""Trainers and workers that belong to one session, and outlive a lost connection.

Streamlit empties its own session cache, on the server's event loop, whenever a socket is lost. These resources go on
for as long as the session may come back. Then they are ended in threads of their own, so that nothing waits for them.
"""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Hashable
from functools import partial, update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from models.training.background.threads import background, wait_for_saving
from pages.server.leaving import before_leaving
from pages.shared.by_key import by_key

P = ParamSpec("P")
T = TypeVar("T")

LOOK = 1.0  # seconds between looks at which sessions have not come back


class SessionResource(Generic[P, T]):
    """A function whose result is kept for the session under its arguments, and is ended when it makes way.

    Parameters
    ----------
    make : its parameters whose names begin with an underscore are not part of the key; the others have a `key` that
        names their content, or are hashable
    end : ends a result; called in a thread of its own
    most : results kept of a session; one more ends the oldest
    """

    def __init__(self, make: Callable[P, T], end: Callable[[T], object], most: int) -> None:
        self._make, self._end, self._most = make, end, most
        self._parameters = inspect.signature(make)
        update_wrapper(self, make)
        _RESOURCES.append(self)
        self._held: dict[str, dict[Hashable, T]] = {}  # by session
        self._lock = threading.Lock()

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> T:
        session, key = own_session(), self._key(*arguments, **named)
        with self._lock:
            held = self._held.setdefault(session, {})
            if key in held:
                return held[key]
        made = self._make(*arguments, **named)
        with self._lock:
            held = self._held.setdefault(session, {})
            held[key] = made
            crowded = [held.pop(oldest) for oldest in list(held)[: len(held) - self._most]]
        self._end_all(crowded)
        return made

    def clear(self) -> None:
        """End all that this session holds."""
        self.release(own_session())

    def drop(self, *arguments: P.args, **named: P.kwargs) -> None:
        """End what this session holds for these arguments."""
        with self._lock:
            value = self._held.get(own_session(), {}).pop(self._key(*arguments, **named), None)
        self._end_all([] if value is None else [value])

    def release(self, session: str) -> None:
        """End what a session holds. Returns at once."""
        with self._lock:
            held = self._held.pop(session, {})
        self._end_all(list(held.values()))

    def end_everywhere(self, wanted: Callable[[T], bool]) -> None:
        """End the results that are wanted, of all sessions. Returns at once."""
        with self._lock:
            ended = [held.pop(name) for held in self._held.values() for name in [*held] if wanted(held[name])]
        self._end_all(ended)

    def take(self, wanted: Callable[[T], bool], key: Hashable) -> T | None:
        """Make the first result that is wanted, and whose session is not connected, this session's own under `key`.

        `key` is the arguments' under which it will be asked for. None if there is no such result.
        """
        session = own_session()
        with self._lock:
            for other, held in self._held.items():
                for name, value in held.items():
                    if (other == session or not is_connected(other)) and wanted(value):
                        del held[name]
                        own = self._held.setdefault(session, {})
                        crowded = [own.pop(oldest) for oldest in list(own)[: len(own) + 1 - self._most]]
                        own[key] = value
                        self._end_all(crowded)
                        return value
        return None

    def elsewhere(self, wanted: Callable[[T], bool]) -> bool:
        """Whether another session, which is connected, holds a result that is wanted."""
        session = own_session()
        with self._lock:
            return any(
                other != session and is_connected(other) and any(map(wanted, held.values()))
                for other, held in self._held.items()
            )

    def sessions(self) -> list[str]:
        """The sessions that hold something."""
        with self._lock:
            return list(self._held)

    def _key(self, *arguments: P.args, **named: P.kwargs) -> Hashable:
        bound = self._parameters.bind(*arguments, **named)
        return tuple(by_key(value) for name, value in bound.arguments.items() if not name.startswith("_"))

    def _end_all(self, values: list[T]) -> None:
        for value in values:
            background(partial(self._end, value), "end of a session's work", _nothing, saves=True)


def session_resource(*, end: Callable[[T], object], most: int = 1) -> Callable[[Callable[P, T]], SessionResource[P, T]]:
    """Decorator: see `SessionResource`."""
    return lambda make: SessionResource(make, end, most)


def _nothing() -> None:
    """A thread that ends things needs no telling to end."""


_RESOURCES: list[SessionResource[Any, Any]] = []
_known: set[str] = set()  # sessions that have held something
_lost: dict[str, float] = {}  # by session that is not: since when
_lock = threading.Lock()
_stop_watching = threading.Event()
_watching = threading.Event()  # the thread that looks at connections has begun


def own_session() -> str:
    """The id of the session whose script runs in this thread; empty where there is none."""
    context = get_script_run_ctx(suppress_warning=True)
    session = "" if context is None else context.session_id
    with _lock:
        _known.add(session)
        begin = not _watching.is_set()
        _watching.set()
    if begin:
        background(_watch, "connections of sessions", _stop_watching.set)
    return session


def is_connected(session: str) -> bool:
    """Whether somebody has the session's page open. Without a server, as in tests of a page, somebody always has."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def connection_of(session: str) -> Callable[[], bool]:
    """Says whether somebody has that session's page open now. Work without a session is always connected."""
    return lambda: not session or is_connected(session)


def away_of(session: str) -> Callable[[], bool]:
    """Says whether nobody has that session's page open now: its trainings then stand aside for others."""
    return lambda: not is_connected(session)


def _watch() -> None:
    while not _stop_watching.wait(LOOK):
        release_lost(float(config.get_option("server.disconnectedSessionTTL")))


def release_lost(grace: float) -> None:
    """End the resources of sessions that have not been connected for `grace` seconds."""
    now = time.monotonic()
    with _lock:
        for session in list(_known):
            if is_connected(session):
                _lost.pop(session, None)
            else:
                _lost.setdefault(session, now)
        gone = [session for session, since in _lost.items() if now - since >= grace]
        for session in gone:
            del _lost[session]
            _known.discard(session)
    for session in gone:
        for resource in _RESOURCES:
            resource.release(session)


def release_all() -> None:
    """End the resources of every session. Returns at once."""
    for resource in _RESOURCES:
        for session in resource.sessions():
            resource.release(session)


def _save_all(seconds: float) -> None:
    release_all()
    wait_for_saving(seconds)


before_leaving(_save_all)
