"""State of a session that only Slices uses, besides the values of its linked controls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from figures.regions.overlays import Point, Window
from geometry.norms import Array
from pages.shared.state import Kept, Record, Value, Values
from pages.shared.to_slices import PREFIX
from pages.slices.pictures import Numbers, SlicePicture


class SlicesState(Record):
    """The chosen images, the interactions with the pictures, and the last pictures."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    number: Values[int] = Values(f"{PREFIX}{{}}")  # the number in the set of image "a", "b" and "c"
    set_before: Value[str | None] = Value(f"{PREFIX}images-of", None)  # the set to which the numbers refer
    own: Value[list[NDArray[np.float32]]] = Value(f"{PREFIX}own-images", [])
    taken: Kept[set[str]] = Kept(f"{PREFIX}own-taken", set)  # keys of file and set of the files already appended
    # The slot for which images were uploaded, and the number of the first of them.
    arrived: Value[tuple[str, int] | None] = Value(f"{PREFIX}arrived", None)
    slot: Value[str | None] = Value(f"{PREFIX}slot", None)  # the slot that the next click in the grid fills
    page: Value[int] = Value(f"{PREFIX}grid-page", 0)
    # The inputs that have a slider, where they are too many for all to have one.
    opened_at: Value[str | None] = Value(f"{PREFIX}opened-at", None)  # the row whose other inputs the link speaks of
    with_sliders: Value[list[int]] = Value(f"{PREFIX}with-sliders", [])
    pin: Value[Point | None] = Value(f"{PREFIX}pin", None)
    view: Value[Window | None] = Value(f"{PREFIX}view", None)
    home: Value[Window | None] = Value(f"{PREFIX}home", None)  # the window in which `view` was chosen
    playing: Value[bool] = Value(f"{PREFIX}playing", False)  # whether the plane moves by itself along the third axis
    ahead: Value[bool] = Value(f"{PREFIX}ahead", True)  # whether it moves towards larger values
    due: Value[bool] = Value(f"{PREFIX}due", False)  # whether the picture stands, and the next position may come
    # By the slot of a network: the last areas, picture and window, each with the keys of its network and plane.
    counted: Values[tuple[str, Numbers]] = Values(f"{PREFIX}counted-{{}}")
    picture: Values[tuple[tuple[str, str], SlicePicture]] = Values(f"{PREFIX}last-picture-{{}}")
    # Likewise the decision boundary in the widest window so far.
    boundary: Values[tuple[tuple[str, str], Window, tuple[Array, ...]]] = Values(f"{PREFIX}boundary-{{}}")
    window: Values[tuple[tuple[str, str], Window]] = Values(f"{PREFIX}window-{{}}")


STATE = SlicesState()
