"""Lessons in the whole app: they survive their steps and end where they began."""

from __future__ import annotations

import random

import pytest

from pages.shared.link import MOST_CHARACTERS
from pages.teaching.lesson_file import read_lesson
from pages.teaching.lesson_state import LessonState
from tests.pages.driving import link_of, opened, texts
from tests.pages.teaching.test_tour import button, said


def test_who_begins_the_exercises_on_papers_comes_back_there():
    app = opened("app.py", {})
    app.switch_page("pages/papers/page.py").run()
    button(app, "exercises-begin").click().run()
    assert "1/8" in said(app)
    button(app, "tour-leave").click().run()
    assert not app.exception
    assert "tour" not in app.query_params


@pytest.mark.parametrize("words", [10, 20_000])
def test_a_lesson_of_any_length_goes_on_to_its_next_step(words: int):
    rng = random.Random(0)
    text = "".join(rng.choice("abcdefghijklmnop ") for _ in range(words))
    lesson = read_lesson(f"## One\nlink: /?data=xor\n{text}\n## Two\nlink: /?data=circles\nB\n")
    app = opened("app.py", {})
    app.session_state[LessonState.lesson.key] = lesson
    app.run()
    button(app, "lesson-begin").click().run()
    assert "1/2" in said(app)
    button(app, "tour-next").click().run()
    assert not app.exception
    assert "2/2" in said(app)
    assert app.selectbox(key="data").value == "circles"
    assert ("lesson" in link_of(app)) == (len(lesson.packed) <= MOST_CHARACTERS)
    assert "in the link" not in texts(app)
