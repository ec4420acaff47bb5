"""What the session keeps for Explore alone."""

from __future__ import annotations

from figures.regions.overlays import Fill, Window
from pages.shared.state import Record, Value, Values

LIMIT = 50_000


class ExploreState(Record):
    """The picture, and what is done to it."""

    view: Value[Window | None] = Value("view", None)  # the part of the plane in view
    edit: Value[bool] = Value("edit", False)  # whether data points may be edited
    new_class: Value[int] = Value("new-class", 0)  # of points that are added
    fill: Value[Fill] = Value("fill", "region")
    layers: Values[list[int]] = Values("layers-{}")  # whose edges show, counted from 1; by the number of layers
    boundary: Value[bool] = Value("boundary", True)
    points: Value[bool] = Value("data-points", True)
    colours: Value[bool] = Value("colours", False)  # for the colour-blind
    unit: Value[int | None] = Value("unit", None)  # that is lit, counted from 1 through all layers
    window: Value[str] = Value("window", "")  # as typed; empty for the data set's own
    limit: Value[int] = Value("limit", LIMIT)  # of regions


STATE = ExploreState()
