"""A guided tour: a card above the page that says what to see; each step is a state that a link reaches."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from pages.explore import link
from pages.teaching.presenter import presenter_button
from pages.teaching.steps import PAGES, TOURS, Step

TOUR = "tour"
STYLE = """<style>
:root { --above-the-picture: 330px; }
.st-key-tour-card { background: color-mix(in srgb, #0072B2 6%, transparent); }
.st-key-tour-card { padding-block: 0.7rem; margin-top: 0.9rem; }
</style>"""


def tour_button(name: str) -> None:
    """In the head of a page: begin its tour; and presenter mode beside it."""
    if st.session_state.get(TOUR) is None and name in TOURS:
        begin = st.button(
            "Tour",
            icon=":material/tour:",
            type="tertiary",
            key="tour-begin",
            help=f"{TOURS[name][0].title} … in {len(TOURS[name])} steps.",
        )
        if begin:
            _go(name, 1)
    presenter_button()


def tour_card() -> dict[str, str | None]:
    """The step we are at, if we are on a tour; returns what the link says of it."""
    at: tuple[str, int] | None = link.start(TOUR, TOUR, _place, None)
    if at is None:
        return {TOUR: None}
    name, number = at
    step, last = TOURS[name][number - 1], len(TOURS[name])
    st.html(STYLE)
    with st.container(border=True, key="tour-card", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{number}/{last} · {step.title}**", width="stretch")
            back = st.button("Back", icon=":material/arrow_back:", disabled=number == 1, key="tour-back")
            onward = _onward(name, number)
            st.button("Leave", type="tertiary", on_click=_leave, key="tour-leave", help="The page stays as it is.")
        st.markdown(step.text)
    if back:
        _go(name, number - 1)
    if onward is not None:
        _go(*onward)
    return {TOUR: f"{name}-{number}"}


def _onward(name: str, number: int) -> tuple[str, int] | None:
    """The next step, or the next page's tour at the end of this one, if its button was pressed."""
    if number < len(TOURS[name]):
        following, title = (name, number + 1), "Next"
    else:
        order = list(TOURS)
        after = order[order.index(name) + 1 :][:1]
        if not after:
            return None
        following, title = (after[0], 1), f"On to {PAGES[after[0]].title}"
    pressed = st.button(title, icon=":material/arrow_forward:", type="primary", key="tour-next")
    return following if pressed else None


def step_link(name: str, number: int) -> str:
    """The address of a step, from the server's root."""
    step = TOURS[name][number - 1]
    return f"{PAGES[step.page].path}?{urlencode(_parts(name, number, step))}"


def _parts(name: str, number: int, step: Step) -> dict[str, str]:
    return {**step.link, TOUR: f"{name}-{number}"}


def _go(name: str, number: int) -> None:
    """Open a step as its link would."""
    step = TOURS[name][number - 1]
    parts = _parts(name, number, step)
    if st.session_state.get("present"):
        parts["present"] = "1"
    link.reopen(step.page, parts)
    st.switch_page(PAGES[step.page].script, query_params=parts)


def _leave() -> None:
    st.session_state[TOUR] = None


def _place(text: str) -> tuple[str, int]:
    name, _, number = text.partition("-")
    if name not in TOURS:
        raise ValueError(f"a tour is one of {', '.join(TOURS)} with a step, such as {next(iter(TOURS))}-1")
    return name, link.whole(1, len(TOURS[name]))(number)
