"""One edit of the data points, as a picture reports it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from figures.regions.overlays import Point


@dataclass(frozen=True)
class PointEdit:
    """A data point added at, moved to or removed (then without a place)."""

    action: Literal["add", "move", "remove"]
    index: int | None  # into the overlays' points; None for a new one
    point: Point | None
