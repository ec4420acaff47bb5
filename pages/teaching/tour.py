"""A guided tour or a lesson: a card above the page that says what to see; each step is a state that a link reaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from pages.shared import link
from pages.shared.plain import plain
from pages.shared.teaching import TEACHING, TeachingState
from pages.shared.visitor import put_back, set_aside
from pages.teaching.exercises import exercises
from pages.teaching.lesson_file import Lesson, unpacked
from pages.teaching.lesson_state import LESSONS
from pages.teaching.presenter import PRESENT, presenter_button
from pages.teaching.question_card import Place, cover_style, progress_words, question_place
from pages.teaching.questions import Nearest
from pages.teaching.steps import PAGES, PLACES, Step
from pages.teaching.tours import TOURS

TOUR, LESSON = "tour", "lesson"  # in links
EXERCISES, OWN = "exercises", "own"  # names of lessons, beside those of the tours
BEGIN, GO, LEAVE = "begin", "go", "leave"
ABOVE = 330  # pixels over a picture, with the card
ASKS = 76  # more pixels for a question
CARD = 170  # pixels of the card itself, over a picture that does not count them otherwise
HEAD = 40  # pixels of the page's title less what larger type takes, in presenter mode
TOOLS = 56  # pixels of the row of buttons over a picture, which presenter mode hides where no step asks for it
OVER_THE_PICTURE = ("explore-formula",)  # places in that row
KEYS = ("1", "2", "3")
UNTITLED = """[data-testid="stLayoutWrapper"]:has(> :is(.st-key-page-head, .st-key-train-title)) { position: absolute; }
:is(.st-key-page-head, .st-key-train-title) :is([data-testid="stHeading"], [data-testid="stCaptionContainer"]) {
  display: none;
}"""
STYLE = """<style>
:root {{
  --above-the-picture: {above}px; --under-the-picture: 0px; --tour-card: {card}px; --least-drawing: 236px;
  --card-top: 0.4rem;
}}
.st-key-tour-card {{
  background: color-mix(in srgb, #0072B2 8%, var(--st-background-color, Canvas)); padding-block: 0.6rem;
  padding-right: 2.2rem;
}}
[data-testid="stLayoutWrapper"]:has(> .st-key-tour-card) {{ position: sticky; top: var(--card-top); z-index: 999; }}
.stApp:has([data-testid="stExpandSidebarButton"]):not(:has([data-testid="stSidebar"][aria-expanded="true"])) {{
  --card-top: 2.6rem; /* below the logo of the closed sidebar */
}}
/* What steps ask for stays in view below the card; guide.js says how high that is. */
[data-testid="stLayoutWrapper"]:has(> :is(.st-key-explore-bar, .st-key-train-transport)) {{
  position: sticky; top: calc(var(--card-top) + var(--card-height, 0px)); z-index: 998; padding-block: 0.4rem;
  margin-block: -0.4rem; background: var(--st-background-color, Canvas);
}}
@media (max-height: 820px), (max-width: 640px) {{ /* what the page is called, the card says as well */
  {untitled}
}}
@media (max-width: 640px) {{ /* the words are short of room, and a finger moves what it sees */
  .stApp:has([data-testid="stExpandSidebarButton"]):not(:has([data-testid="stSidebar"][aria-expanded="true"])) {{
    --card-top: 3.75rem;
  }}
  :root {{ --least-drawing: 312px; }}
  .st-key-tour-card {{ padding: 0.5rem 0.7rem; }}
  .st-key-tour-card > [data-testid="stElementContainer"] [data-testid="stMarkdownContainer"] p {{
    font-size: 0.88rem; line-height: 1.42;
  }}
  .st-key-tour-head {{ flex-wrap: nowrap; gap: 0.35rem; }}
  .st-key-tour-head .st-key-present-button {{ display: none; }}
  :is(.st-key-tour-back, .st-key-tour-leave) button {{ min-width: 44px; padding-inline: 0.5rem; }}
  .st-key-tour-back button p {{ /* read aloud alone */
    position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  }}
  [data-testid="stLayoutWrapper"]:has(> :is(.st-key-explore-bar, .st-key-train-transport)) {{ position: static; }}
}}
.st-key-tour-guide {{ display: none; }}
.st-key-busy {{ top: auto !important; bottom: 0.9rem; }} /* at the top it would lie over the card's buttons */
</style>"""
PRESENTING = """<style>
:root {{ --above-the-picture: {above}px; --under-the-picture: 100px; --least-picture: 330px; }}
{untitled}
</style>"""


def on_tour() -> bool:
    """Whether a step of a tour or a lesson is shown."""
    return TEACHING.tour is not None


def tour_button(name: str) -> None:
    """In the head of a page: begin its tour, if it has one."""
    if name in TOURS:
        st.button(
            "Tour",
            icon=":material/tour:",
            type="tertiary",
            key="tour-begin",
            on_click=_press,
            args=(BEGIN, name, 1),
            help=f"{TOURS[name][0].title} … in {len(TOURS[name])} steps. Afterwards all is as you leave it now.",
        )


def begin_lesson(name: str) -> None:
    """Open the first step of the exercises or of the opened lesson; as the callback of a button."""
    _press(BEGIN, name, 1)


def open_lesson(lesson: Lesson) -> None:
    """Make this the opened lesson, of which nothing was answered."""
    LESSONS.lesson = lesson
    for answered in (LESSONS.solved, LESSONS.tried):
        answered.difference_update({at for at in answered if at[0] == OWN})


def steps_of(name: str) -> tuple[Step, ...]:
    """The steps of a tour, of the exercises, or of the opened lesson; none for a name without a meaning."""
    if name == EXERCISES:
        return exercises().steps
    if name == OWN:
        return () if LESSONS.lesson is None else LESSONS.lesson.steps
    return TOURS.get(name, ())


@dataclass(frozen=True)
class Card:
    """The card on screen: its part of the link, and the place of its question, which is drawn after the page."""

    link: dict[str, str | None]
    question: Place | None = None

    def ask(self) -> None:
        """Draw the question, if there is one; it reads what the page shows."""
        if self.question is not None:
            self.question.draw()


def tour_card() -> Card:
    """The step that is shown, if there is one. Called before the page is drawn."""
    _follow()
    if LESSONS.lesson is None:
        LESSONS.lesson = link.opened(LESSON, unpacked, None)
    at: tuple[str, int] | None = link.start(TeachingState.tour.key, TOUR, _place, None)
    if at is None or not steps_of(at[0]):
        TEACHING.asked_point = None
        return Card({TOUR: None, LESSON: None})
    name, number = at
    step, last = steps_of(name)[number - 1], len(steps_of(name))
    asked = step.question
    TEACHING.asked_point = asked.answer.of if asked is not None and isinstance(asked.answer, Nearest) else None
    above = ABOVE + step.below + (ASKS if asked else 0)
    st.html(STYLE.format(above=above, card=CARD, untitled=UNTITLED))
    if TEACHING.present:
        asks_for_tools = any(place in OVER_THE_PICTURE for place in step.shows)
        st.html(PRESENTING.format(above=above - HEAD + (TOOLS if asks_for_tools else 0), untitled=UNTITLED))
        if asks_for_tools:
            st.html("<style>.st-key-picture-tools { display: flex !important; }</style>")
    place = None
    with st.container(border=True, key="tour-card", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key="tour-head"):
            st.markdown(
                f"**{number}/{last} · {plain(step.title)}**{progress_words(name, steps_of(name))}", width="stretch"
            )
            st.button(
                "Back", icon=":material/arrow_back:", disabled=number == 1, key="tour-back", on_click=_press,
                args=(GO, name, number - 1),
            )  # fmt: skip
            _onward(name, number)
            st.button(
                "Leave", type="tertiary", key="tour-leave", on_click=_press, args=(LEAVE, name, number),
                help="Back to the page as it was before.",
            )  # fmt: skip
            presenter_button()
        st.markdown(step.text)
        if asked is not None:
            place = question_place(name, number, step.page, asked)
        _guide()(key="tour-guide", data=_guided(name, number, step))
    cover_style(name, number, asked)
    return Card({TOUR: f"{name}-{number}", LESSON: _in_link(name)}, place)


def _onward(name: str, number: int) -> None:
    """The button that leads to the next step, or to the next page's tour at the end of this one."""
    if number < len(steps_of(name)):
        following, title = (GO, name, number + 1), "Next"
    else:
        order = list(TOURS)
        after = order[order.index(name) + 1 :][:1] if name in TOURS else []
        if not after:
            return
        following, title = (GO, after[0], 1), f"On to {PAGES[after[0]].title}"
    st.button(title, icon=":material/arrow_forward:", type="primary", key="tour-next", on_click=_press, args=following)


def step_link(name: str, number: int) -> str:
    """The address of a step, from the server's root."""
    step = steps_of(name)[number - 1]
    return f"{PAGES[step.page].path}?{urlencode(_parts(name, number, step))}"


def _parts(name: str, number: int, step: Step) -> dict[str, str]:
    own = _in_link(name)
    return {**step.link, TOUR: f"{name}-{number}", **({} if own is None else {LESSON: own})}


def _in_link(name: str) -> str | None:
    """The opened lesson for the link; None for another one, and for a lesson that is too long for a link."""
    lesson = LESSONS.lesson if name == OWN else None
    return None if lesson is None or len(lesson.packed) > link.MOST_CHARACTERS else lesson.packed


def _press(button: str, name: str, number: int) -> None:
    TEACHING.pressed = button, name, number


def _follow() -> None:
    """Do what a button was pressed for. Nothing is drawn on the way, so that no other request comes between."""
    pressed = TEACHING.pressed
    del TEACHING.pressed
    if pressed is None:
        return
    button, name, number = pressed
    if button == LEAVE:
        return _leave()
    if button == BEGIN:
        set_aside(name if name in TOURS else link.STATE.page or "explore")
    _go(name, number)


def _go(name: str, number: int) -> None:
    """Open a step as its link would."""
    step = steps_of(name)[number - 1]
    parts = _parts(name, number, step)
    if TEACHING.present:
        parts[PRESENT] = "1"
    link.reopen(step.page, parts)
    st.switch_page(PAGES[step.page].script, query_params=parts)


def _leave() -> None:
    """Back to the visitor's own page; who came by a step's link has none, and stays."""
    presenting = TEACHING.present
    before = put_back()
    TEACHING.tour, TEACHING.present = None, presenting
    if before is not None:
        page, parts = before
        st.switch_page(PAGES[page].script, query_params=parts)


def _guided(name: str, number: int, step: Step) -> dict[str, Any]:
    """What the browser has to know to bring into view what the step speaks of."""
    return {
        "name": f"{name}-{number}",
        "places": [PLACES[place] for place in step.shows],
        "keys": list(KEYS) if step.keys else None,
    }


@cache
def _guide() -> Any:
    script = Path(__file__).with_name("guide.js").read_text(encoding="utf-8")
    return st.components.v2.component("reluscope_tour_guide", js=script)


def _place(text: str) -> tuple[str, int]:
    name, _, number = text.partition("-")
    if name == OWN and LESSONS.lesson is None:
        raise ValueError("the lesson whose step it is came from a file: open that file again")
    if not steps_of(name):
        raise ValueError(f"a tour is one of {', '.join(TOURS)} with a step, such as {next(iter(TOURS))}-1")
    return name, link.whole(1, len(steps_of(name)))(number)
