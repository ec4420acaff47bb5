"""The question of an exercise on the tour's card: how one answers, what was right, and a hint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.measures import PageMeasures, shown_on
from pages.shared.plain import plain
from pages.teaching.lesson_state import LESSONS
from pages.teaching.questions import Choice, Goal, Nearest, Quantity, Question, judge_click, number_words
from pages.teaching.steps import Step

FOLLOW = 1.0  # seconds between looks at what the page shows: a training changes it without a run of the script
COVERED = """<style>
[data-testid="stVerticalBlock"]:has(> [data-testid="stLayoutWrapper"] > .st-key-tour-card)
  > :not(:has(.st-key-tour-card)) { filter: blur(22px) grayscale(1); pointer-events: none; user-select: none; }
</style>"""


@dataclass(frozen=True)
class Place:
    """The place of a question on the card."""

    container: DeltaGenerator
    name: str
    number: int
    page: str
    question: Question

    def draw(self) -> None:
        """The question, drawn again by itself while what it asks for may come."""
        at = self.name, self.number
        follows = isinstance(self.question.answer, Goal) and at not in LESSONS.solved
        with self.container:
            st.fragment(_draw, run_every=FOLLOW if follows else None)(at, self.page, self.question)


def question_place(name: str, number: int, page: str, question: Question) -> Place:
    """Reserve the place of a question; it is drawn after the page, whose numbers it needs."""
    return Place(st.container(key="tour-question"), name, number, page, question)


def progress_words(name: str, steps: Sequence[Step]) -> str:
    """How many of a lesson's questions are solved, as Markdown; nothing for a lesson without questions."""
    asked = [number for number, step in enumerate(steps, 1) if step.question is not None]
    solved = sum((name, number) in LESSONS.solved for number in asked)
    return f" :small[ {solved} of {len(asked)} solved]" if asked else ""


def cover_style(name: str, number: int, question: Question | None) -> None:
    """Cover the page below the card until the question was answered, if it asks for that."""
    if question is not None and question.cover and (name, number) not in LESSONS.tried:
        st.html(COVERED)


def _draw(at: tuple[str, int], page: str, question: Question) -> None:
    shown = shown_on(page)
    was_tried, was_solved = at in LESSONS.tried, at in LESSONS.solved
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        match question.answer:
            case Choice():
                said = _choice(at, question.answer)
            case Quantity():
                said = _quantity(at, question.answer, shown)
            case Nearest():
                said = _click(question.answer, shown)
            case Goal():
                said = _goal(question.answer, shown)
        if said is not None and said.right:
            LESSONS.solved.add(at)
        if said is not None:
            LESSONS.tried.add(at)
        _reply(said, question, solved=at in LESSONS.solved)
    if (at in LESSONS.tried) != was_tried and question.cover:
        st.rerun()  # uncovers the picture
    if (at in LESSONS.solved) != was_solved:
        st.rerun()  # counts it in the head of the card, and ends the looking


@dataclass(frozen=True)
class Said:
    """What is said of an answer, as Markdown."""

    right: bool
    words: str


def _reply(said: Said | None, question: Question, solved: bool) -> None:
    if (said is not None and said.right) or (said is None and solved):
        words = "" if said is None else said.words
        st.markdown(f":green[**✓ Right.**] {words} {question.praise}", width="stretch")
        return
    st.markdown("" if said is None else said.words, width="stretch")
    if question.hint:
        with st.popover("Hint", icon=":material/lightbulb:", type="tertiary", key="tour-hint"):
            st.markdown(question.hint)


def _choice(at: tuple[str, int], answer: Choice) -> Said | None:
    chosen = st.segmented_control(
        "Your answer",
        range(len(answer.options)),
        format_func=lambda i: plain(answer.options[i], 60),
        key=f"tour-choice-{at[0]}-{at[1]}",
        label_visibility="collapsed",
    )
    if chosen is None:
        return None
    return (
        Said(True, "")
        if chosen == answer.right
        else Said(False, ":red[**✕ Not this one.**] Look again, then choose another.")
    )


def _quantity(at: tuple[str, int], answer: Quantity, shown: PageMeasures | None) -> Said | None:
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    with row, st.form(f"tour-number-{at[0]}-{at[1]}", border=False, width="content"):
        given = st.number_input(
                "Your answer", value=None, step=None, format="%g", width=150, placeholder="a number",
                label_visibility="collapsed", key=f"tour-answer-{at[0]}-{at[1]}",
            )  # fmt: skip
        st.form_submit_button("Check", key=f"tour-check-{at[0]}-{at[1]}")
    true = answer.true_value(shown)
    if given is None:
        return None
    if true is None:
        return Said(False, "The page does not show this number at the moment.")
    if answer.accepts(given, true):
        return Said(True, f"It is {number_words(true)}.")
    return Said(False, f":red[**✕ Too {'small' if given < true else 'large'}.**] Try again.")


def _click(answer: Nearest, shown: PageMeasures | None) -> Said | None:
    found = judge_click(answer, shown)
    if found is None:
        st.markdown("**Click in the picture.** The diamond is x.", width="content")
        return None
    return Said(found.right, found.words if found.right else f":red[**✕**] {found.words}")


def _goal(answer: Goal, shown: PageMeasures | None) -> Said | None:
    numbers = answer.best(shown)
    signs = {True: ":green[**✓**]", False: ":gray[○]"}
    parts = [f"{signs[each.holds(numbers)]} {each.words(numbers)}" for each in answer.conditions]
    st.markdown(" · ".join(parts), width="content")
    return Said(True, "") if answer.reached(shown) else None
