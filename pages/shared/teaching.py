"""State of presenter mode and of tours, for all pages."""

from __future__ import annotations

from figures.regions.overlays import Point
from pages.shared.state import Record, Value


class TeachingState(Record):
    """Presenter mode, and the current step of a tour."""

    present: Value[bool] = Value("present", False)  # presenter mode
    tour: Value[tuple[str, int] | None] = Value("tour", None)  # the name of a tour, and the step
    # A clicked button of the tour, and the step that it leads to; None once the tour is there.
    pressed: Value[tuple[str, str, int] | None] = Value("tour-pressed", None)
    asked_point: Value[Point | None] = Value("tour-asked-point", None)  # the point x of an exercise on Explore


TEACHING = TeachingState()
