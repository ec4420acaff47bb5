"""State of lessons: the one that was opened, what was answered, and the views of one that is being written."""

from __future__ import annotations

from dataclasses import dataclass

from pages.shared.state import Kept, Record, Value
from pages.teaching.lesson_file import Lesson


@dataclass(frozen=True)
class Draft:
    """A lesson that is being written: the title, the address and the words of each step."""

    steps: tuple[tuple[str, str, str], ...] = ()


class LessonState(Record):
    """Answers are kept by the name of the lesson and the number of the step."""

    lesson: Value[Lesson | None] = Value("lesson", None)  # opened from a file or a link
    file: Value[str | None] = Value("lesson-file-read", None)  # the upload that was opened last
    trouble: Value[str | None] = Value("lesson-trouble", None)  # why that upload is no lesson
    solved: Kept[set[tuple[str, int]]] = Kept("lesson-solved", set)
    tried: Kept[set[tuple[str, int]]] = Kept("lesson-tried", set)  # questions that were answered, right or wrong
    draft: Value[Draft] = Value("lesson-draft", Draft())


LESSONS = LessonState()
