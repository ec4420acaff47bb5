"""The exercises that come with the app, as a lesson file like anybody's."""

from functools import cache
from pathlib import Path

from pages.teaching.lesson_file import Lesson, read_lesson

FILE = Path(__file__).with_name("exercises.txt")


@cache
def exercises() -> Lesson:
    """The lesson of the shipped exercises."""
    return read_lesson(FILE.read_bytes())
