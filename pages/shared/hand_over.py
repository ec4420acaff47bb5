"""Sends a network and an image from page to page, as objects: no file is read a second time."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from geometry import Network
from geometry.norms import Array
from models.vectors.inputs import Inputs
from pages.shared.asked_state import ASKED, IMAGES
from pages.shared.box_control import set_box
from pages.shared.state import Record, Value, Values

SENT, SENT_TITLE = "sent", "sent from another page"  # a network chooser's option for it, and its title


@dataclass(frozen=True, eq=False)
class Sent:
    """A network that another page sent."""

    network: Network  # in float64
    module: nn.Sequential
    title: str  # it may be text from outside
    note: str  # its origin, in one line
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number


@dataclass(frozen=True, eq=False)
class SentImage:
    """An image that another page sent, (*input_shape) in float64, and the name of the set that it is from or near."""

    x: Array
    images: str


class SentState(Record):
    """The network and the image sent last; and by the name of a set, what its inputs are, where they have names."""

    network: Value[Sent | None] = Value("network-sent", None)
    image: Value[SentImage | None] = Value("image-sent", None)
    inputs: Values[Inputs] = Values("inputs-of-{}")


STATE = SentState()


def send_network(sent: Sent) -> None:
    STATE.network = sent


def send_image(sent: SentImage | None) -> None:
    STATE.image = sent


def name_inputs(images: str, inputs: Inputs) -> None:
    """Say what the inputs of a set are, whose points are shares of the ranges."""
    STATE.inputs[images] = inputs


def named_inputs(images: str) -> Inputs | None:
    """What the inputs of a set are, if they have names."""
    return STATE.inputs.get(images)


def sent_network(shape: tuple[int, ...]) -> Sent | None:
    """The network sent last, if it takes inputs of this shape."""
    sent = STATE.network
    return sent if sent is not None and sent.network.input_shape == tuple(shape) else None


def sent_image(shape: tuple[int, ...], images: str) -> SentImage | None:
    """The image sent last, if it has this shape and belongs to this set."""
    sent = STATE.image
    return sent if sent is not None and sent.x.shape == tuple(shape) and sent.images == images else None


def hand_over(sent: Sent, image: Array | None, images: str, limits: tuple[float, float]) -> None:
    """Let Certify and Polytope ask about this network and an image (*input_shape); `images` names its set.

    Without an image they ask about the set's first. `limits` are the set's; an image beyond them switches the box off.
    """
    send_network(sent)
    send_image(None if image is None else SentImage(image, images))
    ASKED.of, ASKED.trained, ASKED.images = IMAGES, SENT, images
    if image is not None and (image.min() < limits[0] or image.max() > limits[1]):
        set_box(limits, "")  # the default box would exclude the image itself
