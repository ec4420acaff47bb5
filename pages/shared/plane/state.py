"""What the session keeps of the points of the plane and the network for them, for all pages that ask about these."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from figures.regions.overlays import Point
from geometry import Network, as_network
from models import Trainer
from models.data.toy import Dataset
from pages.shared.plane.edits import Edit
from pages.shared.state import Record, Value, Values

DEFAULT = "moons"
SHIPPED, OWN, FILE = "shipped", "own", "file"
RELU = "ReLU"
WIDTHS = "32, 32"


@dataclass(frozen=True, eq=False)
class FoundNetwork:
    """A network for inputs on the plane, as torch has it and as geometry has it, in float64."""

    module: nn.Sequential
    network: Network
    title: str

    @classmethod
    def of(cls, module: nn.Sequential, title: str) -> FoundNetwork:
        """
        Raises
        ------
        ValueError
            If it takes other inputs, or a weight is not finite.
        """
        network = as_network(module, (2,), compare="never")  # it was built here, or has been compared
        return cls(module, network.detached().to(torch.float64), title)


@dataclass(frozen=True, eq=False)
class Run:
    """One training: from which network, on which points."""

    id: str
    trainer: Trainer
    network_key: str  # the untrained network it belongs to
    data_key: str
    from_start: bool  # it began at that network's own weights, so that steps alone say where it is


class PlaneState(Record):
    """Chosen on Explore; Certify and Polytope ask about it, and Train may send a network to it."""

    data: Value[str] = Value("data", DEFAULT)  # a name of DATASETS, or "file"
    edits: Values[tuple[Edit, ...]] = Values("points-{}")  # by the data set
    last_file: Value[Dataset | None] = Value("data-last-file", None)
    network: Value[str] = Value("network", SHIPPED)
    widths: Value[str] = Value("widths", WIDTHS)
    units: Value[str] = Value("units", RELU)
    init: Value[int] = Value("init", 0)  # the draw of a network's weights
    last_network: Value[FoundNetwork | None] = Value("network-last", None)  # that could be used
    sent_network: Value[FoundNetwork | None] = Value("explore-network-sent", None)
    run: Value[Run | None] = Value("training-run", None)
    resumed: Value[bool] = Value("training-resumed", False)  # the training that the link asks for has been
    pin: Value[Point | None] = Value("pin", None)


PLANE = PlaneState()


def set_pin(pin: Point | None) -> None:
    """As if clicked."""
    PLANE.pin = pin
