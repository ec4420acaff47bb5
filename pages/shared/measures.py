"""The numbers that the page on screen shows, under names that an exercise can ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from figures.regions.overlays import Point
from geometry import Network
from geometry.norms import Norm
from pages.shared.link_names import CERTIFY, EXPLORE, POLYTOPE, TRAIN
from pages.shared.state import Record, Value


@dataclass(frozen=True)
class Measure:
    """A number by its name in exercises."""

    words: str  # as a person reads it
    pages: tuple[str, ...]  # that show it
    unit: str = ""  # after its value


MEASURES = {
    "regions": Measure("linear regions", (EXPLORE, TRAIN)),
    "error": Measure("points in the wrong class", (EXPLORE, TRAIN), "\u202f%"),
    "points": Measure("data points", (EXPLORE, TRAIN)),
    "units": Measure("hidden units", (EXPLORE, TRAIN)),
    "mean-d_B": Measure("mean d_B of the data points", (EXPLORE, TRAIN)),
    "d_B": Measure("d_B of the pin", (EXPLORE,)),
    "d_D": Measure("d_D of the pin", (EXPLORE,)),
    "proved": Measure("points proved within ε", (TRAIN,)),
    "attacked": Measure("points wrong, or attacked within ε", (TRAIN,)),
    "unknown": Measure("points of which nothing is known within ε", (TRAIN,)),
    "eps": Measure("ε", (TRAIN, POLYTOPE)),
    "step": Measure("steps of training", (TRAIN,)),
    "robust": Measure("1 where the verdict is “Robust”, else 0", (POLYTOPE,)),
    "proved-radius": Measure("largest radius that is proved", (CERTIFY,)),
    "attacked-radius": Measure("smallest radius that an attack reaches", (CERTIFY,)),
}


@dataclass(frozen=True, eq=False)
class PageMeasures:
    """What a page shows: its numbers, one mapping for each of its networks; and the network and pin of the plane.

    A number that the page does not have at the moment, such as d_B without a pin, is left out.
    """

    page: str
    numbers: tuple[Mapping[str, float], ...]
    network: Network | None = None
    pin: Point | None = None
    p: Norm = 2


class MeasuresState(Record):
    """The last numbers of the session."""

    shown: Value[PageMeasures | None] = Value("measures-shown", None)


STATE = MeasuresState()


def note_shown(shown: PageMeasures) -> None:
    """Note what the page shows now. Call it when the page is drawn."""
    STATE.shown = shown


def shown_on(page: str) -> PageMeasures | None:
    """What this page showed last; None if another page was drawn since."""
    shown = STATE.shown
    return shown if shown is not None and shown.page == page else None
