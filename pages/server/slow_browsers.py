"""Browsers that read more slowly than the server writes: fewer drawings, and a connection that recovers.

Messages for such a browser, on a busy machine or a slow network, wait in a queue of its connection.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.runtime.app_session import AppSession
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

MANY = 20  # more waiting messages mean that a browser is behind; for one that keeps up, fewer than ten wait
CLOSING = "_reluscope_closing"  # on the client: the task that closes its connection
TRY_AGAIN = 1013  # WebSocket close code "try again later"


def let_slow_browsers_follow() -> None:
    """Skip timed reruns while a browser is behind, and let a browser that Streamlit disconnects connect again."""
    _skip_timed_reruns()
    _close_disconnected()


def _skip_timed_reruns() -> None:
    """Ignore the timed reruns of a page while its browser is behind.

    The browser's timer asks again a moment later. Otherwise the server would send one drawing after another, and the
    browser would have to read them all before the latest one.
    """
    from streamlit.runtime.app_session import AppSession

    request_rerun = AppSession.request_rerun

    def request_unless_behind(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None or not client_state.is_auto_rerun or not _is_behind(session.id):
            request_rerun(session, client_state)

    AppSession.request_rerun = request_unless_behind  # type: ignore[method-assign, assignment]


def _is_behind(session: str) -> bool:
    """Whether many messages wait for the browser of a session."""
    from streamlit import runtime
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

    client = runtime.get_instance().get_client(session) if runtime.exists() else None
    return isinstance(client, StarletteSessionClient) and client._send_queue.qsize() > MANY


def _close_disconnected() -> None:
    """Close the connection when Streamlit takes a browser for disconnected.

    At most 500 messages may wait for a browser. At one more Streamlit takes the session for disconnected: it stops the
    script, and ignores later requests of the browser. But it leaves the connection open. So the browser never connects
    again, and its page never changes again.
    """
    from streamlit.runtime.session_manager import SessionClientDisconnectedError
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

    write = StarletteSessionClient.write_forward_msg

    def write_or_close(client: StarletteSessionClient, message: ForwardMsg) -> None:
        try:
            write(client, message)
        except SessionClientDisconnectedError:
            if not hasattr(client, CLOSING):
                setattr(client, CLOSING, asyncio.create_task(_close(client)))
            raise

    StarletteSessionClient.write_forward_msg = write_or_close  # type: ignore[method-assign, assignment]


async def _close(client: StarletteSessionClient) -> None:
    """Tell the browser that a script is running, and close the connection.

    The browser then asks for a run as soon as it is connected again. If the last run that it knows had ended, it would
    ask for none.
    """
    from starlette.websockets import WebSocketDisconnect
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.runtime.runtime_util import serialize_forward_msg

    running = ForwardMsg()
    running.session_status_changed.script_is_running = True
    client._sender_task.cancel()
    with suppress(WebSocketDisconnect, RuntimeError, OSError):  # it is closed already
        await client._websocket.send_bytes(serialize_forward_msg(running))
        await client._websocket.close(TRY_AGAIN)
