"""What the session keeps for Slices alone, but for what its linked controls keep."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figures.regions.overlays import Point, Window
from pages.shared.state import Kept, Record, Value, Values
from pages.shared.to_slices import PREFIX
from pages.slices.pictures import Numbers, Picture


class SlicesState(Record):
    """The images, what is asked of the pictures, and what pictures there were last."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    number: Values[int] = Values(f"{PREFIX}{{}}")  # of image "a", "b" and "c" in the set
    set_before: Value[str | None] = Value(f"{PREFIX}images-of", None)  # whose images the numbers speak of
    own: Value[list[NDArray[np.float32]]] = Value(f"{PREFIX}own-images", [])
    taken: Kept[set[str]] = Kept(f"{PREFIX}own-taken", set)  # files that were taken, by their content and the set
    # The slot for which images were uploaded, and the number of their first.
    arrived: Value[tuple[str, int] | None] = Value(f"{PREFIX}arrived", None)
    slot: Value[str | None] = Value(f"{PREFIX}slot", None)  # into which the grid puts an image
    page: Value[int] = Value(f"{PREFIX}grid-page", 0)
    pin: Value[Point | None] = Value(f"{PREFIX}pin", None)
    view: Value[Window | None] = Value(f"{PREFIX}view", None)
    home: Value[Window | None] = Value(f"{PREFIX}home", None)  # the window in which `view` was chosen
    # By the slot of a network: what was found or shown last, with the keys of what it is of.
    counted: Values[tuple[str, Numbers]] = Values(f"{PREFIX}counted-{{}}")
    picture: Values[tuple[tuple[str, str], Picture]] = Values(f"{PREFIX}last-picture-{{}}")
    window: Values[tuple[tuple[str, str], Window]] = Values(f"{PREFIX}window-{{}}")


STATE = SlicesState()
