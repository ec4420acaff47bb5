"""One thread answers all connections, in its event loop: it computes nothing twice, and waits for no other thread.

With thirty who train that thread was busy for more than half of its time with what is spared here (py-spy, `python -m
benchmarks.class_of_thirty --only train`): each call to the system lets other threads compute before it goes on.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any


def spare_the_event_loop() -> None:
    """Let Streamlit's event loop do less at every run of a script and at every message."""
    _notice_messages_at_once()
    _look_up_settings_once()
    _begin_scripts_without_waiting()


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
