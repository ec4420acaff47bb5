"""Less work for Streamlit's event loop, whose one thread serves all connections.

With thirty sessions that train, that thread spent more than half of its time on what this module removes (py-spy,
`python -m benchmarks.class_of_thirty --only train`). At each system call other threads compute before it continues.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message

# Seconds in which messages are gathered before a thread wakes the event loop, and before they are sent. It limits the
# delay. A system call for each of the 75 messages of a pin would let other threads compute 75 times.
GATHER = 0.005


def spare_the_event_loop() -> None:
    """Let Streamlit's event loop do less at every script run and at every message."""
    _notice_messages_at_once()
    _look_up_settings_once()
    _begin_scripts_without_waiting()
    _hear_scripts_together()
    _send_messages_together()


def _notice_messages_at_once() -> None:
    """Set the event directly when the event loop itself has a message.

    Streamlit's event loop would wake itself with a system call for each message, although it is awake.
    """
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
    """Keep the message with theme and settings, some hundred constant values, that every script run sends."""
    from streamlit import config
    from streamlit.runtime import app_session

    def once(fill: Callable[..., None]) -> Callable[..., None]:
        messages: dict[tuple[str, ...], Message] = {}

        def filled(message: Message, *section: str) -> None:
            if config.get_option("server.fileWatcherType") != "none":  # edits of the settings take effect
                fill(message, *section)
                return
            if section not in messages:
                fresh = type(message)()
                fill(fresh, *section)
                messages[section] = fresh
            if messages[section].ByteSize():  # merging an empty message would declare a theme
                message.MergeFrom(messages[section])

        return filled

    app_session._populate_theme_msg = once(app_session._populate_theme_msg)
    app_session._populate_config_msg = once(app_session._populate_config_msg)


def _begin_scripts_without_waiting() -> None:
    """Start a script's thread without waiting until the thread runs.

    Streamlit starts the thread on its event loop and waits there until it runs. If many threads compute, each wait
    lasts until some of them release the interpreter lock.
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
    """The event "this thread has started", for which the starting thread does not wait."""

    def wait(self, timeout: float | None = None) -> bool:
        return True


def _hear_scripts_together() -> None:
    """Wake the event loop once for several messages of scripts, not by a system call for each message."""
    from streamlit.runtime.app_session import AppSession

    queues: dict[asyncio.AbstractEventLoop, _CallbackQueue] = {}

    def call_soon(session: AppSession, callback: Callable[[], None]) -> None:
        loop = session._event_loop
        if loop not in queues:
            for closed in [other for other in queues if other.is_closed()]:
                queues.pop(closed, None)
        queues.setdefault(loop, _CallbackQueue(loop)).add(callback)

    AppSession._call_soon_on_event_loop = call_soon  # type: ignore[method-assign, assignment]


class _CallbackQueue:
    """Callbacks from threads, which the event loop calls in their order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._callbacks: deque[Callable[[], None]] = deque()
        self._woken = False  # whether the loop will run the callbacks

    def add(self, callback: Callable[[], None]) -> None:
        """Append a callback, from any thread. A closed loop drops it."""
        self._callbacks.append(callback)
        if not self._woken:
            self._woken = True
            try:
                self._loop.call_soon_threadsafe(self._loop.call_later, GATHER, self._run)
            except RuntimeError:
                if not self._loop.is_closed():
                    raise

    def _run(self) -> None:
        self._woken = False  # first: a callback that is added from now on wakes the loop again
        for _ in range(len(self._callbacks)):
            self._loop.call_soon(self._callbacks.popleft())


def _send_messages_together() -> None:
    """Send a browser's messages of a few milliseconds by one system call."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    connect = WebSocketsSansIOProtocol.connection_made

    def connection_made(protocol: WebSocketsSansIOProtocol, transport: asyncio.BaseTransport) -> None:
        connect(protocol, _Gathering(transport, protocol.loop))  # type: ignore[arg-type]

    WebSocketsSansIOProtocol.connection_made = connection_made  # type: ignore[method-assign, assignment]


class _Gathering:
    """A transport that joins what is written within `GATHER` seconds."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
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
