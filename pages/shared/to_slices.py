"""The way to Slices, with a network and the images that it is about."""

from __future__ import annotations

from pages.shared.hand_over import SENT
from pages.shared.linked_controls import set_values

PREFIX = "slices-"
NONE = "none"  # no second network


def show_on_slices(images: str) -> None:
    """Let Slices show the network that was sent, alone, on planes through images of the set of that name."""
    set_values(PREFIX, {"images": images, "first": SENT, "second": NONE})
