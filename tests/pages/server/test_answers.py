"""An answer reaches the browser, though a script begins before the answer is sent."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from pages.server.answers import ANSWERS, keep_answers


def after_a_script_began(answer: str, fragments: list[str] | None) -> list[str]:
    """The messages that are left in the queue, by kind."""
    asked, drawn = ForwardMsg(), ForwardMsg()
    getattr(asked, answer).SetInParent()
    drawn.delta.new_element.text.body = "drawn by the run before"
    drawn.delta.fragment_id = "picture"
    queue = ForwardMsgQueue()
    for message in (asked, drawn):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    kinds = [str(message.WhichOneof("type")) for message in queue.flush()]
    assert queue.is_empty()
    return kinds


@pytest.mark.parametrize("answer", sorted(ANSWERS))
@pytest.mark.parametrize("fragments", [None, ["picture"]])
def test_an_answer_is_kept_once_and_what_was_drawn_is_not(monkeypatch, answer, fragments):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    keep_answers()
    assert after_a_script_began(answer, fragments) == [answer]


def test_streamlit_alone_drops_it():
    kept = after_a_script_began("file_urls_response", None)
    assert not kept, "Streamlit keeps answers itself now: pages/server/answers.py may go"
