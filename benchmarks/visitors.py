"""Simulated visitors: a client of the protocol that the app's pages in a browser speak over the WebSocket.

Like a browser, a visitor opens a page, sends events of widgets, confirms pictures that ask for a confirmation, and
reruns fragments at their interval. It lists the large messages in its cache, so that the server does not send them
again, and it reconnects when the server drops it. It draws nothing, so one process simulates thirty.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

LARGEST = 1 << 28  # bytes of a message
KEPT = 24  # large messages in a visitor's cache
AGAIN = 0.5  # seconds after which a dropped visitor connects again
TURN = re.compile(r'"turn": ?\{"number": ?(\d+), ?"wait": ?(\d+)')
ACKNOWLEDGED = re.compile(r'"ack": ?(\d+)')
Heard = Callable[[ForwardMsg], bool]


class Widget(NamedTuple):
    """A widget's place: its events rerun its fragment, or the whole page if it is in none."""

    id: str
    fragment: str


class Visitor:
    """One browser tab on a page such as "explore?data=moons"."""

    def __init__(self, address: str, page: str) -> None:
        self.address, parts = address, urlsplit(page)
        self._name, self._query = parts.path, parts.query
        self._stream = f"ws://{urlsplit(address).netloc}/_stcore/stream"
        self.session = ""
        self._page = ""  # the server's hash of the page, once received
        self.widgets: dict[str, Widget] = {}  # by key
        self.dropped = 0  # times that the server ended the connection
        self.received = 0  # bytes of messages
        self._kept: OrderedDict[str, ForwardMsg] = OrderedDict()  # large messages by hash, the latest last
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[None]] = set()  # confirmations of pictures that are still to be sent
        self._turns: dict[str, int] = {}  # by widget: the picture confirmed last
        self._states: dict[str, WidgetState] = {}  # of region views: sent with every message, as the browser does
        self._pending: dict[str, list[dict[str, Any]]] = {}  # by widget: events that the server has not acknowledged
        self._wanted: list[tuple[Heard, asyncio.Event]] = []
        self._serial = 0
        self._socket: ClientConnection | None = None
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, also after `cut`, and run the page."""
        names = ["streamlit", "visitor", *([self.session] if self.session else [])]
        self._socket = await connect(
            self._stream, subprotocols=names, max_size=LARGEST, open_timeout=60, ping_interval=None, compression=None  # type: ignore[arg-type]
        )  # fmt: skip
        self._listener = asyncio.create_task(self._listen(self._socket))
        await self._rerun()

    def cut(self) -> None:
        """Abort the connection without closing it, as a failing Wi-Fi does."""
        self._still()
        if self._socket is not None:
            self._socket.transport.abort()
        self._socket = None

    async def close(self) -> None:
        self._still()
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    def follow(self, told: Callable[[ForwardMsg], object]) -> None:
        """Call `told` with every message from now on."""
        self._wanted.append((lambda message: bool(told(message)), asyncio.Event()))

    async def press(self, key: str) -> None:
        """Click the button of this key."""
        widget = self.widgets[key]
        await self._rerun(WidgetState(id=widget.id, trigger_value=True), widget.fragment)

    async def pin(self, view: str, s: float, t: float) -> None:
        """Click into the region view of this key."""
        await self._tell(self.widgets[view], "pin", [s, t])

    async def hear(self, wanted: Heard, seconds: float, act: Callable[[], object] | None = None) -> float | None:
        """Seconds from the start of `act` to a message for which `wanted` is true; None if none came in time."""
        event = asyncio.Event()
        entry = (wanted, event)
        self._wanted.append(entry)
        began = time.monotonic()
        try:
            if act is not None:
                await act()  # type: ignore[misc]
            await asyncio.wait_for(event.wait(), seconds)
        except TimeoutError:
            return None
        finally:
            self._wanted.remove(entry)
        return time.monotonic() - began

    def _still(self) -> None:
        for task in (*self._clocks.values(), *self._answers):
            task.cancel()
        self._clocks.clear()
        self._answers.clear()
        if self._listener is not None:
            self._listener.cancel()

    async def _tell(self, widget: Widget, kind: str, value: list[float] | int) -> None:
        """Send an event of a region view with all events that the server has not acknowledged, as the view does."""
        self._serial += 1
        events = [event for event in self._pending.get(widget.id, []) if event["kind"] != kind]
        self._pending[widget.id] = [*events, {"serial": self._serial, "kind": kind, "value": value}]
        events_text = json.dumps({"events": self._pending[widget.id]})
        self._states[widget.id] = WidgetState(id=widget.id, json_value=events_text)
        await self._rerun(fragment=widget.fragment)

    async def _rerun(self, widget: WidgetState | None = None, fragment: str = "", clock: bool = False) -> None:
        if self._socket is None:
            return
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self._query, self._page
        state.page_name = "" if self._page else self._name
        state.fragment_id, state.is_auto_rerun = fragment, clock
        state.context_info.timezone, state.context_info.url = "UTC", f"http://localhost/{self._name}"
        state.cached_message_hashes.extend(self._kept)
        state.widget_states.widgets.extend(self._states.values())
        if widget is not None:
            state.widget_states.widgets.append(widget)
        with contextlib.suppress(ConnectionClosed):  # the listener reconnects
            await self._socket.send(message.SerializeToString())

    async def _listen(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in socket:
                self.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data if isinstance(data, bytes) else data.encode())
                self._take(self._whole(message))
        if socket is self._socket:
            self.dropped += 1
            self._soon(self._again())

    async def _again(self) -> None:
        """Connect again after a pause; `_still` cancels this. The old listener has ended."""
        await asyncio.sleep(AGAIN)
        await self.open()

    def _whole(self, message: ForwardMsg) -> ForwardMsg:
        """The message, with the cached content if the server sent a reference."""
        if message.WhichOneof("type") == "ref_hash":
            kept = self._kept.get(message.ref_hash)
            if kept is None:
                return message
            message.delta.CopyFrom(kept.delta)
            self._kept.move_to_end(kept.hash)
        elif message.metadata.cacheable:
            self._kept[message.hash] = message
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return message

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id or self.session
            if not message.metadata.run.fragment_ids:
                for clock in self._clocks.values():
                    clock.cancel()
                self._clocks.clear()
        elif kind == "navigation":
            self._page = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            again = message.auto_rerun
            if again.fragment_id not in self._clocks:
                self._clocks[again.fragment_id] = asyncio.create_task(self._tick(again.fragment_id, again.interval))
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                if fragment in self._clocks:
                    self._clocks.pop(fragment).cancel()
        elif kind == "delta":
            for key, widget in _widgets(message):
                self.widgets[key] = widget
                if message.delta.new_element.WhichOneof("type") == "bidi_component":
                    self._see(widget, message.delta.new_element.bidi_component.json)
        for wanted, event in self._wanted:
            if wanted(message):
                event.set()

    def _see(self, widget: Widget, view: str) -> None:
        """React as a region view after painting: drop acknowledged events, and confirm the picture."""
        acknowledged, turn = ACKNOWLEDGED.search(view), TURN.search(view)
        if acknowledged is not None:
            pending = self._pending.get(widget.id, [])
            self._pending[widget.id] = [event for event in pending if event["serial"] > int(acknowledged[1])]
        if turn is not None and self._turns.get(widget.id) != int(turn[1]):
            self._turns[widget.id] = int(turn[1])
            self._soon(self._answer(widget, int(turn[1]), int(turn[2]) / 1000))

    async def _answer(self, widget: Widget, number: int, wait: float) -> None:
        await asyncio.sleep(wait)
        await self._tell(widget, "turn", number)

    def _soon(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(act)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _tick(self, fragment: str, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._rerun(fragment=fragment, clock=True)


def _widgets(message: ForwardMsg) -> Iterator[tuple[str, Widget]]:
    """(key, widget) that a message draws; a widget's id consists of $$ID, a digest and the key."""
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    name = "" if kind is None else getattr(getattr(element, kind), "id", "")
    if name.count("-") > 1:
        yield name.split("-", 2)[2], Widget(name, message.delta.fragment_id)


def finished(message: ForwardMsg) -> bool:
    """Whether a run of the script has ended."""
    return message.WhichOneof("type") == "script_finished"
