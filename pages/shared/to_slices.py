"""Prepares Slices for a network that was sent, and its images."""

from __future__ import annotations

from pages.shared.hand_over import SENT
from pages.shared.linked_controls import set_values

PREFIX = "slices-"
NONE = "none"  # no second network
ONE_IMAGE = "directions"  # the kind of a plane through one image


def show_image_on_slices(images: str, network: str, number: int) -> None:
    """Let Slices show a network by its name in choosers, on a plane through one image of the named set."""
    set_values(
        PREFIX,
        {
            "images": images, "images-of": images, "a": number, "first": network, "second": NONE, "plane": ONE_IMAGE,
        },
    )  # fmt: skip


def show_on_slices(images: str) -> None:
    """Let Slices show the sent network alone, on planes through images of the named set."""
    set_values(PREFIX, {"images": images, "first": SENT, "second": NONE})
