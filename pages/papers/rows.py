"""The lines of the table, from an experiment and its results."""

from __future__ import annotations

import streamlit as st

from figures.papers.comparison import comparison
from pages.papers.controls import LEFT, RUN, Chosen
from pages.papers.table import Cell, Line
from papers import EXPERIMENTS, Settings
from papers.running import missing
from papers.text import beginning

WAITS = 20.0  # seconds for which what a machine lacks is not looked for again: it means reading many files


def lines(chosen: Chosen) -> list[Line]:
    """The rows that the reader wants to see."""
    experiment, states = chosen.experiment, row_states(chosen.experiment.name)
    made = []
    for row in experiment.rows:
        result = chosen.results.get(row.name)
        if (chosen.which, result is None) in ((RUN, True), (LEFT, False)):
            continue
        cells = tuple(
            Cell.of(
                comparison(
                    row.paper.get(column.name),
                    None if result is None else result.values.get(column.name),
                    column.unit,
                    column.better,
                    column.margin,
                )
            )
            for column in experiment.columns
        )
        lacks, _ = states[row.name]
        state = "" if result is not None else "not run: something is missing" if lacks else "not run"
        made.append(Line(row.name, row.title, cells, state))
    return made


@st.cache_data(ttl=WAITS, show_spinner=False)
def row_states(name: str) -> dict[str, tuple[str, str]]:
    """By row: what the project or this machine lacks for it, and else what running it means."""
    states = {}
    for row in EXPERIMENTS[name].rows:
        lacks = missing(row, Settings())
        states[row.name] = lacks, "" if lacks else beginning(row, Settings())
    return states
