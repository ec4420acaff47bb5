"""The drawings of a script that has ended arrive, though its session has begun another run."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunnerEvent

from pages.server.endings import hear_scripts_out, keep_finished_drawings

Heard = list[tuple[object, ScriptRunnerEvent]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """Events that Streamlit takes notice of: those of the script that it takes for the session's own."""
    taken: Heard = []

    def hear(session, sender, event, forward_msg=None):
        if sender is session._scriptrunner:
            taken.append((sender, event))

    monkeypatch.setattr(AppSession, "_handle_scriptrunner_event_on_event_loop", hear)
    hear_scripts_out()
    return taken


def test_what_the_script_before_has_drawn_is_passed_on_and_its_end_ends_no_other(heard):
    before, now = object(), object()
    session = SimpleNamespace(_scriptrunner=now)
    events = (ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS)
    for event in (*events, ScriptRunnerEvent.SHUTDOWN):
        AppSession._handle_scriptrunner_event_on_event_loop(session, before, event)
    AppSession._handle_scriptrunner_event_on_event_loop(session, now, ScriptRunnerEvent.SCRIPT_STARTED)
    assert heard == [*((before, event) for event in events), (now, ScriptRunnerEvent.SCRIPT_STARTED)]
    assert session._scriptrunner is now


def test_a_session_without_a_script_hears_none(heard):
    session = SimpleNamespace(_scriptrunner=None)
    AppSession._handle_scriptrunner_event_on_event_loop(session, object(), ScriptRunnerEvent.ENQUEUE_FORWARD_MSG)
    assert heard == []


def test_streamlit_alone_takes_no_notice():
    source = inspect.getsource(AppSession._handle_scriptrunner_event_on_event_loop)
    assert "if sender is not self._scriptrunner:" in source, "it does now: pages/server/endings.py may go"


def drawn(text: str) -> ForwardMsg:
    message = ForwardMsg()
    message.delta.new_element.text.body = text
    message.delta.fragment_id = "map"
    message.metadata.delta_path.extend([0, len(text)])
    return message


def finished(how: ForwardMsg.ScriptFinishedStatus.ValueType) -> ForwardMsg:
    message = ForwardMsg()
    message.script_finished = how
    return message


def when_a_run_begins(fragments: list[str] | None, end: ForwardMsg.ScriptFinishedStatus.ValueType) -> list[str]:
    """The drawings that are left of a run that has ended, and of one that has not."""
    queue = ForwardMsgQueue()
    for message in (drawn("of the ended run"), finished(end), drawn("of the next")):
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    return [message.delta.new_element.text.body for message in queue.flush() if message.HasField("delta")]


def test_a_fragments_run_keeps_what_the_whole_pages_finished_run_has_drawn(monkeypatch):
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    keep_finished_drawings()
    assert when_a_run_begins(["map"], ForwardMsg.FINISHED_SUCCESSFULLY) == ["of the ended run"]
    assert when_a_run_begins(["map"], ForwardMsg.FINISHED_EARLY_FOR_RERUN) == []
    assert when_a_run_begins(None, ForwardMsg.FINISHED_SUCCESSFULLY) == []


def test_streamlit_alone_drops_what_a_finished_run_has_drawn():
    left = when_a_run_begins(["map"], ForwardMsg.FINISHED_SUCCESSFULLY)
    assert not left, "Streamlit keeps it itself now: keep_finished_drawings may go"
