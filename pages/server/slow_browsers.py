"""Browsers that read more slowly than the server writes: they get fewer drawings, and no dead connection.

Messages for such a browser, as on a busy machine or behind a slow network, wait in a queue of its connection.
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

MANY = 20  # messages that wait for a browser which is behind; of one that keeps up, fewer than ten wait
CLOSING = "_reluscope_closing"  # on the client: the task that closes its connection
TRY_AGAIN = 1013  # the code of a closed connection that says so


def let_slow_browsers_follow() -> None:
    """Let the clock of a page wait for its browser, and let a browser that Streamlit gives up connect again."""
    _let_clocks_wait()
    _close_what_is_given_up()


def _let_clocks_wait() -> None:
    """Take no notice of a page's clock while its browser is behind.

    The browser asks by the clock again a moment later. Otherwise it would be sent one drawing after another, and would
    have to read them all before the one that counts.
    """
    from streamlit.runtime.app_session import AppSession

    ask = AppSession.request_rerun

    def ask_unless_behind(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None or not client_state.is_auto_rerun or not _is_behind(session.id):
            ask(session, client_state)

    AppSession.request_rerun = ask_unless_behind  # type: ignore[method-assign, assignment]


def _is_behind(session: str) -> bool:
    """Whether many messages wait for the browser of a session."""
    from streamlit import runtime
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

    client = runtime.get_instance().get_client(session) if runtime.exists() else None
    return isinstance(client, StarletteSessionClient) and client._send_queue.qsize() > MANY


def _close_what_is_given_up() -> None:
    """Close the connection of a browser that Streamlit gives up.

    Of a browser's messages, 500 may wait. At one more Streamlit takes the session for disconnected: it stops the
    script, and ignores what the browser asks from then on. But it leaves the connection open. So the browser never
    comes back, and the page stands still for ever.
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
    """Tell the browser that a script is running, and close: it then asks for a run as soon as it is connected again.

    Without that it would ask for none if the last run that it has heard of had ended.
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
