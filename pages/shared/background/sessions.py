"""Trainers and workers that belong to one session, and outlive a lost connection.

Streamlit empties its own session cache, on the server's event loop, whenever a connection is lost. These resources last
as long as the session may reconnect. Then background threads end them, so that nothing waits for the end.
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

LOOK = 1.0  # seconds between looks for sessions that have not reconnected; small against disconnectedSessionTTL


class SessionResource(Generic[P, T]):
    """A function whose result is kept for the session under its arguments, and ended when newer results replace it.

    Parameters
    ----------
    make : makes a result. Its parameters whose names begin with an underscore are not part of the key; the others have
        a `key` that names their content, or are hashable
    end : ends a result; called in a separate thread
    most : the number of results kept for a session; one more ends the oldest
    """

    def __init__(self, make: Callable[P, T], end: Callable[[T], object], most: int) -> None:
        self._make, self._end, self._most = make, end, most
        self._parameters = inspect.signature(make)
        update_wrapper(self, make)
        _RESOURCES.append(self)
        self._results: dict[str, dict[Hashable, T]] = {}  # by session, then by arguments
        self._lock = threading.Lock()

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> T:
        session, key = own_session(), self._key(*arguments, **named)
        with self._lock:
            own = self._results.setdefault(session, {})
            if key in own:
                return own[key]
        result = self._make(*arguments, **named)
        with self._lock:
            own = self._results.setdefault(session, {})
            own[key] = result
            replaced = [own.pop(oldest) for oldest in list(own)[: len(own) - self._most]]
        self._end_all(replaced)
        return result

    def clear(self) -> None:
        """End all results of this session."""
        self.release(own_session())

    def drop(self, *arguments: P.args, **named: P.kwargs) -> None:
        """End this session's result for these arguments."""
        with self._lock:
            result = self._results.get(own_session(), {}).pop(self._key(*arguments, **named), None)
        self._end_all([] if result is None else [result])

    def release(self, session: str) -> None:
        """End all results of a session. Returns at once."""
        with self._lock:
            results = self._results.pop(session, {})
        self._end_all(list(results.values()))

    def end_own(self, wanted: Callable[[T], bool]) -> None:
        """End the `wanted` results of this session. Returns at once."""
        with self._lock:
            own = self._results.get(own_session(), {})
            ended = [own.pop(key) for key in [*own] if wanted(own[key])]
        self._end_all(ended)

    def end_everywhere(self, wanted: Callable[[T], bool]) -> None:
        """End the `wanted` results of all sessions. Returns at once."""
        with self._lock:
            of_sessions = self._results.values()
            ended = [results.pop(key) for results in of_sessions for key in [*results] if wanted(results[key])]
        self._end_all(ended)

    def take(self, wanted: Callable[[T], bool], key: Hashable) -> T | None:
        """Move the first `wanted` result of a session that is not connected to this session, under `key`.

        `key` is that of the arguments of the later call. Returns None if there is no such result.
        """
        session = own_session()
        with self._lock:
            for other, results in self._results.items():
                for old_key, result in results.items():
                    if (other == session or not is_connected(other)) and wanted(result):
                        del results[old_key]
                        own = self._results.setdefault(session, {})
                        replaced = [own.pop(oldest) for oldest in list(own)[: len(own) + 1 - self._most]]
                        own[key] = result
                        self._end_all(replaced)
                        return result
        return None

    def elsewhere(self, wanted: Callable[[T], bool]) -> bool:
        """Whether another session that is connected has a `wanted` result."""
        session = own_session()
        with self._lock:
            return any(
                other != session and is_connected(other) and any(map(wanted, results.values()))
                for other, results in self._results.items()
            )

    def sessions(self) -> list[str]:
        """The sessions that have results."""
        with self._lock:
            return list(self._results)

    def _key(self, *arguments: P.args, **named: P.kwargs) -> Hashable:
        bound = self._parameters.bind(*arguments, **named)
        return tuple(by_key(value) for name, value in bound.arguments.items() if not name.startswith("_"))

    def _end_all(self, results: list[T]) -> None:
        for result in results:
            background(partial(self._end, result), "end of a session's work", _nothing, saves=True)


def session_resource(*, end: Callable[[T], object], most: int = 1) -> Callable[[Callable[P, T]], SessionResource[P, T]]:
    """Decorator: see `SessionResource`."""
    return lambda make: SessionResource(make, end, most)


def _nothing() -> None:
    """Stops a thread that ends results: it ends by itself."""


_RESOURCES: list[SessionResource[Any, Any]] = []
_known: set[str] = set()  # sessions that have asked for a result
_lost: dict[str, float] = {}  # when each session that is not connected was first seen so
_lock = threading.Lock()
_stop_watching = threading.Event()
_watching = threading.Event()  # the thread that watches connections has begun


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
    """Whether a browser has the session's page open. Without a server, as in tests of a page, this is always true."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def connection_of(session: str) -> Callable[[], bool]:
    """A function that returns whether a browser has that session's page open. Work without a session is connected."""
    return lambda: not session or is_connected(session)


def away_of(session: str) -> Callable[[], bool]:
    """A function that returns whether no browser has that session's page open: others then train first."""
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
        ended = [session for session, since in _lost.items() if now - since >= grace]
        for session in ended:
            del _lost[session]
            _known.discard(session)
    for session in ended:
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
