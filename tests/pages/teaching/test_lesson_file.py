"""Lesson files: what is written is read, and a text without a meaning is refused with its line."""

from __future__ import annotations

import base64
import re
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pages.shared.measures import MEASURES
from pages.teaching.exercises import exercises
from pages.teaching.lesson_file import (
    MOST_BYTES,
    MOST_STEPS,
    NAMES,
    address,
    read_lesson,
    unpacked,
    write_lesson,
)
from pages.teaching.questions import Choice, Condition, Goal, Nearest, Quantity, Question
from pages.teaching.steps import PAGES

GUIDE = Path(__file__).parents[3] / "docs" / "lessons.md"
STEP = "## One\nlink: /?data=xor\n"


def question(lines: str, link: str = "/?data=xor") -> Question | None:
    return read_lesson(f"## One\nlink: {link}\n{lines}").steps[0].question


def test_a_lesson_has_a_title_and_steps_with_words_and_links():
    lesson = read_lesson(f"lesson: Lines\n\n{STEP}First.\nStill first.\n\nSecond.\n\n## Two\nlink: /train?eps=0.1\n")
    assert lesson.title == "Lines"
    assert [(step.title, step.page, dict(step.link)) for step in lesson.steps] == [
        ("One", "explore", {"data": "xor"}),
        ("Two", "train", {"eps": "0.1"}),
    ]
    assert lesson.steps[0].text == "First. Still first.\n\nSecond."


@pytest.mark.parametrize("link", ["https://a.example:8501/slices?p=1", "/slices?p=1", "slices?p=1"])
def test_of_a_whole_address_the_page_and_the_view_count(link: str):
    step = read_lesson(f"## One\nlink: {link}").steps[0]
    assert (step.page, dict(step.link)) == ("slices", {"p": "1"})


def test_each_kind_of_question_is_read():
    assert question("choose: 3 | *four") == Question(Choice(("3", "four"), 1))
    assert question("number: 7") == Question(Quantity(7.0))
    assert question("number: regions ± 2") == Question(Quantity("regions", 2.0))
    assert question("click: region nearest 0.4, -1e-1") == Question(Nearest("region", (0.4, -0.1)))
    assert question("reach: regions <= 20, error = 0, d_D <= d_B") == Question(
        Goal((Condition("regions", "<=", 20.0), Condition("error", "=", 0.0), Condition("d_D", "<=", "d_B")))
    )


def test_a_question_may_have_a_hint_praise_and_a_cover():
    assert question("number: 7\nhint: Count.\npraise: Yes.\ncover: yes") == Question(
        Quantity(7.0), "Count.", "Yes.", True
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "there is no step"),
        ("hello", "line 1: a lesson begins with"),
        ("## One\nwords", 'line 1: the step "One" has no line'),
        ("## \nlink: /", "line 1: a lesson begins with"),
        (f"## {'x' * 81}\nlink: /", "has 1 to 80 characters"),
        ("## One\nlink: /elsewhere", "line 2: a link leads to one of"),
        ("## One\nlink: /?nonsense=1", "line 2: 'nonsense' in the link means nothing on Explore"),
        (f"{STEP}link: /", 'line 3: this step has "link:" twice'),
        (f"{STEP}choose: 1 | *2\nnumber: 3", "line 4: a step asks once"),
        (f"{STEP}choose: 1 | 2", "line 3: a choice has 2 to 6 answers"),
        (f"{STEP}choose: *1 | *2", "line 3: a choice has 2 to 6 answers"),
        (f"{STEP}number: many", "line 3: 'many' is no number"),
        (f"{STEP}number: nan", "line 3: 'nan' is no number"),
        (f"{STEP}number: 3 ± -1", "tolerance after ± must be 0 or above"),
        (f"{STEP}click: here", "line 3: a click is asked for as"),
        (f"{STEP}click: region nearest 1e308, 0", "line 3: coordinates lie between"),
        (f"{STEP}reach: beauty >= 3", "line 3: a goal is such as"),
        (f"{STEP}reach: proved = 3", "line 3: Explore does not show proved"),
        (f"{STEP}number: proved", "line 3: Explore does not show proved"),
        ("## One\nlink: /train\nclick: class nearest 0, 0", "line 3: a click can be asked for on Explore alone"),
        (f"{STEP}hint: none", 'line 3: "hint:" needs a question'),
        (f"{STEP}number: 1\ncover: perhaps", 'line 4: "cover:" is yes or no'),
        (STEP * (MOST_STEPS + 1), f"at most {MOST_STEPS} steps"),
        ("x" * (MOST_BYTES + 1), f"at most {MOST_BYTES:,} bytes"),
        (b"\xff\xfe", "a text in UTF-8; byte 0"),
    ],
)
def test_a_text_without_a_meaning_is_refused_with_its_line(text: str | bytes, says: str):
    with pytest.raises(ValueError) as refused:
        read_lesson(text)
    assert says in str(refused.value)


def test_words_are_shown_as_they_are_written():
    written = "<script>alert(1)</script> **bold** $x$ [link](http://a.example) :smile:"
    shown = read_lesson(f"{STEP}{written}").steps[0].text
    assert r"\<script" in shown
    assert r"\*\*bold\*\*" in shown
    assert r"\$x\$" in shown
    assert r"\[link\]" in shown


LINES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=60)


@given(
    st.lists(st.tuples(LINES.filter(lambda line: line.strip()), st.lists(LINES, max_size=4)), min_size=1, max_size=5)
)
def test_what_the_app_writes_it_reads(steps: list[tuple[str, list[str]]]):
    given = [(title, address("explore", {"data": "xor", "pin": "0.1,-2"}), "\n".join(words)) for title, words in steps]
    lesson = read_lesson(write_lesson("Mine", given))
    assert [step.title for step in lesson.steps] == [" ".join(title.split()) for title, _, _ in given]
    assert all(step.question is None for step in lesson.steps)
    assert all(dict(step.link) == {"data": "xor", "pin": "0.1,-2"} for step in lesson.steps)


@pytest.mark.parametrize("line", [*(f"{name}: 3" for name in ("link", "choose", "hint")), "## no heading", "## "])
def test_words_that_look_like_a_line_of_the_file_stay_words(line: str):
    lesson = read_lesson(write_lesson("Mine", [("One", "/", line)]))
    assert len(lesson.steps) == 1
    assert lesson.steps[0].question is None
    assert lesson.steps[0].text


def test_a_lesson_survives_a_link():
    lesson = read_lesson(f"lesson: Lines\n{STEP}Words.\n")
    assert unpacked(lesson.packed) == lesson


@pytest.mark.parametrize("text", ["", "💥", "abc", exercises().packed[:-20], base64.b64encode(b"hello").decode()])
def test_a_link_that_holds_no_lesson_is_refused(text: str):
    with pytest.raises(ValueError):
        unpacked(text)


def test_a_link_unpacks_to_no_more_than_a_file_may_have():
    bomb = base64.urlsafe_b64encode(zlib.compress(b"x" * 50_000_000, 9)).decode()
    with pytest.raises(ValueError, match="at most"):
        unpacked(bomb)


@pytest.mark.parametrize("name", [*MEASURES, *NAMES])
def test_the_guide_has_every_line_and_every_measure(name: str):
    assert re.search(rf"`{re.escape(name)}[:`]", GUIDE.read_text(encoding="utf-8"))


def test_every_measure_belongs_to_a_page_with_lessons():
    assert all(set(measure.pages) <= set(PAGES) for measure in MEASURES.values())
