"""What the session keeps of the question that Certify and Polytope put: about which images, network and image."""

from __future__ import annotations

from typing import Literal

from pages.shared.state import Record, Value

TOY, IMAGES = "toy", "images"  # what Certify asks about: the plane of the Explore page, or images
Missing = Literal["", "images", "network", "fit"]


class AskedState(Record):
    """Chosen on either page, or sent from another."""

    of: Value[str] = Value("of", TOY)  # on Certify; Polytope has more kinds
    images: Value[str] = Value("images", "")  # the set, as choosers have it
    trained: Value[str] = Value("trained", "")  # the network for them
    image: Value[int] = Value("image", 0)  # its number in the set
    missing: Value[Missing] = Value("certify-missing", "")  # what there is nothing to ask about for the want of


ASKED = AskedState()
