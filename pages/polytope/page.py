"""The Polytope page, from top to bottom the way of the data: subject, question, sets, pictures, numbers."""

from __future__ import annotations

import streamlit as st

from figures.words import sentence
from pages.certify import subject as certify_subject
from pages.explore import data, link, network, training
from pages.polytope import numbers, presets, question, stage, subject, unit
from pages.polytope.send import RANDOM, SOURCE
from pages.teaching import tour_button

LINK_NAMES = frozenset().union(
    *(part.LINK_NAMES for part in (data, network, training, certify_subject, subject, question, stage, numbers, unit))
) - {"of"}


def polytope() -> None:
    _title()
    link.check_names("polytope", LINK_NAMES)
    complaints = st.container()
    stage.take_pin()

    with st.sidebar:
        offered = st.container()
        chosen = subject.subject_controls()
        asked = None if chosen is None else _asked(chosen)
        with offered:
            presets.preset_controls()
        if chosen is not None:
            _share_note(chosen)

    if chosen is None:
        _what_is_missing()
    elif asked is not None:
        stage.stage(chosen, asked, {**chosen.link, **asked.link})
    with complaints:
        link.show_complaints()


def _asked(chosen: certify_subject.Subject) -> question.Question | None:
    try:
        return question.question_controls(chosen)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None


def _title() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Polytope", anchor=False, width="content")
        st.caption("All outputs that an adversary can reach, and what convex bounds make of them.", width="content")
        tour_button("polytope")


def _what_is_missing() -> None:
    """Where images are chosen but there is no network for them."""
    with st.container(border=True):
        st.markdown("**Upload a network** for these images in the sidebar, or look at the random one of the paper.")
        st.button(
            "KW's random network",
            icon=":material/undo:",
            key="polytope-back",
            on_click=lambda: st.session_state.update({SOURCE: RANDOM}),
        )


def _share_note(chosen: certify_subject.Subject) -> None:
    if chosen.in_link:
        st.caption(":material/link: The link in the address bar reopens this page.")
    elif chosen.dataset is None:
        st.caption(":material/link_off: The link has everything but the network: who opens it uploads it again.")
    else:
        st.caption(":material/link_off: Your points or weights are not in the link: export them in Explore.")


polytope()
