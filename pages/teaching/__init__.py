"""For classes: guided tours, exercises, lessons that people write, and a presenter mode."""

from pages.teaching.head import teaching_buttons
from pages.teaching.presenter import presenter_mode
from pages.teaching.tour import tour_card

__all__ = ["presenter_mode", "teaching_buttons", "tour_card"]
