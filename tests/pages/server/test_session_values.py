"""Values of a session fetched one by one are those that Streamlit has in its dictionary."""

from __future__ import annotations

import pytest
from streamlit.runtime.state import SafeSessionState
from streamlit.testing.v1 import AppTest

from pages.server.session_values import fetch_values_when_asked


@pytest.fixture(autouse=True)
def put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Streamlit did before."""
    monkeypatch.setattr(SafeSessionState, "filtered_state", SafeSessionState.filtered_state)


def script() -> None:
    import streamlit as st
    from streamlit.runtime.state import get_session_state

    st.session_state["own"] = 3
    st.session_state["nothing"] = None
    st.text_input("Text", "a", key="text")
    st.selectbox("One", ["a", "b"], key="one", index=None)
    st.number_input("Number", 0, 9, 4)
    values = get_session_state().filtered_state
    seen = {key: values[key] for key in values}
    assert seen == dict(st.session_state.items()) and len(values) == len(seen)
    assert "own" in values and "absent" not in values and values.get("nothing", 1) is None
    assert all((key in values) == (key in seen) for key in [*seen, "absent", "$$WIDGET_ID-1-none"])
    st.write(sorted(seen))


def test_each_value_and_the_keys_are_those_of_the_dictionary():
    before = AppTest.from_function(script).run()
    fetch_values_when_asked()
    after = AppTest.from_function(script).run()
    for app in (before, after):
        assert not app.exception
    assert after.json[0].value == before.json[0].value
    after.text_input(key="text").set_value("b").run()
    assert not after.exception and after.session_state["text"] == "b"


def test_a_control_whose_value_is_none_is_empty_as_before():
    fetch_values_when_asked()
    app = AppTest.from_function(script).run()
    assert app.selectbox(key="one").value is None
    app.selectbox(key="one").select("b").run()
    assert app.selectbox(key="one").value == "b"
