"""References to large messages that a browser keeps, decided when a message is sent.

A browser keeps large messages for a few runs of the script. In place of such a message Streamlit sends its hash.
Streamlit decides by the list of hashes that came with the request. But runs that end meanwhile make the browser drop
messages of that list. A reference to one of them is a fatal error: the browser says "Cached ForwardMsg MISS", ends the
connection, and the page never changes again. Two clicks in one second suffice.

Here the server follows what each browser keeps, by the messages that it sends to it, and refers only to those.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

KEPT = "_reluscope_kept"  # on the client: what its browser keeps


def refer_to_kept_messages() -> None:
    """Send a large message whole, unless the browser of this connection keeps it."""
    from streamlit.runtime.scriptrunner_utils import script_run_context
    from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

    script_run_context.create_reference_msg = _whole
    write = StarletteSessionClient.write_forward_msg

    def write_or_refer(client: StarletteSessionClient, message: ForwardMsg) -> None:
        if not hasattr(client, KEPT):
            setattr(client, KEPT, KeptMessages(_most_runs()))
        write(client, getattr(client, KEPT).sent(message))

    StarletteSessionClient.write_forward_msg = write_or_refer  # type: ignore[method-assign, assignment]


def _whole(msg: ForwardMsg) -> ForwardMsg:
    return msg


def _most_runs() -> int:
    from streamlit import config

    return int(config.get_option("global.maxCachedMessageAge"))


@dataclass
class KeptMessages:
    """The large messages that the browser of one connection keeps, by the browser's own rule.

    When a run ends, the browser drops the messages that it has not used for more than `most_runs` runs. When fragments
    ran alone, it drops those of these fragments only.
    """

    most_runs: int
    _ended: int = 0  # runs
    _used: dict[str, tuple[int, str]] = field(default_factory=dict)  # by hash: when it was last used, its fragment

    def sent(self, message: ForwardMsg) -> ForwardMsg:
        """What to send in place of a message: a reference if the browser has it, else the message."""
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
        from streamlit.runtime.forward_msg_cache import create_reference_msg

        if message.WhichOneof("type") == "script_finished":
            if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                self._end_run(set(message.metadata.run.fragment_ids))
        elif message.metadata.cacheable and message.hash:
            known = message.hash in self._used
            fragment = self._used[message.hash][1] if known else message.delta.fragment_id
            self._used[message.hash] = self._ended, fragment
            return create_reference_msg(message) if known else message
        return message

    def _end_run(self, fragments: set[str]) -> None:
        self._ended += 1
        self._used = {
            name: (used, fragment)
            for name, (used, fragment) in self._used.items()
            if self._ended - used <= self.most_runs or (fragments and fragment not in fragments)
        }
