"""A page that shows a large text or not, and whose run ends a while after it has drawn everything."""

from __future__ import annotations

import time

import streamlit as st

SECONDS = 1.5  # so long that a second click comes before the run's end; nothing is drawn then that could interrupt it
LARGE = "large " * 4000

st.button("Run")
if st.checkbox("Large text"):
    st.text(LARGE)
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"Run {st.session_state['runs']}")
time.sleep(SECONDS)
