"""The live picture: a canvas that paints a frame, keeps its zoom, and reports pins, edits and views to Python."""

from pages.region_view.component import Turn, picture_place, region_view, take_events, view_code
from pages.region_view.coverage import window_to_find
from pages.region_view.events import ViewEvents

__all__ = [
    "Turn",
    "ViewEvents",
    "picture_place",
    "region_view",
    "take_events",
    "view_code",
    "window_to_find",
]
