"""The session state of the Train page, except that of its linked controls, the run and the reel."""

from __future__ import annotations

from typing import TypeAlias

from figures.regions.overlays import Point, Window
from pages.shared.background.worker import Worker
from pages.shared.state import Record, Value, Values

PREFIX = "train-"
PLANE, IMAGES = "plane", "images"
# pictures drawn, and in all; or GIF, MP4 and ZIP; or a web page
FilmItem: TypeAlias = tuple[int, int] | tuple[bytes, bytes, bytes] | str


class TrainState(Record):
    """The data, the view, and the requests to the run."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    data: Value[str] = Value(f"{PREFIX}data", "mmr")  # the toy set for training
    of: Value[str] = Value(f"{PREFIX}of", PLANE)  # points of the plane, or images
    init: Value[int] = Value(f"{PREFIX}init", 0)  # the seed of the initial weights
    pin: Values[Point | None] = Values(f"{PREFIX}pin-{{}}")  # by `of`: the planes are unrelated
    view: Value[Window | None] = Value(f"{PREFIX}window-in-view", None)
    resume: Value[str | None] = Value(f"{PREFIX}resume-wanted", None)  # the run that the user wants to resume
    answered: Value[bool] = Value(f"{PREFIX}resume-answered", False)  # whether the user has answered for the link's run
    films: Value[int] = Value(f"{PREFIX}films", 0)  # how many the user has made
    film: Value[Worker[FilmItem] | None] = Value(f"{PREFIX}film-run", None)
    front: Value[str | None] = Value(f"{PREFIX}front", None)  # the networks whose trade-off shows
    opened: Value[int | None] = Value(f"{PREFIX}front-opened", None)  # the place among them of one that was clicked
    clicked: Value[bool] = Value(f"{PREFIX}curve-clicked", False)  # whether a click on a curve came during its drawing


STATE = TrainState()
