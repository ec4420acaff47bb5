"""The decision boundary in all of a plane that the session has found, also where the view has moved away from it."""

from __future__ import annotations

from geometry.norms import Array
from pages.region_view.coverage import side
from pages.slices.pictures import SlicePicture
from pages.slices.state import STATE


def known_boundary(slot: int, name: tuple[str, str], picture: SlicePicture) -> tuple[Array, ...]:
    """The polylines (k, 2) in the picture, and in the widest one so far.

    The boundary that is nearest to the pin may be out of view, and a zoom must not take it away again.

    name : the keys of the network and of the plane
    """
    kept = STATE.boundary.get(slot)
    widest = None if kept is None or kept[0] != name else kept
    window = picture.frame.window
    if picture.boundary and (widest is None or side(window) >= side(widest[1])):
        STATE.boundary[slot] = (name, window, picture.boundary)
        return picture.boundary
    return picture.boundary if widest is None else (*picture.boundary, *widest[2])
