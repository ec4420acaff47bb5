"""State that Certify and Polytope share: the image set, the network and the image that they ask about."""

from __future__ import annotations

from typing import Literal

from pages.shared.state import Record, Value

# What Certify asks about: the plane of the Explore page, images, or a property in VNN-LIB.
TOY, IMAGES, PROPERTY = "toy", "images", "property"
Missing = Literal["", "images", "network", "fit"]


class AskedState(Record):
    """Values chosen on either page, or sent from another one."""

    of: Value[str] = Value("of", TOY)  # TOY, IMAGES or PROPERTY, on Certify; Polytope has more kinds
    images: Value[str] = Value("images", "")  # the set's name in choosers
    trained: Value[str] = Value("trained", "")  # the network for them
    image: Value[int] = Value("image", 0)  # its number in the set
    missing: Value[Missing] = Value("certify-missing", "")  # what has to be given before anything can be computed


ASKED = AskedState()
