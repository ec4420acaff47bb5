"""A point that was clicked on the wall."""

from __future__ import annotations

from dataclasses import dataclass

from geometry.norms import Norm
from pages.shared.box_control import Box
from pages.shared.network_and_data import NetworkAndData


@dataclass(frozen=True)
class Picked:
    """A point that was clicked, and the perturbations of its run."""

    number: int  # in the data set
    pin: tuple[float, float] | None  # a point of the plane; None for images
    norm: Norm
    box: Box | None
    usual_box: Box | None  # of the data set
    opens: str  # a name of OPENS


def picked_point(chosen: NetworkAndData, number: int, norm: Norm, box: Box | None, opens: str) -> Picked:
    """The point with this number of the data set."""
    pin = None if chosen.dataset is None else (float(chosen.x[number, 0]), float(chosen.x[number, 1]))
    return Picked(number, pin, norm, box, chosen.box, opens)
