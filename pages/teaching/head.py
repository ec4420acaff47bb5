"""The buttons for classes in the head of every page."""

from __future__ import annotations

from pages.teaching.lesson_menu import lesson_menu
from pages.teaching.presenter import presenter_button
from pages.teaching.tour import on_tour, tour_button


def teaching_buttons(name: str) -> None:
    """Begin the page's tour, open the menu of lessons, and enter presenter mode; none on a tour, whose card has it."""
    if on_tour():
        return
    tour_button(name)
    lesson_menu()
    presenter_button()
