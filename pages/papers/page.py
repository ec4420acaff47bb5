"""The Papers page, from top to bottom: what the paper says, its numbers beside ours, the picture, one row's details."""

from __future__ import annotations

import streamlit as st

from figures.papers.comparison import SIGNS, TITLES
from figures.words import counted
from pages.papers.controls import WHICH, Chosen, experiment_controls
from pages.papers.details import details
from pages.papers.picture import picture, table_button
from pages.papers.rows import lines
from pages.papers.state import PREFIX, STATE, PapersState
from pages.papers.table import results_table
from pages.shared import link
from pages.shared.plain import complain, plain
from pages.teaching import teaching_buttons
from papers import PAPERS

LEGEND = " · ".join(f"{SIGNS[standing]} {TITLES[standing]}" for standing in ("better", "equal", "worse"))


def papers() -> None:
    _title()
    link.check_names("papers")
    complaints = st.container()
    with st.sidebar:
        try:
            chosen = experiment_controls()
        except ValueError as error:
            complain(error)
            return
        st.caption(":material/link: The link in the address bar reopens this page.")
    names = [row.name for row in chosen.experiment.rows]
    link.start(PapersState.row.key, "row", link.anything, "")
    if STATE.row not in names:
        STATE.row = ""
    _experiment(chosen)
    link.write({**chosen.link, "row": link.unless(STATE.row, "")})
    with complaints:
        link.show_complaints()


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Papers", anchor=False, width="content")
        st.caption("The papers' tables and figures, and what this project measures.", width="stretch")
        teaching_buttons("papers")


def _experiment(chosen: Chosen) -> None:
    experiment = chosen.experiment
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        title = f"{PAPERS[experiment.paper].short}, {experiment.place}: {experiment.title}"
        st.subheader(plain(title), anchor=False, width="content")
        table_button(chosen)
    st.markdown(f"**The paper:** {plain(experiment.says)}")
    with st.expander("How it is computed here", icon=":material/info:"):
        st.markdown(plain(experiment.how))
    left, right = st.columns([2, 3] if experiment.draw is not None else [3, 2], gap="large")
    with left:
        _table(chosen)
    with right:
        if STATE.row:
            details(chosen, experiment.row(STATE.row))
        elif experiment.draw is None:
            st.caption("Click a row: this is where its details show.")
        picture(chosen)


def _table(chosen: Chosen) -> None:
    shown = lines(chosen)
    if not shown:
        st.info(f"No row is “{WHICH[chosen.which]}”: choose other rows in the sidebar.", icon=":material/filter_alt:")
        return
    titles = [column.title for column in chosen.experiment.columns]
    results_table(titles, shown, STATE.row, _choose, key=f"{PREFIX}table")
    run = sum(row.name in chosen.results for row in chosen.experiment.rows)
    st.caption(
        f"{run} of {counted(len(chosen.experiment.rows), 'row')} run. Beside the difference: {LEGEND}. "
        "Click a row for its details, and to open its network."
    )


def _choose(name: str) -> None:
    STATE.row = name


papers()
