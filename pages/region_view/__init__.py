"""The live picture: a canvas that paints a frame, keeps zoom and pin over updates, and tells Python what hands did."""

from pages.region_view.component import Turn, region_view, take_events
from pages.region_view.events import PointEdit, ViewEvents

__all__ = ["PointEdit", "Turn", "ViewEvents", "region_view", "take_events"]
