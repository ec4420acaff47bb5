"""Whether the live pictures of Explore, Train and Slices are flat or a surface: one choice for all three."""

from __future__ import annotations

from typing import Protocol

from figures.regions.surface import Surface, read_surface
from pages.shared import link
from pages.shared.state import Record, Value


class Turned(Protocol):
    """What a picture reports about its surface, as `ViewEvents` does."""

    @property
    def surface(self) -> Surface | None: ...
    @property
    def flat(self) -> bool: ...


class SurfaceState(Record):
    """The surface that the reader has turned; None for the flat picture."""

    surface: Value[Surface | None] = Value("surface", None)


STATE = SurfaceState()


def take_surface(*happened: Turned) -> Surface | None:
    """Apply what happened in pictures; the surface now."""
    link.start(SurfaceState.surface.key, "surface", read_surface, None)
    for events in happened:
        if events.surface is not None or events.flat:
            STATE.surface = events.surface
    return STATE.surface


def surface_link() -> dict[str, str | None]:
    """Its part of the link."""
    surface = STATE.surface
    return {"surface": None if surface is None else surface.text}
