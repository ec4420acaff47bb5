"""State of the plane's points and of the network for them, for all pages that use these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from figures.regions.overlays import Point
from geometry import Network, as_network
from models import Trainer
from models.data.formula import EXAMPLE
from models.data.toy import Dataset
from models.networks.activations import ABS, CLIP, Activation
from pages.shared.plane.edits import Edit
from pages.shared.plane.weights import Change
from pages.shared.state import Record, Value, Values

DEFAULT = "moons"
SMALL, SHIPPED, OWN, FILE = "small", "shipped", "own", "file"
RELU = "ReLU"
SLOPE = 0.1  # of LeakyReLU units that are off; a choice for teaching, not measured
UNITS: dict[str, Activation] = {RELU: 0.0, "LeakyReLU": SLOPE, "abs": ABS, "clip": CLIP}  # by their names in links
UNITS_HELP = (
    f"LeakyReLU has slope {SLOPE} where a unit is off; abs is |z|, which folds the plane along the unit's line; "
    "clip is min(max(z, 0), 1), which bends along two lines, z = 0 and z = 1."
)
WIDTHS = "32, 32"
LEARNING_RATE = 0.01  # of Adam, unless another is chosen


@dataclass(frozen=True, eq=False)
class PlaneNetwork:
    """A network for inputs on the plane: a torch module, and the same as a `Network` in float64."""

    module: nn.Sequential
    network: Network
    title: str
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number

    @classmethod
    def of(cls, module: nn.Sequential, title: str) -> PlaneNetwork:
        """From a torch module.

        Raises
        ------
        ValueError
            If the module takes other inputs, or a weight is not finite.
        """
        network = as_network(module, (2,), compare="never")  # built here, or compared before
        return cls(module, network.detached().to(torch.float64), title)


@dataclass(frozen=True)
class Settings:
    """The settings of a training; equal ones train alike from the same weights on the same points."""

    objective: str  # in OBJECTIVES
    lr: float
    options: tuple[tuple[str, Any], ...]  # of the objective, by name

    @property
    def changeable(self) -> dict[str, Any]:
        """What `Trainer.change` takes: everything but the objective."""
        return {"lr": self.lr, **dict(self.options)}


@dataclass(frozen=True, eq=False)
class Run:
    """One training of a network on points."""

    id: str
    trainer: Trainer
    network_key: str  # the network that the controls gave
    data_key: str
    from_start: bool  # began at that network's weights: the number of steps determines the weights
    settings: Settings  # of the next step; where they have changed, `from_start` is False


@dataclass(frozen=True, eq=False)
class Changes:
    """The changes of a network by hand, and which network they change."""

    made: tuple[Change, ...] = ()
    of: str | None = None  # the key of the network that the controls gave; None: of the first one that they give
    start: PlaneNetwork | None = None  # that network as trained here before the first change; None: it was not trained


class PlaneState(Record):
    """Choices on Explore, which Certify and Polytope use; Train may send a network."""

    data: Value[str] = Value("data", DEFAULT)  # a name of DATASETS, "formula" or "file"
    last_rule: Value[str] = Value("last-rule", EXAMPLE)  # the last formula that was one
    edits: Values[tuple[Edit, ...]] = Values("points-{}")  # by the data set
    test: Value[int] = Value("test-share", 50)  # of all points, in percent
    last_file: Value[Dataset | None] = Value("data-last-file", None)
    network: Value[str] = Value("network", SMALL)
    widths: Value[str] = Value("widths", WIDTHS)
    units: Value[str] = Value("units", RELU)
    init: Value[int] = Value("init", 0)  # the seed of a network's initial weights
    objective: Value[str] = Value("training-objective", "plain")
    lr: Value[float] = Value("training-lr", LEARNING_RATE)
    objective_eps: Value[float | None] = Value("training-eps", None)  # None: what suits the data
    changes: Value[Changes] = Value("network-changes", Changes())
    given: Value[PlaneNetwork | None] = Value("network-given", None)  # what the controls gave, before changes by hand
    last_network: Value[PlaneNetwork | None] = Value("network-last", None)  # the last valid one
    sent_network: Value[PlaneNetwork | None] = Value("explore-network-sent", None)
    run: Value[Run | None] = Value("training-run", None)
    resumed: Value[bool] = Value("training-resumed", False)  # whether the link's training has been done
    pin: Value[Point | None] = Value("pin", None)


PLANE = PlaneState()


def set_pin(pin: Point | None) -> None:
    """Set the pin as if clicked."""
    PLANE.pin = pin
