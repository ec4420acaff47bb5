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
PRESENTED = 1.4  # the scale of the pictures' type in presenter mode, chosen by eye at 1920×1080


def type_scale() -> float:
    """How many times larger than usual the type of the pictures is."""
    return PRESENTED if TEACHING.present else 1.0
