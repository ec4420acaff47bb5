"""For classes: guided tours through the pages, and a presenter mode."""

from pages.teaching.presenter import presenter_mode
from pages.teaching.tour import tour_button, tour_card

__all__ = ["presenter_mode", "tour_button", "tour_card"]
