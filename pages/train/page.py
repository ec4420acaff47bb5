"""The Train page, from top to bottom: setup, transport, pictures, timeline, curves."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from pages.shared import link
from pages.teaching import teaching_buttons
from pages.train import main_panel, resume, setup, view_options
from pages.train.charts import charts
from pages.train.current_run import current_run
from pages.train.export import export_controls
from pages.train.keys import keys
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.style import STYLE
from pages.train.trade_off import trade_off


def train() -> None:
    st.html(STYLE)
    _title()
    link.check_names("train")
    complaints = st.container()
    with st.sidebar:
        chosen = setup.setup_controls()
        controls = view_options.view_controls()
        exports = st.container()
        keys()
    run = _run(chosen)
    if chosen is None or run is None:
        st.info("Change what the sidebar says is missing, and the pictures are back.", icon=":material/school:")
        link.write_drawn()
    else:
        resume.offer(chosen)
        main_panel.main_panel(run, chosen, controls, {**chosen.link, **controls.link})
        charts(run)
        trade_off()
        with exports:
            export_controls(run, chosen, controls)
    with complaints:
        link.show_complaints()


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="train-title"):
        st.title("Watch the regions grow", anchor=False, width="content")
        st.caption("One network, other objectives: what each does to the linear regions.")
        teaching_buttons("train")


def _run(chosen: Setup | None) -> Run | None:
    try:
        return None if chosen is None else current_run(chosen)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None


train()
