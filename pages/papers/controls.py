"""The sidebar: which paper, which table or figure, and which of its rows."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.papers.state import PREFIX
from pages.shared.linked_controls import Linked
from papers import EXPERIMENTS, PAPERS, Experiment, Result, shown

ALL, RUN, LEFT = "all", "run", "left"
WHICH = {ALL: "All", RUN: "With our numbers", LEFT: "Not run"}


@dataclass(frozen=True, eq=False)
class Chosen:
    """An experiment with its results by row, and which of its rows to show."""

    experiment: Experiment
    results: dict[str, Result]
    which: str
    link: dict[str, str | None]


def experiment_controls() -> Chosen:
    """The choice of a table or figure.

    Raises
    ------
    ValueError
        If a file of results holds something else.
    """
    linked = Linked(PREFIX)
    titles = {name: paper.short for name, paper in PAPERS.items()}
    paper = linked.choice("Paper", "paper", titles, next(iter(titles)))
    st.caption(f"{PAPERS[paper].title}. {PAPERS[paper].source}.")
    of_paper = {
        name: f"{experiment.place}: {experiment.title}"
        for name, experiment in EXPERIMENTS.items()
        if experiment.paper == paper
    }
    name = linked.choice("Table or figure", "experiment", of_paper, next(iter(of_paper)))
    which = linked.choice("Rows", "rows", WHICH, ALL)
    return Chosen(EXPERIMENTS[name], shown(name), which, linked.parts)
