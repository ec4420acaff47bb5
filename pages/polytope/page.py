"""The Polytope page, from top to bottom: network and data, question, verdict, pictures, numbers."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from pages.polytope import main_panel, numbers, presets, question
from pages.polytope.network_and_data import network_and_data_controls
from pages.shared import link
from pages.shared.network_and_data import NetworkAndData, missing_words, share_note
from pages.shared.to_polytope import RANDOM, TO_POLYTOPE
from pages.teaching import teaching_buttons


def polytope() -> None:
    _title()
    link.check_names("polytope")
    complaints = st.container()
    main_panel.take_click()

    with st.sidebar:
        offered = st.container(key="polytope-offered")
        chosen = network_and_data_controls()
        asked = None if chosen is None else _asked(chosen)
        with offered:
            presets.preset_controls()
        if chosen is not None:
            share_note(chosen)

    if chosen is None:
        _what_is_missing()
    elif asked is not None:
        main_panel.main_panel(chosen, asked, {**chosen.link, **asked.link})
        numbers.exports()
    if asked is None:
        link.write_drawn()
    with complaints:
        link.show_complaints()


def _asked(chosen: NetworkAndData) -> question.Question | None:
    try:
        return question.question_controls(chosen)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="page-head"):
        st.title("Polytope", anchor=False, width="content")
        st.caption("All outputs that an adversary can reach, and what convex bounds make of them.", width="stretch")
        teaching_buttons("polytope")


def _what_is_missing() -> None:
    """The main panel while images are chosen, and they or a network for them are missing."""
    with st.container(border=True):
        st.markdown(f"{missing_words()} Or look at the random network of the paper.")
        st.button(
            "KW's random network",
            icon=":material/undo:",
            key="polytope-back",
            on_click=_show_random,
        )


def _show_random() -> None:
    TO_POLYTOPE.source = RANDOM


polytope()
