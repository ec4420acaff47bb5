"""State of a session that only Explore uses."""

from __future__ import annotations

from figures.regions.overlays import Fill, Window
from models.networks.activations import Activation
from pages.shared.state import Record, Value, Values

LIMIT = 50_000  # regions of a picture, unless another limit is chosen; a limit on time and memory


class ExploreState(Record):
    """The picture's controls and interactions."""

    view: Value[Window | None] = Value("view", None)  # the part of the plane in view
    edit: Value[bool] = Value("edit", False)  # whether data points may be edited
    new_class: Value[int] = Value("new-class", 0)  # the class of added points
    topic: Value[str] = Value("explain", "network")  # what shows beside the picture
    within: Value[float | None] = Value("within", None)  # ε of the proof by cases, if one was typed
    fill: Value[Fill] = Value("fill", "class")
    layers: Values[list[int]] = Values("layers-{}")  # layers whose edges show, counted from 1; by the number of layers
    boundary: Value[bool] = Value("boundary", True)
    points: Value[bool] = Value("data-points", True)
    colours: Value[bool] = Value("colours", False)  # a palette for colour-blind readers
    unit: Value[int | None] = Value("unit", None)  # the highlighted unit, counted from 1 through all layers
    activation: Value[Activation] = Value("activation", 0.0)  # as drawn last
    more: Value[bool] = Value("more", False)  # whether all controls show
    window: Value[str] = Value("window", "")  # as typed; empty: the data set's window
    limit: Value[int] = Value("limit", LIMIT)  # on the number of regions


STATE = ExploreState()
