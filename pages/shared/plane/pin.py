"""The pin on the plane and the norm, as the link or a click in a picture sets them."""

from __future__ import annotations

from typing import Protocol

from figures.regions.overlays import Point
from geometry.norms import Norm
from pages.shared import link
from pages.shared.plane.state import PLANE, PlaneState
from pages.shared.view_options import set_norm


class PinAndNorm(Protocol):
    """What a picture reports about the pin and the norm, as `ViewEvents` does; None where nothing changed."""

    @property
    def pin(self) -> Point | None: ...
    @property
    def unpinned(self) -> bool: ...
    @property
    def norm(self) -> Norm | None: ...


def take_pin(happened: PinAndNorm) -> Point | None:
    """Apply a new pin, its removal, and a new norm; the pin now. Call it before any widget is drawn."""
    link.start(PlaneState.pin.key, "pin", _point, None)
    if happened.pin is not None or happened.unpinned:
        PLANE.pin = happened.pin
    if happened.norm is not None:
        set_norm(happened.norm)
    return PLANE.pin


def _point(text: str) -> Point:
    s, t = link.numbers(2)(text)
    return s, t
