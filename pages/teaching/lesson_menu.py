"""The menu of lessons in the head of a page: exercises, a lesson from a file, and writing one."""

from __future__ import annotations

import streamlit as st

from figures.words import counted, sentence
from pages.shared import link
from pages.shared.downloads import download
from pages.shared.plain import complain, plain
from pages.shared.state import Record, Value
from pages.teaching.exercises import exercises
from pages.teaching.lesson_file import MOST_BYTES, MOST_TITLE, address, read_lesson, write_lesson
from pages.teaching.lesson_state import LESSONS, Draft
from pages.teaching.steps import PAGES
from pages.teaching.tour import EXERCISES, OWN, begin_lesson, open_lesson


class MenuState(Record):
    """The fields of the form."""

    title: Value[str] = Value("lesson-title", "My lesson")
    step: Value[str] = Value("lesson-step", "")
    words: Value[str] = Value("lesson-words", "")


MENU = MenuState()


def lesson_menu() -> None:
    """A button in the head of a page that opens the menu."""
    with st.popover("Lessons", icon=":material/school:", type="tertiary", key="lessons"):
        _exercises()
        st.space("xsmall")
        _from_file()
        st.space("xsmall")
        _writing()


def _exercises() -> None:
    asked = len(exercises().steps)
    solved = sum(name == EXERCISES for name, _ in LESSONS.solved)
    st.markdown(f"**Exercises.** {asked} questions that the app checks; {solved} solved.")
    st.button(
        "Begin the exercises", icon=":material/exercise:", type="primary", key="exercises-begin",
        on_click=begin_lesson, args=(EXERCISES,),
    )  # fmt: skip


def _from_file() -> None:
    st.markdown("**A lesson from a file.** Somebody wrote steps of words and views as a text.")
    given = st.file_uploader(
        "Lesson", type=["txt", "md"], key="lesson-file", label_visibility="collapsed", max_upload_size=1,
        help="The exercises' own file shows how one is written: see the button below.",
    )  # fmt: skip
    if given is not None and LESSONS.file != given.file_id:
        LESSONS.file, LESSONS.trouble = given.file_id, None
        try:
            open_lesson(read_lesson(given.read(MOST_BYTES + 1)))
        except ValueError as error:
            LESSONS.trouble = f"this file is no lesson: {sentence(error)}"
    if given is not None and LESSONS.trouble is not None:
        complain(LESSONS.trouble)
    if LESSONS.lesson is not None:
        lesson = LESSONS.lesson
        st.markdown(f"{plain(lesson.title)}: {counted(len(lesson.steps), 'step')}")
        st.button(
            "Begin this lesson", icon=":material/play_arrow:", key="lesson-begin", on_click=begin_lesson, args=(OWN,)
        )
    download(
        "The exercises as a file", lambda: exercises().text, "exercises.txt", "text/plain", key="exercises-file",
        kind="tertiary",
    )  # fmt: skip


def _writing() -> None:
    st.markdown(
        "**Write a lesson.** Set up a view, say what to see in it, add it; then go on to the next view. A view is its "
        "link: uploaded files and weights are not in it."
    )
    draft = LESSONS.draft
    st.text_input("Title of this step", key=MenuState.step.key, max_chars=MOST_TITLE, persist_state="session")
    st.text_area("What to see", key=MenuState.words.key, max_chars=4000, height=90, persist_state="session")
    st.button("Add this view", icon=":material/add:", key="lesson-add", on_click=_add, disabled=not MENU.step.strip())
    for number, (title, view, _) in enumerate(draft.steps):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"{number + 1}. {plain(title)} :small[{plain(view, 30)}]", width="stretch")
            st.button(
                "Remove", icon=":material/delete:", type="tertiary", key=f"lesson-remove-{number}",
                on_click=_remove, args=(number,),
            )  # fmt: skip
    if not draft.steps:
        return
    st.text_input(
        "Title of the lesson", MENU.title, key=MenuState.title.key, max_chars=MOST_TITLE, persist_state="session"
    )
    text = write_lesson(MENU.title.strip() or "My lesson", draft.steps)
    with st.container(horizontal=True, gap="small"):
        download("Save the lesson", lambda: text, "lesson.txt", "text/plain", key="lesson-save")
        st.button("Try it", icon=":material/play_arrow:", key="lesson-try", on_click=_try, args=(text,))
    st.caption("“Try it” puts the whole lesson into the address bar: that link opens it for others.")


def _add() -> None:
    """Add the view on screen to the lesson."""
    page = link.STATE.page
    if page not in PAGES or not MENU.step.strip():
        return
    parts = {
        name: text for name, text in st.query_params.to_dict().items() if name not in ("tour", "lesson", "present")
    }
    step = (MENU.step.strip(), address(page, parts), MENU.words)
    LESSONS.draft = Draft((*LESSONS.draft.steps, step))
    MENU.step, MENU.words = "", ""


def _remove(number: int) -> None:
    steps = LESSONS.draft.steps
    LESSONS.draft = Draft(steps[:number] + steps[number + 1 :])


def _try(text: str) -> None:
    open_lesson(read_lesson(text))
    begin_lesson(OWN)
