"""One thread answers all connections, in its event loop: it computes nothing twice, and waits for no other thread.

With thirty who train that thread was busy for more than half of its time with what is spared here (py-spy, `python -m
benchmarks.class_of_thirty --only train`): each call to the system lets other threads compute before it goes on.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

# Seconds in which messages are gathered before a thread wakes the event loop, and before they are sent. An own call to
# the system for each of the 75 messages of a pin lets the others compute each time.
GATHER = 0.005


def spare_the_event_loop() -> None:
    """Let Streamlit's event loop do less at every run of a script and at every message."""
    _notice_messages_at_once()
    _look_up_settings_once()
    _begin_scripts_without_waiting()
    _hear_scripts_together()
    _send_messages_together()


def _notice_messages_at_once() -> None:
    """Streamlit's event loop wakes itself with a call to the system for each message, though it is awake."""
    from streamlit.runtime import Runtime

    wake = Runtime._enqueued_some_message

    def notice(runtime: Runtime) -> None:
        loop = runtime._get_async_objs()
        if asyncio._get_running_loop() is loop.eventloop:
            loop.need_send_data.set()
        else:
            wake(runtime)

    Runtime._enqueued_some_message = notice  # type: ignore[method-assign, assignment]


def _look_up_settings_once() -> None:
    """Every run of a script tells the browser theme and settings, some hundred values, which do not change."""
    from streamlit import config
    from streamlit.runtime import app_session

    def once(fill: Callable[..., None]) -> Callable[..., None]:
        made: dict[tuple[str, ...], Any] = {}

        def filled(message: Any, *section: str) -> None:
            if config.get_option("server.fileWatcherType") != "none":  # who edits the settings sees what comes of it
                fill(message, *section)
                return
            if section not in made:
                fresh = type(message)()
                fill(fresh, *section)
                made[section] = fresh
            if made[section].ByteSize():  # merging nothing would say that there is a theme
                message.MergeFrom(made[section])

        return filled

    app_session._populate_theme_msg = once(app_session._populate_theme_msg)
    app_session._populate_config_msg = once(app_session._populate_config_msg)


def _begin_scripts_without_waiting() -> None:
    """Streamlit begins a thread for a script on its event loop, and waits there until that thread has begun.

    Where many threads compute, each wait takes as long as a turn of some of them.
    """
    from streamlit.runtime.scriptrunner import ScriptRunner

    def start(runner: ScriptRunner) -> None:
        if runner._script_thread is not None:
            raise RuntimeError("ScriptRunner was already started")
        thread = threading.Thread(target=runner._run_script_thread, name="ScriptRunner.scriptThread", daemon=True)
        thread._started = _NotAwaited()  # type: ignore[attr-defined]
        runner._script_thread = thread
        thread.start()

    ScriptRunner.start = start  # type: ignore[method-assign, assignment]


class _NotAwaited(threading.Event):
    """Says that a thread has begun. The thread that begins it does not wait for that."""

    def wait(self, timeout: float | None = None) -> bool:
        return True


def _hear_scripts_together() -> None:
    """Streamlit wakes the event loop for each message of a script, with a call to the system each time."""
    from streamlit.runtime.app_session import AppSession

    said: dict[asyncio.AbstractEventLoop, _Said] = {}

    def call_soon(session: AppSession, callback: Callable[[], None]) -> None:
        loop = session._event_loop
        if loop not in said:
            for closed in [each for each in said if each.is_closed()]:
                said.pop(closed, None)
        said.setdefault(loop, _Said(loop)).add(callback)

    AppSession._call_soon_on_event_loop = call_soon  # type: ignore[method-assign, assignment]


class _Said:
    """What threads have for the event loop to do, in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: deque[Callable[[], None]] = deque()
        self._woken = False  # the loop will look

    def add(self, callback: Callable[[], None]) -> None:
        """From any thread. What is said to a loop that is closed is dropped."""
        self._callbacks.append(callback)
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._loop.call_later, GATHER, self._run)
            except RuntimeError:
                if not self._loop.is_closed():
                    raise

    def _run(self) -> None:
        self._woken = False  # first: what comes from now on wakes the loop again
        for _ in range(len(self._callbacks)):
            self._loop.call_soon(self._callbacks.popleft())


def _send_messages_together() -> None:
    """Each message to a browser would be a call to the system."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    connect = WebSocketsSansIOProtocol.connection_made

    def connection_made(protocol: WebSocketsSansIOProtocol, transport: asyncio.BaseTransport) -> None:
        connect(protocol, _Gathering(transport, protocol.loop))  # type: ignore[arg-type]

    WebSocketsSansIOProtocol.connection_made = connection_made  # type: ignore[method-assign, assignment]


class _Gathering:
    """A transport that sends together what is written within a few milliseconds."""

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._written: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._written:
            self._loop.call_later(GATHER, self._send)
        self._written.append(data)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        written, self._written = self._written, []
        if written and not self._transport.is_closing():
            self._transport.write(b"".join(written))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
