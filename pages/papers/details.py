"""The details of the chosen row: its numbers' origin, or how to run it; and its network on other pages."""

from __future__ import annotations

import streamlit as st

from pages.papers.controls import Chosen
from pages.papers.opening import open_network, openable, pages_for
from pages.papers.rows import row_states
from pages.shared.plain import complain, plain
from papers import Result, Row
from papers.text import command, made

ICONS = {"slices": ":material/blur_on:", "certify": ":material/verified_user:", "explore": ":material/explore:"}


def details(chosen: Chosen, row: Row) -> None:
    """Where the row's numbers come from, the command that measures it, and buttons that open its network."""
    result = chosen.results.get(row.name)
    with st.container(border=True, key="papers-details"):
        st.markdown(f"**{plain(row.title)}**")
        if row.note:
            st.caption(plain(row.note))
        st.markdown(plain(_origin(chosen, row, result)))
        st.code(command(chosen.experiment, row), language="bash", wrap_lines=True)
        _buttons(row, result)


def _origin(chosen: Chosen, row: Row, result: Result | None) -> str:
    if result is not None:
        return f"Ours: {made(result)}."
    lacks, work = row_states(chosen.experiment.name)[row.name]
    return f"Not run: it needs {lacks}." if lacks else f"Not run. This command {work}:"


def _buttons(row: Row, result: Result | None) -> None:
    network = openable(row, result)
    if network is None:
        return
    with st.container(horizontal=True, gap="small"):
        for page in pages_for(network):
            if st.button(f"Open in {page.capitalize()}", icon=ICONS[page], key=f"papers-open-{page}"):
                try:
                    open_network(network, row, page)
                except ValueError as error:
                    complain(error)
