"""Timed reruns wait for a browser that is behind; a browser whose connection was given up connects again."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect
from streamlit import runtime
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from pages.server.slow_browsers import MANY, TRY_AGAIN, let_slow_browsers_follow


class SlowSocket:
    """Takes nothing, until it is told that the browser reads again."""

    def __init__(self, gone: bool = False) -> None:
        self.headers: dict[str, str] = {}
        self.cookies: dict[str, str] = {}
        self.client = None
        self.reads, self.gone = asyncio.Event(), gone
        self.taken: list[ForwardMsg | int] = []  # messages, then the code with which it was closed

    async def send_bytes(self, data: bytes) -> None:
        await self.reads.wait()
        if self.gone:
            raise WebSocketDisconnect(1006)
        self.taken.append(ForwardMsg.FromString(data))

    async def close(self, code: int) -> None:
        await self.reads.wait()
        self.taken.append(code)


@pytest.fixture(autouse=True)
def theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what Streamlit did before put back after the test."""
    monkeypatch.setattr(StarletteSessionClient, "write_forward_msg", StarletteSessionClient.write_forward_msg)
    monkeypatch.setattr(AppSession, "request_rerun", AppSession.request_rerun)


async def flooded(socket: Any) -> SlowSocket:
    """The socket, when more was written for it than waits for a browser, it read again and nothing more happened."""
    client = StarletteSessionClient(socket)
    with pytest.raises(SessionClientDisconnectedError):
        for _ in range(WEBSOCKET_MAX_SEND_QUEUE_SIZE + 2):
            client.write_forward_msg(ForwardMsg(page_info_changed={"query_string": "a=1"}))
            await asyncio.sleep(0)
    for _ in range(3):  # as the other messages of a run
        with pytest.raises(SessionClientDisconnectedError):
            client.write_forward_msg(ForwardMsg())
    await asyncio.sleep(0)
    socket.reads.set()
    for _ in range(WEBSOCKET_MAX_SEND_QUEUE_SIZE + 10):
        await asyncio.sleep(0)
    await client.aclose()
    return socket


def after_a_flood(gone: bool = False) -> list[ForwardMsg | int]:
    async def run() -> list[ForwardMsg | int]:
        return (await flooded(SlowSocket(gone))).taken

    with ThreadPoolExecutor() as pool:  # Playwright's loop runs in this thread
        return pool.submit(asyncio.run, run()).result()


def test_it_hears_that_a_script_runs_and_is_cut_off_once():
    let_slow_browsers_follow()
    *_, last, code = after_a_flood()
    assert isinstance(last, ForwardMsg) and last.session_status_changed.script_is_running
    assert code == TRY_AGAIN


def test_nothing_is_said_to_one_that_is_gone():
    let_slow_browsers_follow()
    assert after_a_flood(gone=True) == []


def test_streamlit_alone_leaves_the_connection_open():
    taken = after_a_flood()
    assert taken and all(isinstance(each, ForwardMsg) for each in taken), (
        "Streamlit closes it now: pages/server/slow_browsers.py may go"
    )


HAND, CLOCK = ClientState(fragment_id="view"), ClientState(fragment_id="view", is_auto_rerun=True)


@pytest.mark.parametrize(
    ("waiting", "connected", "taken"),
    [(MANY + 1, True, [HAND, None]), (MANY, True, [HAND, CLOCK, None]), (MANY + 1, False, [HAND, CLOCK, None])],
)
def test_only_the_clock_of_a_page_waits_until_its_browser_has_read(
    monkeypatch: pytest.MonkeyPatch, waiting: int, connected: bool, taken: list[ClientState | None]
):
    asked: list[ClientState | None] = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda session, client_state: asked.append(client_state))
    let_slow_browsers_follow()

    async def ask() -> None:
        client = StarletteSessionClient(SlowSocket())  # type: ignore[arg-type]
        clients = {"own": client} if connected else {}
        monkeypatch.setattr(runtime, "exists", lambda: True)
        monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(get_client=clients.get))
        for _ in range(waiting):
            client._send_queue.put_nowait(b"")
        for state in (HAND, CLOCK, None):
            AppSession.request_rerun(SimpleNamespace(id="own"), state)  # type: ignore[arg-type]
        await client.aclose()

    with ThreadPoolExecutor() as pool:
        pool.submit(asyncio.run, ask()).result()
    assert asked == taken
