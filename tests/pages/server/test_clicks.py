"""A click that another request follows at once is taken all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.state import SafeSessionState
from streamlit.testing.v1 import AppTest

from pages.server.clicks import take_every_click


def script() -> None:
    import streamlit as st

    def count() -> None:
        st.session_state.setdefault("asked", 0)  # where Streamlit looks for newer requests
        st.session_state["asked"] += 1

    st.button("Count", on_click=count)
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1


@pytest.fixture
def followed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[RerunData]]:
    """A second request, without the click, comes as soon as the one with a click is about to be run."""
    sent: list[RerunData] = []
    run = ScriptRunner._run_script

    def run_followed(runner: ScriptRunner, request: RerunData) -> None:
        clicked = request.widget_states and any(each.trigger_value for each in request.widget_states.widgets)
        if clicked and not sent:
            sent.append(replace(request, widget_states=WidgetStates()))
            assert runner.request_rerun(sent[0])
        run(runner, request)

    monkeypatch.setattr(ScriptRunner, "_run_script", run_followed)
    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", SafeSessionState.on_script_will_rerun)
    yield sent


def test_a_click_is_taken_though_another_request_follows_at_once(followed: list[RerunData]):
    take_every_click()
    app = AppTest.from_function(script, default_timeout=240).run()
    app.button[0].click().run()
    assert len(followed) == 1
    assert app.session_state["asked"] == 1
    assert not app.exception


def test_streamlit_alone_loses_it(followed: list[RerunData]):
    app = AppTest.from_function(script, default_timeout=240).run()
    app.button[0].click().run()
    assert "asked" not in app.session_state, "Streamlit takes every click itself now: pages/server/clicks.py may go"
