"""A click counts though another request follows at once, and so does a value that a script deletes."""

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
    for name in ("__init__", "on_script_will_rerun"):  # what take_every_click replaces comes back with the test's end
        monkeypatch.setattr(SafeSessionState, name, getattr(SafeSessionState, name))
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


def taking() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    if taken := st.session_state.pop("told", None):
        get_script_run_ctx().script_requests.request_rerun(RerunData())  # of a view that tells its size
        st.session_state["heard"] = taken
    st.caption("drawn")


@pytest.mark.usefixtures("followed")
def test_what_a_script_has_taken_from_the_state_it_acts_upon_before_another_request_comes():
    take_every_click()
    app = AppTest.from_function(taking, default_timeout=240)
    app.session_state["told"] = "a pin"
    app.run()
    assert app.session_state["heard"] == "a pin"
    assert [caption.value for caption in app.caption] == ["drawn"]


def test_streamlit_alone_loses_that_as_well():
    app = AppTest.from_function(taking, default_timeout=240)
    app.session_state["told"] = "a pin"
    app.run()
    assert "heard" not in app.session_state and "told" not in app.session_state
