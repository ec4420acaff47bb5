"""A page that sends messages without end, until it is stopped."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner import get_script_run_ctx

LONG = 16_000  # characters of a message: the buffers of the system are full after some hundred or thousand
STOPPED = "The flood was stopped."


def flood() -> None:
    """Messages that a browser drops as soon as it has read them."""
    context = get_script_run_ctx()
    assert context is not None
    try:
        while True:
            time.sleep(0.001)
            message = ForwardMsg()
            message.parent_message.message = "x" * LONG
            context.enqueue(message)
    finally:
        print(STOPPED, flush=True)


st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"Run {st.session_state['runs']}")
st.button("Count", on_click=lambda: st.session_state.update(counted=st.session_state.get("counted", 0) + 1))
st.text(f"Counted {st.session_state.get('counted', 0)}")
if st.button("Flood"):
    flood()
