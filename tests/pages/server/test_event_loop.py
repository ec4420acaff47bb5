"""The event loop sends the same messages with fewer system calls and threads."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import Runtime, app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from pages.server import event_loop
from pages.server.event_loop import spare_the_event_loop

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.light.sidebar", "theme.dark.sidebar")


@pytest.fixture(autouse=True)
def spared(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what Streamlit did before put back after the test."""
    monkeypatch.setattr(Runtime, "_enqueued_some_message", Runtime._enqueued_some_message)
    monkeypatch.setattr(ScriptRunner, "start", ScriptRunner.start)
    monkeypatch.setattr(AppSession, "_call_soon_on_event_loop", AppSession._call_soon_on_event_loop)
    monkeypatch.setattr(WebSocketsSansIOProtocol, "connection_made", WebSocketsSansIOProtocol.connection_made)
    for name in ("_populate_theme_msg", "_populate_config_msg"):
        monkeypatch.setattr(app_session, name, getattr(app_session, name))


def session_message() -> NewSession:
    """As a run of a script begins it."""
    message = NewSession()
    app_session._populate_config_msg(message.config)
    places = (
        message.custom_theme,
        message.custom_theme.light,
        message.custom_theme.dark,
        message.custom_theme.sidebar,
        message.custom_theme.light.sidebar,
        message.custom_theme.dark.sidebar,
    )
    for place, section in zip(places, SECTIONS, strict=True):
        app_session._populate_theme_msg(place, section)
    return message


@pytest.mark.parametrize("watched", ["none", "auto"])
def test_browsers_are_told_the_same_theme_and_settings(monkeypatch: pytest.MonkeyPatch, watched: str):
    get = config.get_option
    monkeypatch.setattr(config, "get_option", lambda key: watched if key == "server.fileWatcherType" else get(key))
    theirs = session_message()
    spare_the_event_loop()
    assert [session_message(), session_message()] == [theirs, theirs]


def test_the_loop_notices_messages_of_its_own_and_of_other_threads():
    spare_the_event_loop()

    async def notice(elsewhere: bool) -> bool:
        loop = SimpleNamespace(eventloop=asyncio.get_running_loop(), need_send_data=asyncio.Event())
        runtime: Any = SimpleNamespace(_get_async_objs=lambda: loop)
        if elsewhere:
            await asyncio.to_thread(Runtime._enqueued_some_message, runtime)
        else:
            Runtime._enqueued_some_message(runtime)
            assert loop.need_send_data.is_set()
        await asyncio.wait_for(loop.need_send_data.wait(), 30)
        return loop.need_send_data.is_set()

    with ThreadPoolExecutor() as pool:  # Playwright's loop runs in this thread
        assert all(pool.submit(asyncio.run, notice(elsewhere)).result() for elsewhere in (False, True))


def test_a_script_begins_in_a_thread_of_its_own_and_only_once():
    spare_the_event_loop()
    ran, threads = threading.Event(), []

    def run() -> None:
        threads.append(threading.current_thread())
        ran.set()

    runner: Any = SimpleNamespace(_script_thread=None, _run_script_thread=run)
    ScriptRunner.start(runner)
    assert ran.wait(30) and threads == [runner._script_thread] and threads[0].daemon
    with pytest.raises(RuntimeError, match="already started"):
        ScriptRunner.start(runner)


def test_what_scripts_say_comes_in_their_order_and_wakes_the_loop_a_few_times(monkeypatch: pytest.MonkeyPatch):
    spare_the_event_loop()
    monkeypatch.setattr(event_loop, "GATHER", 0.2)
    heard: list[tuple[str, int]] = []
    woken: list[object] = []

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe
        monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *call: woken.append(call) or wake(*call))
        session: Any = SimpleNamespace(_event_loop=loop)
        await asyncio.gather(*(asyncio.to_thread(_each, session, script, heard) for script in "ab"))
        while len(heard) < 1000:
            await asyncio.sleep(0.01)

    with ThreadPoolExecutor() as pool:  # Playwright's loop runs in this thread
        pool.submit(asyncio.run, listen()).result(60)
    assert [number for script, number in heard if script == "a"] == list(range(500))
    assert [number for script, number in heard if script == "b"] == list(range(500))
    assert len(woken) < 1000


def _each(session: Any, script: str, heard: list[tuple[str, int]]) -> None:
    for number in range(500):
        AppSession._call_soon_on_event_loop(session, partial(heard.append, (script, number)))


def test_what_is_said_to_a_loop_that_is_closed_is_dropped():
    spare_the_event_loop()
    loop = asyncio.new_event_loop()
    loop.close()
    session: Any = SimpleNamespace(_event_loop=loop)
    AppSession._call_soon_on_event_loop(session, lambda: pytest.fail("it ran"))


def test_messages_written_together_are_sent_together_and_before_the_connection_closes():
    sent: list[bytes] = []
    transport: Any = SimpleNamespace(
        write=sent.append, close=lambda: sent.append(b"closed"), is_closing=lambda: False, get_extra_info=len
    )

    async def write() -> None:
        gathering = event_loop._Gathering(transport, asyncio.get_running_loop())
        for data in (b"a", b"b", b"c"):
            gathering.write(data)
        assert sent == []
        while not sent:
            await asyncio.sleep(0.01)
        gathering.write(b"d")
        gathering.close()
        assert gathering.get_extra_info("four") == 4

    with ThreadPoolExecutor() as pool:
        pool.submit(asyncio.run, write()).result(60)
    assert sent == [b"abc", b"d", b"closed"]
