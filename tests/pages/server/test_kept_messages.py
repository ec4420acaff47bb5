"""The server refers to a large message exactly while the browser keeps it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_cache import populate_hash_if_needed
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from pages.server.kept_messages import KeptMessages, refer_to_kept_messages

MOST = 2


def large(letter: str = "a", fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.delta.new_element.text.body = letter * 20_000
    message.delta.fragment_id = fragment
    populate_hash_if_needed(message)
    assert message.metadata.cacheable
    return message


def end(*fragments: str, status: int = ForwardMsg.FINISHED_SUCCESSFULLY) -> ForwardMsg:
    message = ForwardMsg(script_finished=status)  # type: ignore[arg-type]
    message.metadata.run.script_run_id = "run"
    message.metadata.run.fragment_ids.extend(fragments)
    return message


def kinds(*messages: ForwardMsg) -> list[str | None]:
    """What is sent for each."""
    kept = KeptMessages(MOST)
    return [kept.sent(message).WhichOneof("type") for message in messages]


def test_a_message_is_sent_once_and_then_referred_to() -> None:
    assert kinds(large(), large(), end(), large()) == ["delta", "ref_hash", "script_finished", "ref_hash"]


@pytest.mark.parametrize(("runs", "kind"), [(2, "ref_hash"), (3, "delta")])
def test_it_is_sent_again_after_more_runs_than_the_browser_keeps_it(runs: int, kind: str) -> None:
    assert kinds(large(), *[end()] * runs, large())[-1] == kind


def test_using_it_keeps_it() -> None:
    assert kinds(large(), end(), end(), large(), end(), end(), large())[-1] == "ref_hash"


def test_a_run_that_ends_early_for_another_counts_for_nothing() -> None:
    early = end(status=ForwardMsg.FINISHED_EARLY_FOR_RERUN)
    assert kinds(large(), *[early] * 9, large())[-1] == "ref_hash"


@pytest.mark.parametrize(("fragment", "kind"), [("", "ref_hash"), ("other", "ref_hash"), ("own", "delta")])
def test_runs_of_fragments_alone_drop_only_what_these_drew(fragment: str, kind: str) -> None:
    assert kinds(large(fragment=fragment), *[end("own")] * 3, large(fragment=fragment))[-1] == kind


def test_small_messages_are_sent_as_they_are() -> None:
    small = ForwardMsg()
    small.delta.new_element.text.body = "a"
    populate_hash_if_needed(small)
    assert kinds(small, small) == ["delta", "delta"]


def test_each_connection_begins_with_nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StarletteSessionClient, "write_forward_msg", StarletteSessionClient.write_forward_msg)
    monkeypatch.setattr(script_run_context, "create_reference_msg", script_run_context.create_reference_msg)  # type: ignore[attr-defined]
    refer_to_kept_messages()

    async def written() -> list[list[str | None]]:
        socket: Any = SimpleNamespace(headers={}, cookies={}, client=None)
        clients = [StarletteSessionClient(socket) for _ in range(2)]
        for client in clients:
            client._sender_task.cancel()
            client.write_forward_msg(large())
            client.write_forward_msg(large())
        return [
            [ForwardMsg.FromString(client._send_queue.get_nowait()).WhichOneof("type") for _ in range(2)]
            for client in clients
        ]

    with ThreadPoolExecutor(1) as threads:  # a thread of its own: browsers of other tests keep a loop in this one
        assert threads.submit(asyncio.run, written()).result() == [["delta", "ref_hash"]] * 2


def test_streamlit_alone_trusts_a_list_that_may_be_old(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it asks the connection instead, pages/server/kept_messages.py may go."""
    sent: list[ForwardMsg] = []
    context: Any = SimpleNamespace(cached_message_hashes={large().hash}, _enqueue=sent.append)
    monkeypatch.setattr(
        script_run_context.ThreadState,
        "get",
        staticmethod(lambda: SimpleNamespace(active_script_hash="")),  # type: ignore[attr-defined]
    )
    script_run_context.ScriptRunContext.enqueue(context, large())
    assert sent[0].WhichOneof("type") == "ref_hash"
