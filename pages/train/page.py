"""The Train page, from top to bottom the way of the data: setup, trainers, pictures, timeline, curves."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from pages.explore import data, link
from pages.teaching import tour_button
from pages.train import look, objectives, resume, setup, stage, subject
from pages.train.charts import charts
from pages.train.export import export_controls
from pages.train.keys import keys
from pages.train.run import Run, current_run
from pages.train.setup import Setup
from pages.train.style import STYLE

LINK_NAMES = frozenset().union(*(part.LINK_NAMES for part in (data, subject, setup, objectives, look, stage, resume)))


def train() -> None:
    st.html(STYLE)
    _title()
    link.check_names("train", LINK_NAMES)
    complaints = st.container()
    with st.sidebar:
        chosen = setup.setup_controls()
        looks = look.look_controls()
        exports = st.container()
        keys()
    run = _run(chosen)
    if chosen is None or run is None:
        st.info("Change what the sidebar says is missing, and the pictures are back.", icon=":material/school:")
    else:
        resume.offer(chosen)
        stage.stage(run, chosen, looks, {**chosen.link, **looks.link})
        charts(run)
        with exports:
            export_controls(run, chosen, looks)
    with complaints:
        link.show_complaints()


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="train-title"):
        st.title("Watch the regions grow", anchor=False, width="content")
        st.caption("One network, other objectives: what each does to the linear regions.")
        tour_button("train")


def _run(chosen: Setup | None) -> Run | None:
    try:
        return None if chosen is None else current_run(chosen)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None


train()
