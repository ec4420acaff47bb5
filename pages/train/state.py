"""What the session keeps for Train alone, but for what its linked controls keep, the run and the reel."""

from __future__ import annotations

from typing import Any

from figures.regions.overlays import Point, Window
from pages.shared.background.worker import Worker
from pages.shared.state import Record, Value, Values

PREFIX = "train-"
PLANE, IMAGES = "plane", "images"


class TrainState(Record):
    """What is learned, what is in view, and what is asked of the run."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    data: Value[str] = Value(f"{PREFIX}data", "mmr")  # the toy set that is learned
    of: Value[str] = Value(f"{PREFIX}of", PLANE)  # points of the plane, or images
    init: Value[int] = Value(f"{PREFIX}init", 0)  # the draw of the initial weights
    pin: Values[Point | None] = Values(f"{PREFIX}pin-{{}}")  # by `of`: the planes have nothing in common
    view: Value[Window | None] = Value(f"{PREFIX}window-in-view", None)
    resume: Value[str | None] = Value(f"{PREFIX}resume-wanted", None)  # the run that is to go on
    answered: Value[bool] = Value(f"{PREFIX}resume-answered", False)  # whether the link's run is to go on
    films: Value[int] = Value(f"{PREFIX}films", 0)  # how many were asked for
    film: Value[Worker[Any] | None] = Value(f"{PREFIX}film-run", None)
    clicked: Value[bool] = Value(f"{PREFIX}curve-clicked", False)  # a curve was, while it was drawn


STATE = TrainState()
