"""Prepares Slices for a network that was sent, and its images."""

from __future__ import annotations

from pages.shared.hand_over import SENT
from pages.shared.linked_controls import set_values

PREFIX = "slices-"
NONE = "none"  # no second network


def show_on_slices(images: str) -> None:
    """Let Slices show the sent network alone, on planes through images of the named set."""
    set_values(PREFIX, {"images": images, "first": SENT, "second": NONE})
