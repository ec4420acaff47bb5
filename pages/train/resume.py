"""Resuming the run that the link names from its checkpoints, after a reload."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from models.files.ownership import OwnedElsewhereError
from pages.shared import link
from pages.shared.plain import plain
from pages.train.checkpoints import can_resume, run_id
from pages.train.current_run import STATE as RUNS
from pages.train.current_run import goes_on_elsewhere, hold
from pages.train.setup import Setup
from pages.train.state import STATE

LOOK = 2.0  # seconds between checks whether the other tab is still open


def named_run() -> str | None:
    """The run that the link names, until the user has answered whether to resume it. The link names it until then."""
    named: str = link.opened("run", run_id, "")
    run = RUNS.run
    answered = STATE.answered or (run is not None and run.id == named)
    return None if answered or not named else named


def offer(setup: Setup) -> None:
    """Ask whether to resume the run of the link, until the user answers."""
    named = named_run()
    if named is None:
        return
    if goes_on_elsewhere(named):
        STATE.resume = None  # refused: once the other tab has left the run, the user is asked again
        st.fragment(_elsewhere, run_every=LOOK)(named)
        return
    if not can_resume(named, len(setup.objectives)):
        return
    with st.container(border=True, key="train-resume"):
        text, resume, fresh = st.columns([4, 1, 1], vertical_alignment="center")
        text.markdown("**This training is kept.** Resume shows it where it stopped; from there it can go on.")
        resume.button(
            "Resume", icon=":material/play_arrow:", type="primary", key="train-go-on", width="stretch",
            on_click=_want, args=(named,),
        )  # fmt: skip
        fresh.button("Begin anew", key="train-anew", width="stretch", on_click=_answer)
    if STATE.resume == named:
        _go_on(named, setup)


def _want(named: str) -> None:
    STATE.resume = named


def _go_on(named: str, setup: Setup) -> None:
    """Make the run of the link the session's own, or show why that fails."""
    STATE.resume = None
    try:
        hold(named, setup, resume=True)
    except OwnedElsewhereError as error:
        st.error(
            f"This training goes on elsewhere: {plain(sentence(error))} End it there, or begin anew here.",
            icon=":material/error:",
        )
        return
    except (ValueError, FileNotFoundError) as error:
        st.error(f"{sentence(error)} Training begins anew.", icon=":material/error:")
        return
    _answer()
    st.rerun()


def _elsewhere(named: str) -> None:
    """A note while another page trains this run; then the question whether to resume it."""
    if not goes_on_elsewhere(named):
        st.rerun()
    with st.container(border=True, key="train-elsewhere"):
        st.markdown("**This training goes on in another tab.** Here you can begin one of your own.")


def _answer() -> None:
    STATE.answered = True
