"""A browser that does not keep up with what the server sends loses its connection, and comes back at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

CLOSING = "_reluscope_closing"  # on the client: the task that closes its connection
TRY_AGAIN = 1013  # the code of a closed connection that says so


def let_slow_browsers_come_back() -> None:
    """Close the connection of a browser that Streamlit gives up.

    Streamlit keeps 500 messages for a browser that reads more slowly than the server writes, as one on a busy machine.
    At one more it takes the session for disconnected: it stops the script, and ignores what the browser asks from then
    on. But it leaves the connection open. So the browser never comes back, and the page stands still for ever.
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

    StarletteSessionClient.write_forward_msg = write_or_close  # type: ignore[method-assign]


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
