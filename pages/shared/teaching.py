"""What pages know of a lesson: whether they are presented."""

from __future__ import annotations

from pages.shared.state import Record, Value


class TeachingState(Record):
    """Of the session, on all pages."""

    present: Value[bool] = Value("present", False)  # presenter mode
    tour: Value[tuple[str, int] | None] = Value("tour", None)  # a tour and its step
    # A button of the tour, with the step that it leads to, until that has been followed.
    pressed: Value[tuple[str, str, int] | None] = Value("tour-pressed", None)


TEACHING = TeachingState()
