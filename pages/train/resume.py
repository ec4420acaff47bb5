"""After a reload: the run that the link names can go on from its checkpoints."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from pages.explore import link
from pages.train.checkpoints import can_resume, run_id
from pages.train.run import RUN, Run, hold
from pages.train.setup import Setup

ANSWERED = "train-resume-answered"
LINK_NAMES = frozenset({"run"})


def offer(setup: Setup) -> None:
    """Ask whether the run of the link is to go on, until it is answered."""
    named: str = link.opened("run", run_id, "")
    run: Run | None = st.session_state.get(RUN)
    if not named or st.session_state.get(ANSWERED) or (run is not None and run.id == named):
        return
    if not can_resume(named, len(setup.objectives)):
        return
    with st.container(border=True, key="train-resume"):
        said, resume, fresh = st.columns([4, 1, 1], vertical_alignment="center")
        said.markdown("**This training stopped when its page was closed.** It can go on where it was.")
        go_on = resume.button(
            "Resume", icon=":material/play_arrow:", type="primary", key="train-go-on", width="stretch"
        )
        fresh.button("Begin anew", key="train-anew", width="stretch", on_click=_answer)
    if go_on:
        try:
            hold(named, setup, resume=True)
        except (ValueError, FileNotFoundError) as error:
            st.error(f"{sentence(error)} Training begins anew.", icon=":material/error:")
            return
        _answer()
        st.rerun()


def _answer() -> None:
    st.session_state[ANSWERED] = True
